import type {
  AggregateFunction,
  Column,
  CompareOp,
  DateBucket,
  Interval,
  Mask,
  MatchOp,
  Scalar,
  ScalarType,
  Table,
} from '@gatehouse/core'
import type { Raw } from './driver.js'
import type { Encoding } from './row-shape.js'

/** What a column is to an expression: its neutral and its native type. */
export type Typed = Pick<Column, 'type' | 'nativeType' | 'scale' | 'collation'>

/** The rows of a nested array: clauses without their keywords. */
export interface JsonRows {
  readonly object: string
  readonly from: string
  readonly where: string
  /** Never empty. */
  readonly order: string
  readonly limit: number
}

/** One row that is put where its key is, or added. Names are quoted. */
export interface Upsert {
  readonly table: string
  readonly alias: string
  readonly columns: readonly string[]
  readonly keys: readonly string[]
  cell(column: string): string
}

/**
 * The select list that tells of the written rows, when the table goes by this name. To be called once: its placeholders
 * are counted in the order of the calls.
 */
export type Telling = (as: string) => string

export interface InsertParts {
  readonly table: Table
  /** Names as in the catalog, in the order of each row's cells; none: one row of defaults. */
  readonly columns: readonly string[]
  /** Expressions that make the values. */
  readonly rows: readonly (readonly string[])[]
  /** Absent: a plain insert. `guard`: what the row must meet that is overwritten, when the table goes by this name. */
  readonly upsert: { readonly guard: ((as: string) => string) | undefined } | undefined
  readonly told: Telling
}

/** Of an UPDATE or a DELETE; the expressions call the table `as`. */
export interface ChangeParts {
  readonly table: Table
  readonly as: string
  /** `column = value, ...`; empty for a DELETE. */
  readonly set: string
  /** ` WHERE ...`, or nothing. */
  readonly where: string
  readonly told: Telling
}

/** Writes of a database that tells what it wrote in another way than by RETURNING. */
export interface WriteDialect {
  insert(parts: InsertParts): string
  update(parts: ChangeParts): string
  delete(parts: ChangeParts): string
}

/**
 * Everything in which the SQL of one database differs. Pure. Expressions are SQL texts made of quoted names and
 * placeholders; no caller's text is ever part of one. Functions that take `param` get a placeholder.
 */
export interface Dialect {
  /** Quotes one identifier, whatever is in it. */
  quote(name: string): string
  /** The quoted, qualified name of a table or routine. */
  qualified(source: Table['source']): string
  /** The placeholder of the nth value (from 1) of a statement. */
  placeholder(position: number): string
  /** True where a placeholder may be repeated ($1 ... $1); else each use is a value of its own. */
  readonly numberedPlaceholders: boolean
  /** The most values that one statement takes. */
  readonly maxValues: number
  /** A value as the driver wants it. */
  bind(value: Scalar, type: ScalarType): unknown
  /** The expression that stores a bound value in a column; mostly the placeholder itself. */
  input(param: string, column: Typed): string
  /** The reverse of `bind`, for values read back raw (keyset columns, keys). */
  scalar(raw: Raw, type: ScalarType): Scalar

  /** The expression to select for a column's value, and how its raw value is printed. */
  output(
    expression: string,
    column: Typed,
  ): { readonly sql: string; readonly encoding: Encoding; readonly scale?: number }
  /** The same value inside JSON that the database builds: must print as the writer prints `output`. */
  jsonValue(expression: string, column: Typed, numbers: 'number' | 'string'): string
  /** A JSON value as it stands in a CASE beside others. Absent: as it is. */
  jsonBranch?(json: string): string
  /** A JSON object of names (escaped by this function as SQL strings) and JSON values. */
  jsonObject(members: readonly (readonly [name: string, value: string])[]): string
  /** A scalar subquery (in brackets) that may refer to the tables of the query around it: an array of `object`, `[]` for none. */
  jsonArray(rows: JsonRows): string

