import type { Catalog } from './catalog/catalog.js'
import type { VirtualRelationship } from './catalog/virtual-relationships.js'
import type { FilePlan } from './file-plan.js'
import type {
  EntriesResult,
  EntryResult,
  FileCapabilities,
  FileContent,
  FileResult,
  PresignedResult,
  RemovedResult,
} from './files.js'
import type { Scalar } from './filter/filter.js'
import type { JsonObject, JsonValue, ObjectSchema } from './json.js'
import type { DataPlan, Permitted, RecordFormat } from './plan.js'

/** JSON text that is ready to be sent: UTF-8 bytes, or a string. */
export type JsonText = string | Uint8Array

/** A page of records, already written in the plan's format. */
export interface PageResult {
  readonly kind: 'page'
  readonly format: RecordFormat
  /** `json`: an array of objects. `table`: `{"columns":[...],"rows":[[...]]}`. */
  readonly text: JsonText
  /** The text is escaped as the inside of a JSON string; only where the call asked for it. */
  readonly escaped?: boolean
  readonly rows: number
  /** More records exist behind this page. */
  readonly more: boolean
  readonly count?: number
  /** The count is from the database's statistics. */
  readonly countEstimated?: boolean
  /** `keyset`: the values of the order's columns in the last record. */
  readonly last?: readonly Scalar[]
}

/** One bare record. */
export interface RecordResult {
  readonly kind: 'record'
  readonly text: JsonText
  /** Strong entity tag without quotes. */
  readonly etag?: string
}

/** JSON text that is the whole answer: what a routine gave back. */
export interface TextResult {
  readonly kind: 'text'
  readonly text: JsonText
  readonly rows: number
}

/** What a write answers of its records, in order: an array of objects. */
export interface WrittenResult {
  readonly kind: 'written'
  readonly text: JsonText
  readonly rows: number
}

export interface StreamResult {
  readonly kind: 'stream'
  readonly mediaType: string
  readonly chunks: AsyncIterable<Uint8Array>
  /** Records sent so far; final once `chunks` has ended. */
  rows(): number
  /** As in a page. */
  readonly count?: number
  readonly countEstimated?: boolean
}

/** What a dry run found: nothing was changed, or it was rolled back. */
export interface DryRunResult {
  readonly kind: 'dry_run'
  /** The planner's estimate, for a read. */
  readonly estimate?: { readonly rows?: number; readonly cost?: number }
  /** Rows that the write touched before it was rolled back. */
  readonly affected?: number
}

/** What a storage answers to a FilePlan. */
export type StorageResult = EntriesResult | FileResult | EntryResult | RemovedResult | PresignedResult | StreamResult

/** What a database answers to a DataPlan. */
export type Result = PageResult | RecordResult | TextResult | WrittenResult | StreamResult | DryRunResult

/** For whom a plan runs: for cancelling, and for identity pass-through. */
export interface CallContext {
  /** Aborted when the client goes away; the query is cancelled in the database. */
  readonly signal: AbortSignal
  readonly requestId: string
  readonly identity: Identity
  /** What the call brings for a file. */
  readonly content?: FileContent
  /** Only what is known of a file is wanted, not its bytes. */
  readonly headOnly?: boolean
  /** The text of a page goes into a JSON string: a connector may escape it while it prints it, and says so in the result. */
  readonly escaped?: boolean
}
export interface Identity {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, JsonValue>>
}

/** What a source can do, as data. Operations, schemas and tests follow it. */
export interface Capabilities {
  readonly transactions: boolean
  readonly upsert: boolean
  readonly aggregates: readonly ('count' | 'sum' | 'avg' | 'min' | 'max' | 'stddev' | 'median')[]
  readonly routines: boolean
  readonly regexp: boolean
  readonly related: boolean
  /** Of a storage. */
  readonly files?: FileCapabilities
}

export interface Connector {
  readonly capabilities: Capabilities
  /** Reads the whole schema. Throws `unavailable` when the source cannot be reached. */
  introspect(signal: AbortSignal): Promise<Catalog>
  execute(plan: Permitted<DataPlan>, context: CallContext): Promise<Result>
  /** Of a storage, which has no records to execute anything on. */
  executeFiles?(plan: Permitted<FilePlan>, context: CallContext): Promise<StorageResult>
  close(): Promise<void>
}

/** What is the same in the configuration of every service, resolved and checked. */
export interface ServiceSettings {
  readonly name: string
  readonly timeoutMs: number
  readonly readOnly: boolean
  readonly pool: { readonly max: number; readonly idleMs: number }
  readonly schemas: readonly string[]
  readonly tables: { readonly include: readonly string[]; readonly exclude: readonly string[] }
  /** Relationships of the configuration, which the connector adds to what the source declares (`withVirtual`). */
  readonly relationships?: readonly VirtualRelationship[]
  /** Keys the `hash` mask, so that hashes cannot be guessed from a dictionary. */
  readonly maskKey: string
}

export interface ConnectorType {
  /** `postgres`, as in the configuration. */
  readonly type: string
  readonly label: string
  /** Default: a database. */
  readonly family?: 'database' | 'files'
  /** Validates the service's own keys (`connection`, `identity`) and draws forms. */
  readonly config: ObjectSchema
  /** Does not wait for the source: a source that is down fails on introspect. Throws `invalid` for a bad `config`. */
  connect(config: JsonObject, settings: ServiceSettings): Promise<Connector>
  /**
   * True where such a service reads this machine's own disk, or goes elsewhere with the machine's own credentials: then
   * only who runs the machine may define it. Absent: never. Throws as `connect`.
   */
  usesMachine?(config: JsonObject): boolean
}
