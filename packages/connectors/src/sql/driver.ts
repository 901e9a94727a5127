import type { Identity, JsonText } from '@gatehouse/core'
import type { RowShape } from './row-shape.js'

/** A raw value as the driver answers it; see Encoding. */
export type Raw = string | number | bigint | Uint8Array | null

/** SQL made once for all calls of one shape. */
export interface Statement {
  readonly text: string
  /** Unique for the text within the connector: names a prepared statement. Absent: not worth preparing. */
  readonly name?: string
}

export interface ShapedStatement extends Statement {
  readonly shape: RowShape
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** Enforced by the database and, where it cannot, by cancelling. Ends in a `timeout` Failure. */
  readonly timeoutMs: number
  readonly identity: Identity
  /** True: runs where nothing can be written. */
  readonly readOnly: boolean
  /**
   * A read of a few rows by their key, or an insert of one that sets off nothing of the database's owner: so short that
   * it may share a connection with others of its kind, and an insert a transaction.
   */
  readonly brief?: boolean
  /** The rows written may be escaped as the inside of a JSON string; not for CSV. */
  readonly escaped?: boolean
}

/** Rows written as text by the statement's shape. */
export interface WrittenRows {
  readonly text: JsonText
  /** The text is escaped as was asked for. */
  readonly escaped?: boolean
  /** Rows printed. */
  readonly rows: number
  /** There was one row more than `limit`; it is not printed. */
  readonly more: boolean
  /** Raw values of the shape's hidden columns in the last printed row, at least where there are `more`. */
  readonly last?: readonly Raw[]
}

export interface RawRows {
  readonly rows: readonly (readonly Raw[])[]
  /** Rows that the statement inserted, updated or deleted; 0 for a query. */
  readonly affected: number
  /** The first number that an insert drew, where the driver tells and RETURNING does not exist. */
  readonly insertId?: bigint
}

/** Runs statements on one connection. Values are those that `Dialect.bind` made. */
interface SqlSession {
  /** Prints at most `limit` rows. */
  write(statement: ShapedStatement, values: readonly unknown[], limit: number): Promise<WrittenRows>
  rows(statement: Statement, values: readonly unknown[]): Promise<RawRows>
}

export interface SqlTransaction extends SqlSession {
  /** Undone to where it began when `body` throws; the transaction goes on. */
  savepoint<T>(body: () => Promise<T>): Promise<T>
}

export interface RowStream {
  readonly chunks: AsyncIterable<Uint8Array>
  rows(): number
}

/**
 * One database behind a bounded pool. Every method throws only Failure, with the driver's error as its cause:
 * `unavailable` (retryAfter) when the database is down or the pool stays full, `timeout`, `cancelled`, `conflict`, ...
 * A connection whose statement timed out or was cancelled is clean, or it is closed.
 */
export interface SqlDriver {
  /** One statement in a transaction of its own. */
  write(
    statement: ShapedStatement,
    values: readonly unknown[],
    limit: number,
    options: RunOptions,
  ): Promise<WrittenRows>
  rows(statement: Statement, values: readonly unknown[], options: RunOptions): Promise<RawRows>
  /** All rows (at most `limit`) in chunks of some 64 kB, at the reader's pace, with flat memory. */
  stream(statement: ShapedStatement, values: readonly unknown[], limit: number, options: RunOptions): RowStream
  /** Commits when `body` returns, rolls back when it throws. */
  transaction<T>(options: RunOptions, body: (transaction: SqlTransaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}
