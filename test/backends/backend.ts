import type { JsonObject, ScalarType } from '@gatehouse/core'

/** A kind of column that the test schema uses, in a database's own words. */
export type ColumnKind = Exclude<ScalarType, 'interval' | 'array' | 'other'> | 'identity' | 'name' | 'code' | 'exact'

/** A real database, made empty for one test file. */
export interface OpenBackend {
  /** The service's entry in the configuration. */
  readonly service: JsonObject
  /** Runs SQL as the owner of the database, one statement an entry. */
  run(statements: readonly string[]): Promise<void>
  /** The rows of one statement, as the database's own driver gives them to the owner. */
  read(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

/** What the tests must know of one database. Data, so that no test asks which one it is. */
export interface Backend {
  readonly name: string
  readonly quote: (name: string) => string
  /**
   * The type of a column. identity: the numbered primary key. name: varchar(100). code: varchar(20). exact: a decimal of
   * 38 digits, 10 of them behind the point.
   */
  readonly types: Readonly<Record<ColumnKind, string>>
  /** How constraints say what is called so elsewhere, where that is another word: `{TRUE: '1'}`. */
  readonly words?: Readonly<Record<string, string>>
  /** A statement that makes a column unique, where UNIQUE would take one NULL only. */
  readonly uniqueButNull?: (table: string, column: string) => string
  /** It holds an empty text, and empty bytes, as NULL. */
  readonly emptyIsNull?: true
  /** A name that it can hold, in place of one with characters that no name can have there. */
  readonly holdable?: (name: string) => string
  /** False: it has no regular expressions. */
  readonly regexp?: false
  /** Statements that make routines, and what they are for; absent where there are none. */
  readonly routines?: readonly string[]
  /** A statement whose column `name` lists every table, view and routine of the database. */
  readonly objects: string
  /** A statement that takes about ten seconds when nobody stops it, as a view of one row. */
  readonly slowView: string
  open(): Promise<OpenBackend | { readonly skipped: string }>
}
