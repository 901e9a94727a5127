import type { Mask, Routine } from './catalog/catalog.js'
import type { Failure } from './failure.js'
import type { FilePlan } from './file-plan.js'
import type { Filter, Path, Scalar } from './filter/filter.js'
import type { JsonObject } from './json.js'

/** What one column of a page shows. */
export interface Projection {
  /** The name in the record; the column's own, mostly. */
  readonly name: string
  readonly column: string
  /** Set by `restrict`: first match wins, none matching shows NULL. Absent: the column as it is. */
  readonly views?: readonly ProjectionView[]
}
export interface ProjectionView {
  readonly when?: Filter
  readonly mask?: Mask
}

export interface OrderTerm {
  readonly path: Path
  readonly descending: boolean
  /** Where NULLs go. Default of the parser: last when ascending, first when descending, on every database. */
  readonly nulls: 'first' | 'last'
}

/** How the records of a page are written: JSON objects, `{columns, rows}`, newline-delimited JSON, or CSV (RFC 4180). */
export type RecordFormat = 'json' | 'table' | 'ndjson' | 'csv'

interface Reading {
  readonly table: string
  readonly filter?: Filter
  /** Set by `restrict` alone: the rows that the caller may see. Joined by AND, as a node of its own. */
  readonly policy?: Filter
  /** Milliseconds that the statement may take; the service's timeout where absent. */
  readonly timeoutMs?: number
  readonly dryRun?: boolean
}

/** Related records inside each record, under the relationship's name: an array, or one record (or null) for belongs_to. */
export interface RelatedPlan {
  readonly relationship: string
  readonly table: string
  readonly columns: readonly Projection[]
  readonly filter?: Filter
  readonly policy?: Filter
  readonly order: readonly OrderTerm[]
  /** Records a parent. */
  readonly limit: number
  /** `limit` is not what the caller asked for, so that `meta` has to say it. */
  readonly limited?: true
  readonly related: readonly RelatedPlan[]
  /** Set by `restrict` for many_to_many: the rows of the junction table that the caller may see. */
  readonly junctionPolicy?: Filter
}

/**
 * Related records of another service. The pipeline fetches them by calls of that service's own, with the keys of the
 * records of this one, so that everything that governs that service governs them.
 */
export interface AcrossPlan {
  readonly relationship: string
  readonly kind: 'belongs_to' | 'has_many'
  readonly service: string
  readonly table: string
  /** Columns of this table, and the names in the record under which their values stand. */
  readonly columns: readonly string[]
  readonly links: readonly string[]
  readonly foreignColumns: readonly string[]
  /** The caller's words for the other service: fields, filter, order, related and their options. */
  readonly input: JsonObject
  /** Records a parent. */
  readonly limit: number
  /** `limit` is not what the caller asked for, so that `meta` has to say it. */
  readonly limited?: true
}

export interface SelectPlan extends Reading {
  readonly kind: 'select'
  /** `page`: an array of records. `one`: a bare record; none is `not_found`. */
  readonly shape: 'page' | 'one'
  readonly columns: readonly Projection[]
  readonly order: readonly OrderTerm[]
  readonly limit: number
  readonly offset: number
  /** Where a page ended, as a filter on the order's columns. Joined by AND. */
  readonly after?: Filter
  /** True: answer the order's values of the last record, so that a cursor can be made. */
  readonly keyset: boolean
  readonly related: readonly RelatedPlan[]
  /** `added`: names in the record that are there for the links alone and taken out again. */
  readonly across?: { readonly plans: readonly AcrossPlan[]; readonly added: readonly string[] }
  readonly count: 'none' | 'exact' | 'estimated' | 'only'
  readonly format: RecordFormat
  /** True: no page, but all records up to `limit` as a stream. */
  readonly stream: boolean
  /** `string`: 64-bit integers and decimals as JSON strings. */
  readonly numbers: 'number' | 'string'
  /** True: answer an entity tag of the record (shape `one`). */
  readonly etag: boolean
  /** `limit` was lowered from what the caller asked, to be said in `meta`. */
  readonly cut?: { readonly asked: number; readonly allowed: number }
  /** `meta` is to hold the table's schema: what a `schema` CatalogPlan answers. */
  readonly includeSchema?: boolean
}

export type AggregateFunction = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'stddev' | 'median'
export interface AggregateTerm {
  readonly name: string
  readonly function: AggregateFunction
  /** Absent for count(*). */
  readonly column?: string
  readonly distinct: boolean
}
export type DateBucket = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour'
export interface GroupTerm {
  readonly name: string
  readonly column: string
  /** The start of the bucket, as a date or datetime: `2026-01-01`. */
  readonly bucket?: DateBucket
}
/** A condition on the groups: paths name the results of groups and aggregates. */
export type Having = Filter
export interface AggregatePlan extends Reading {
  readonly kind: 'aggregate'
  readonly groups: readonly GroupTerm[]
  readonly aggregates: readonly AggregateTerm[]
  readonly having?: Having
  /** Paths name the results. */
  readonly order: readonly OrderTerm[]
  readonly limit: number
  readonly offset: number
  readonly format: RecordFormat
  readonly numbers: 'number' | 'string'
  readonly cut?: { readonly asked: number; readonly allowed: number }
}

