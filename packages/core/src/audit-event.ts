import type { JsonObject } from './json.js'
import type { Surface, Verb } from './principal.js'

/** One call, on either surface, also when it was refused or failed. */
export interface AuditEvent {
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly request_id: string
  readonly tenant: string
  /** Principal id, or `anonymous`. */
  readonly principal: string
  readonly on_behalf_of?: string
  /** MCP client name and version, or the user agent. */
  readonly client?: string
  readonly address?: string
  readonly surface: Surface
  readonly service: string
  readonly operation: string
  readonly effect: Verb
  readonly resource: string
  /** Redacted by rule; long values are cut. */
  readonly arguments: JsonObject
  /** The row policy in force, with attribute names and not their values. */
  readonly policy?: string
  /** The plan's shape, hashed: equal for calls that differ in values only. */
  readonly fingerprint?: string
  readonly rows?: number
  readonly masked?: readonly string[]
  readonly decision: 'allowed' | 'refused'
  /** Failure code and message, where it failed. */
  readonly reason?: string
  /** HTTP status, or what it would be over REST. */
  readonly status: number
  readonly duration_ms: number
}
