import type { AuditEvent } from './audit-event.js'
import type { Catalog } from './catalog/catalog.js'
import type { Connector, DryRunResult, JsonText } from './connector.js'
import type { FileContent, FileResult } from './files.js'
import type { JsonObject, JsonValue } from './json.js'
import type { Operation, PageLimits } from './operation.js'
import type { RecordFormat } from './plan.js'
import type { Credentials, Grant, Principal, Surface } from './principal.js'

/** Who is it. Throws `unauthenticated`. Answers at once where it can, since every call waits for it. */
export interface Authenticator {
  authenticate(credentials: Credentials): Principal | Promise<Principal>
}

/** May it. Deny by default. */
export interface Authority {
  /** Changes whenever any role does, so that what was derived from grants can be dropped. */
  readonly version: number
  /** The grants that govern a resource for the principal; none: it may do nothing there. */
  grants(principal: Principal, service: string, resource: string, surface: Surface): readonly Grant[]
  /** False when no grant names the service: then it does not exist for the caller. */
  reaches(principal: Principal, service: string, surface: Surface): boolean
  /** The resources that the principal's roles name in the service, allowed or denied: `reports/*`. */
  patterns(principal: Principal, service: string, surface: Surface): readonly string[]
}

export interface Use {
  readonly principal: Principal
  readonly service: string
  readonly operation: string
  readonly resource: string
}
export interface LimitState {
  readonly limit: number
  readonly remaining: number
  /** Seconds until the window starts anew. */
  readonly reset: number
}
/** How often. Throws `limited` with retryAfter. Answers the tightest limit that applies, or undefined. */
export interface Limiter {
  consume(use: Use): LimitState | undefined | Promise<LimitState | undefined>
}

/** Write it down. */
export interface AuditTrail {
  /** False when events cannot be written: then calls that change data are refused. */
  readonly writable: boolean
  /** Returns a promise only where the answer must wait for it (strict mode). */
  record(event: AuditEvent): void | Promise<void>
}

/** What the pipeline may know of a service. */
export interface Service {
  readonly name: string
  readonly type: string
  readonly label: string
  readonly description: string
  readonly family: 'database' | 'files' | 'system'
  readonly state: 'up' | 'down'
  /** The last one known; it keeps serving when a refresh fails. */
  readonly catalog: Catalog
  readonly connector: Connector
  /** The page size where REST asks for none, and the most that a page may have. */
  readonly maxRecords: number
  readonly timeoutMs: number
}

export interface Services {
  find(name: string): Service | undefined
  /** In order of name. */
  all(): readonly Service[]
  /** Introspects at once and swaps the catalog. */
  refresh(name: string): Promise<{ changed: boolean; tables: number; routines: number }>
}

/** Catalog -> Operation[], handed to the pipeline, which imports no other package. */
export type OperationsOf = (service: Service, catalog: Catalog) => readonly Operation[]

/** Operation[] -> OpenAPI document, likewise. */
export type SpecOf = (service: Service, operations: readonly Operation[]) => JsonObject

/** One use of an operation. */
export interface Call {
  readonly surface: Surface
  readonly credentials: Credentials
  readonly service: string
  readonly operation: string
  /** Flat, by the operation's input schema; aliases are accepted. */
  readonly input: JsonObject
  readonly requestId: string
  /**
   * Aborted when the client goes away. The calls of one connection may share it, so whoever listens to it stops
   * listening when the call is done.
   */
  readonly signal: AbortSignal
  readonly client?: string
  /** Bytes for a file, beside the input. */
  readonly content?: FileContent
  /** Only what is known of a file is wanted, not its bytes. */
  readonly headOnly?: boolean
  /** The text of records goes into a JSON string: it may come escaped for that, and the answer says so. */
  readonly escaped?: boolean
  /** Page sizes of the surface, where they differ from the service's. */
  readonly limits?: PageLimits
  /** Whether the surface shows a service at all, beyond what the caller may; absent: every one. */
  shows?(service: string): boolean
  /** Of a call that the pipeline makes for one of another service: `salesdb/_table/orders`. No surface sets it. */
  readonly origin?: string
}

/** What a call answers, for the surface to wrap. */
export type Answer = (
  | {
      readonly kind: 'records'
      readonly format: RecordFormat
      readonly text: JsonText
      /** The text is escaped as the inside of a JSON string; only where the call asked for it. */
      readonly escaped?: boolean
      readonly rows: number
      /** `next`, `next_cursor`, `count`, `cut`; empty where there is nothing to say. */
      readonly meta: JsonObject
    }
  | { readonly kind: 'record'; readonly text: JsonText; readonly etag?: string }
  | { readonly kind: 'written'; readonly text: JsonText; readonly rows: number; readonly single: boolean }
  | { readonly kind: 'text'; readonly text: JsonText }
  | { readonly kind: 'json'; readonly value: JsonValue }
  | FileResult
  | {
      readonly kind: 'stream'
      readonly mediaType: string
      readonly chunks: AsyncIterable<Uint8Array>
      /** `count`; empty where there is nothing to say. */
      readonly meta: JsonObject
    }
  | { readonly kind: 'dry_run'; readonly value: JsonObject; readonly result?: DryRunResult }
) & {
  readonly limit?: LimitState
  readonly timing: Timing
}

/** Milliseconds, for Server-Timing. */
export interface Timing {
  readonly auth: number
  readonly plan: number
  readonly db: number
}

/** Everything that REST and MCP know of the rest. */
export interface Pipeline {
  authenticate(credentials: Credentials): Principal | Promise<Principal>
  /** The services that the principal may reach, in order of name. */
  services(principal: Principal, surface: Surface): readonly Service[]
  /** What the principal may do with one service: operations typed by what it may see. Same array while nothing changed. */
  operations(principal: Principal, service: string, surface: Surface): readonly Operation[]
  /**
   * Every operation that a service offers on the surface, whoever asks; none for an unknown service. For telling what
   * is refused (403) from what does not exist (404) by calling it all the same; never shown to anyone.
   */
  offered?(service: string, surface: Surface): readonly Operation[]
  /** The catalog of one service as the principal may see it. */
  catalog(principal: Principal, service: string, surface: Surface): Catalog
  /** Throws only Failure. The audit event is written whatever happens. */
  execute(call: Call): Promise<Answer>
  /** Writes the event of a call that the surface answered by itself, from what this port told it: a list of services. */
  answered?(call: Omit<Call, 'signal'>, rows: number): Promise<void>
  /** Writes the event of a call that never became one: bad credentials, an unknown tool, a malformed body. */
  refuse(call: Omit<Call, 'signal'>, failure: unknown): Promise<void>
}
