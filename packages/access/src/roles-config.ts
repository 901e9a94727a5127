import type { Mask, Surface, Verb } from '@gatehouse/core'

/** `roles:` of the configuration, by name. */
export interface RolesConfig {
  readonly [role: string]: RoleConfig
}

export interface RoleConfig {
  readonly description?: string | undefined
  readonly grants: readonly GrantConfig[]
}

export interface GrantConfig {
  /** A service's name, or `*` for all. */
  readonly service: string
  /** Exact (`_table/orders`), a prefix with `*` at its end (`_table/*`, `_proc/report_*`), or `*`. */
  readonly resource: string
  /** What is allowed. With `deny`: what is denied; left out, everything. */
  readonly verbs?: readonly Verb[] | undefined
  /** Default: both. */
  readonly surfaces?: readonly Surface[] | undefined
  readonly deny?: boolean | undefined
  readonly fields?:
    | {
        readonly allow?: readonly string[] | undefined
        readonly deny?: readonly string[] | undefined
        readonly mask?: Readonly<Record<string, Mask>> | undefined
      }
    | undefined
  /** The row policy, in the filter language. */
  readonly rows?: string | undefined
  readonly max_rows?: number | undefined
  /** `5s`, `500ms`, `1m`. */
  readonly timeout?: string | number | undefined
}

export const verbs: readonly Verb[] = ['read', 'create', 'update', 'delete', 'execute']
export const surfaces: readonly Surface[] = ['rest', 'mcp']
export const masks: readonly Mask[] = ['null', 'redact', 'hash', 'partial', 'last4']