/** Values by column. A column that is not there takes its default (insert) or stays (update). */
export type Row = ReadonlyMap<string, Scalar>

/** How a batch meets a failing record: stop there, go on, or undo all. */
export type BatchMode = 'stop' | 'continue' | 'rollback'

interface Writing {
  readonly table: string
  readonly mode: BatchMode
  /** What to answer of each record: the key's columns, or more. */
  readonly returning: readonly Projection[]
  /** Set by `restrict` alone: rows that may be touched, for update and delete. */
  readonly policy?: Filter
  /** Set by `restrict` alone: what a new or changed row must meet, else 403 and nothing is written. */
  readonly check?: Filter
  /** More rows than this: nothing is written, `invalid` with the context `{affected, max_affected}`. */
  readonly maxAffected?: number
  /** Run, then roll back. */
  readonly dryRun?: boolean
  readonly timeoutMs?: number
  readonly numbers: 'number' | 'string'
  /** The input was one bare record or id, so a failure is that record's own and not a batch's. */
  readonly single: boolean
  /**
   * Records of the input that could not be read, by their place in it: mode `continue` goes on without them, and they
   * are told with the outcome of the others, which alone are in this plan.
   */
  readonly refused?: ReadonlyMap<number, Failure>
}

export interface InsertPlan extends Writing {
  readonly kind: 'insert'
  readonly rows: readonly Row[]
  /** By the primary key, in one statement. With it, `policy` guards the row that is overwritten. */
  readonly upsert: boolean
}

/** The entity tag that the record must still have (If-Match), made of these columns; shape `single` only. */
export interface Precondition {
  readonly etag: string
  readonly columns: readonly Projection[]
}

export type Change =
  /** One record by its key's values, in key order. Not there: `not_found`. */
  | { readonly by: 'key'; readonly key: readonly Scalar[]; readonly set: Row }
  /** Every row that the filter selects; no filter is all rows. */
  | { readonly by: 'filter'; readonly filter?: Filter; readonly set: Row }

export interface UpdatePlan extends Writing {
  readonly kind: 'update'
  /** The columns of `key`; the primary key unless `id_field` says otherwise. */
  readonly keyColumns: readonly string[]
  readonly changes: readonly Change[]
  /** Columns to be set to their default in each change that does not name them (PUT). */
  readonly reset: readonly string[]
  readonly precondition?: Precondition
}

export interface DeletePlan extends Writing {
  readonly kind: 'delete'
  readonly keyColumns: readonly string[]
  readonly targets:
    | { readonly by: 'key'; readonly keys: readonly (readonly Scalar[])[] }
    | { readonly by: 'filter'; readonly filter?: Filter }
  readonly precondition?: Precondition
}

export interface CallPlan {
  readonly kind: 'call'
  readonly routine: Routine
  /** By parameter name; one that is not there takes the database's default. */
  readonly values: ReadonlyMap<string, Scalar>
  readonly limit: number
  readonly numbers: 'number' | 'string'
  readonly timeoutMs?: number
  readonly dryRun?: boolean
}

/** A question that the catalog alone answers: the pipeline runs it, no connector does. */
export interface CatalogPlan {
  readonly kind: 'catalog'
  /** What to show, from the catalog as the caller sees it. */
  readonly answer: 'resources' | 'tables' | 'schema' | 'fields' | 'relationships' | 'routines' | 'model' | 'spec'
  readonly table?: string
  /** One field or relationship of the table. */
  readonly member?: string
  readonly routineKind?: 'procedure' | 'function'
  readonly asList?: boolean
  readonly includeAccess?: boolean
  /** Say what would be answered, and answer nothing. */
  readonly dryRun?: boolean
}

/** A deed on Gatehouse itself, done by the process and not by a connector. */
export interface ControlPlan {
  readonly kind: 'control'
  readonly action: 'refresh_service'
  readonly service: string
  readonly dryRun?: boolean
}

/** The neutral question to a connector. */
export type DataPlan = SelectPlan | AggregatePlan | InsertPlan | UpdatePlan | DeletePlan | CallPlan
export type Plan = DataPlan | FilePlan | CatalogPlan | ControlPlan

declare const permitted: unique symbol
/** A plan narrowed to what the caller may see and change. Only `restrict` makes one, so no plan reaches a connector unchecked. */
export type Permitted<P extends Plan> = P & { readonly [permitted]: true }
export type PermittedPlan = Permitted<DataPlan>
export type PermittedFilePlan = Permitted<FilePlan>