  /** The comparison of a column (or JSON path) with a placeholder, both of the type. */
  compare(op: CompareOp, expression: string, param: string, type: Typed): string
  match(op: MatchOp, expression: string, param: string, type: Typed): string
  /** The value to bind for a match: wraps and escapes `%` and `_` for contains, starts_with, ends_with. */
  matchValue(op: MatchOp, value: string): string
  /** The text, number or boolean at a path inside a JSON column. Keys are given as SQL by this function, safely. */
  jsonPath(expression: string, keys: readonly (string | number)[], type: ScalarType): string
  /** now() or today() with an offset, comparable with the type. */
  clock(base: 'now' | 'today', offset: Interval | undefined, type: ScalarType): string
  /** One term of ORDER BY that places NULLs; `nullable` false: no need to say where. */
  orderTerm(expression: string, descending: boolean, nulls: 'first' | 'last', nullable: boolean): string
  /** The comparable form of a column whose storage does not sort by value (SQLite's decimals as text); else itself. */
  sortable(expression: string, column: Typed): string
  bucket(expression: string, bucket: DateBucket, type: Typed): { readonly sql: string; readonly type: ScalarType }
  aggregate(
    fn: AggregateFunction,
    expression: string | undefined,
    distinct: boolean,
    type: Typed | undefined,
  ): {
    readonly sql: string
    readonly result: Typed
  }
  /** A masked value, always text or NULL. `keyParam` is the placeholder of the mask key (used by `hash`: SHA-256 of key and text, hex). */
  mask(mask: Mask, expression: string, column: Typed, keyParam: string): string
  /**
   * What ends a query: `LIMIT ... OFFSET ...`. The limit is a whole number, the offset a placeholder; undefined: none.
   * `ordered`: ORDER BY stands before it, which some databases want for a page.
   */
  limit(limit: number, offsetParam: string | undefined, ordered: boolean): string
  /**
   * A whole query cut to a page, where a tail cannot say it: `names` are the quoted names of its columns, and `offset`
   * makes a placeholder of the offset at each use. Absent: `limit` is put behind the query.
   */
  page?(query: string, names: readonly string[], limit: number, offset: (() => string) | undefined): string
  /** What the columns of a query are called: `c0`, quoted by `quote`. Absent: they have no names of their own. */
  readonly columnName?: (index: number) => string
  /** A condition on a list, where `IN (...)` does not do: the list is too long for one, or the type has no equality. */
  listed?(expression: string, params: readonly string[], negated: boolean, type: Typed): string | undefined

  /** What writes can do. */
  readonly returning: { readonly insert: boolean; readonly update: boolean; readonly delete: boolean }
  /**
   * RETURNING ... INTO: what is bound for a value that comes back, by how it is printed. The driver answers the values
   * of such binds as rows. Absent: RETURNING answers rows by itself.
   */
  readonly returnedInto?: (encoding: Encoding) => unknown
  /** False for a column that RETURNING cannot tell, or not as a query does. Absent: it can tell everything. */
  readonly returnable?: (column: Typed) => boolean
  /** Tables that are written to go by an alias. Absent: by their full name. */
  readonly aliasedTargets?: boolean
  /** The most rows of one INSERT; absent: as many as their values allow. */
  readonly maxRows?: number
  /** DEFAULT is allowed as a value in a VALUES list. */
  readonly defaultInValues: boolean
  /** The expression that sets a column to its default in an UPDATE. */
  resetTo(column: Column): string
  /** An INSERT of a row of defaults only; `column` is one that can be written, quoted. */
  insertDefaults(table: string, column: string): string
  /**
   * The tail of an INSERT that updates the row that is there: keys and columns are quoted; `where` (where the
   * dialect can say it) guards the row that is overwritten. `set` empty: leave the row as it is, but return it.
   */
  onConflict(table: string, keys: readonly string[], set: readonly string[], where: string | undefined): string
  /**
   * A whole statement in place of an INSERT with `onConflict`. `cells` makes the placeholder of a column's value at each
   * use, in the order of the text; `columns` holds all that are given, `keys` those of the primary key.
   */
  upsert?(upsert: Upsert): string
  /** `onConflict` honours `where`. Else the rows that would be overwritten are locked and looked at first. */
  readonly guardedUpsert: boolean
  /** The database takes NULL in a primary key, so that no path would lead to the record. Absent: it refuses that. */
  readonly nullKeys?: true
  /** `FOR UPDATE` at the end of a query, or nothing. */
  readonly lockRows: string
  /** What locks rows where it stands behind the table's name instead: `WITH (UPDLOCK)`. */
  readonly lockHint?: string
  /** How writes and the telling of what they wrote are put together; absent: by RETURNING at their end. */
  readonly writes?: WriteDialect

  /** EXPLAIN of a statement, and how to read the planner's estimate from its rows. */
  explain(text: string): string
  estimate(rows: readonly (readonly Raw[])[]): { rows?: number; cost?: number }
}
