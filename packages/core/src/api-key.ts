import type { JsonValue } from './json.js'

/** An API key as it is kept: never its text. */
export interface ApiKey {
  /** Unique; shown in the audit as `key:{name}`. */
  readonly name: string
  /** SHA-256 of the key's text, hex. */
  readonly hash: string
  readonly roles: readonly string[]
  /** `{user.country}` in row policies. */
  readonly attributes: Readonly<Record<string, JsonValue>>
  /** ISO 8601; a date without a time is valid through that day, UTC. */
  readonly expires?: string
  readonly revoked: boolean
  /** Addresses or networks (`10.0.0.0/8`) that may use it; absent: any. */
  readonly addresses?: readonly string[]
}
