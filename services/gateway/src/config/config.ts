import type { IssuerConfig, ProviderConfig } from '@gatehouse/access'
import type { JsonObject, VirtualRelationship } from '@gatehouse/core'
import type { PromptSettings } from '@gatehouse/mcp'
import type { OAuthConfig } from './oauth-config.js'

/** The configuration file with its defaults filled in and its environment variables read. Durations in milliseconds, sizes in bytes. */
export interface Config extends TenantConfig {
  readonly server: {
    readonly host: string
    readonly port: number
    readonly publicUrl: string
    readonly allowedHosts: readonly string[]
    readonly cors: { readonly origins: readonly string[] }
    readonly bodyLimit: number
    readonly workers: number
  }
  readonly store: { readonly url: string }
  readonly redis: { readonly url: string } | undefined
  readonly oauth: OAuthConfig
  readonly signIn: SignInConfig
  /** Tenants beside the default one, which is the file itself. */
  readonly tenants: Readonly<Record<string, TenantConfig>>
  readonly audit: {
    readonly mode: 'buffered' | 'strict'
    readonly flushMs: number
    readonly file: string | undefined
    readonly redact: readonly string[]
  }
  readonly log: { readonly level: string; readonly format: 'pretty' | 'json' }
}

/** What each tenant has of its own. */
export interface TenantConfig {
  readonly label: string
  readonly services: readonly ServiceConfig[]
  readonly roles: Readonly<Record<string, RoleConfig>>
  readonly keys: readonly KeyConfig[]
  readonly limits: readonly LimitConfig[]
  readonly mcp: Readonly<Record<string, EndpointConfig>>
  /** Those of all its MCP endpoints. */
  readonly prompts: Readonly<Record<string, PromptSettings>>
}

interface SignInConfig {
  /** Life of a session's token, which can be renewed. */
  readonly sessionMs: number
  /** Life of a session, however often it is renewed. */
  readonly longestMs: number
  /** HTTP Basic is accepted. */
  readonly basic: boolean
  readonly passwordLength: number
  readonly issuers: readonly (IssuerConfig & { readonly tenant: string })[]
  readonly providers: readonly (ProviderConfig & { readonly tenant: string })[]
}

export interface ServiceConfig {
  readonly name: string
  readonly type: string
  readonly label: string
  readonly description: string
  readonly schemas: readonly string[]
  readonly tables: { readonly include: readonly string[]; readonly exclude: readonly string[] }
  readonly maxRecords: number
  readonly timeoutMs: number
  readonly pool: { readonly max: number; readonly idleMs: number }
  readonly readOnly: boolean
  /** Milliseconds between two looks at the schema; 0: never. */
  readonly refreshMs: number
  readonly useComments: boolean
  readonly describe: Readonly<Record<string, TableDescription>>
  /** Relationships that the database does not declare. */
  readonly relationships: readonly VirtualRelationship[]
  /** The connector's own keys: `connection`, `identity`. */
  readonly own: JsonObject
}

interface TableDescription {
  readonly description?: string
  readonly columns?: Readonly<Record<string, string>>
}

export interface RoleConfig {
  readonly description?: string
  readonly grants: readonly GrantConfig[]
}

/** As written in the file. */
export interface GrantConfig {
  readonly service: string
  readonly resource: string
  readonly verbs?: readonly ('read' | 'create' | 'update' | 'delete' | 'execute')[]
  readonly surfaces?: readonly ('rest' | 'mcp')[]
  readonly fields?: {
    readonly allow?: readonly string[]
    readonly deny?: readonly string[]
    readonly mask?: Readonly<Record<string, 'null' | 'redact' | 'hash' | 'partial' | 'last4'>>
  }
  readonly rows?: string
  readonly max_rows?: number
  readonly timeout?: string
  readonly deny?: boolean
}

export interface KeyConfig {
  readonly name: string
  readonly roles: readonly string[]
  readonly attributes: JsonObject
  /** Empty: made at the first start. */
  readonly key: string
  readonly expires: string | undefined
  /** Addresses and networks that may use it; undefined: any. */
  readonly addresses: readonly string[] | undefined
}

export interface LimitConfig {
  readonly per: 'instance' | 'principal' | 'role' | 'key' | 'service' | 'table' | 'operation'
  readonly role?: string
  readonly service?: string
  readonly resource?: string
  readonly operation?: string
  readonly rate: number
  readonly period: 'second' | 'minute' | 'hour' | 'day'
}

export interface EndpointConfig {
  readonly services: '*' | readonly string[]
  readonly default_limit: number
  readonly max_limit: number
  readonly api_keys: boolean
  readonly read_only: boolean
}
