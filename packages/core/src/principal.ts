import type { JsonValue } from './json.js'

export type Surface = 'rest' | 'mcp'

/** What a caller shows to say who it is, as it came over the wire. */
export interface Credentials {
  readonly apiKey?: string
  readonly bearer?: string
  readonly basic?: { readonly user: string; readonly password: string }
  /** The peer's address. */
  readonly address?: string
  /** The MCP endpoint that they were shown to (`default`); absent: REST. Tokens are for one of them only. */
  readonly endpoint?: string
  /** The tenant at whose address they were shown, where another one serves the call: to members of that other one. */
  readonly home?: string
}

/** Who calls. Resolved before anything else runs. */
export interface Principal {
  /** Unique among all principals: `key:demo`. */
  readonly id: string
  readonly kind: 'key' | 'user' | 'client' | 'anonymous' | 'local'
  readonly name: string
  readonly roles: readonly string[]
  /** `{user.country}` in row policies and identity settings. */
  readonly attributes: Readonly<Record<string, JsonValue>>
  readonly tenant: string
  /** Equal for principals with the same roles and scopes: the key of what is cached by role. */
  readonly scope: string
  /** What an access token is limited to, of what the roles allow: `salesdb:read`. Absent: no limit. */
  readonly scopes?: ReadonlySet<string>
  /** The program that acts for the principal: `client:mcp-inspector`. */
  readonly actor?: string
}

export type Verb = 'read' | 'create' | 'update' | 'delete' | 'execute'

/** What one grant of one role allows on one resource, once specificity and denials are resolved. */
export interface Grant {
  readonly role: string
  readonly verbs: ReadonlySet<Verb>
  /** The only columns that exist for the caller; absent: all but the denied ones. */
  readonly allow?: ReadonlySet<string>
  readonly deny?: ReadonlySet<string>
  readonly mask: ReadonlyMap<string, 'null' | 'redact' | 'hash' | 'partial' | 'last4'>
  /** The row policy in the filter language. */
  readonly rows?: string
  readonly maxRows?: number
  readonly timeoutMs?: number
}
