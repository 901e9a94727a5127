/** What one value of a statement is for the driver. Texts, numbers and bytes go as they are. */
export type BindValue = string | number | Uint8Array | null | DoubleBind | OutBind

/** A number as a BINARY_DOUBLE, which is not what the driver takes a number for. */
interface DoubleBind {
  readonly double: number
}

/** A place for what comes back. The values of DML are one for each row that it touched. */
export interface OutBind {
  readonly out: OutKind
}
export type OutKind = 'text' | 'double' | 'bytes' | 'rows' | 'clob' | 'blob'

export function isOut(value: unknown): value is OutBind {
  return typeof value === 'object' && value !== null && 'out' in value
}

/** A column of a result, by the names of the driver's types: `NUMBER`, `TIMESTAMP WITH TZ`. */
interface ResultColumn {
  readonly name: string
  readonly type: string
}

/**
 * Rows as they come. NUMBER is a text with all its digits, texts and CLOBs are texts, bytes and BLOBs are bytes, times
 * are Dates whose local fields are the value, BOOLEAN is a boolean.
 */
export interface Rows {
  readonly columns: readonly ResultColumn[]
  /** At most so many rows; none when there are no more. */
  next(count: number): Promise<readonly (readonly unknown[])[]>
  close(): Promise<void>
}

export interface Executed {
  /** Of a query. */
  readonly rows?: Rows
  readonly affected: number
  /** The values of the OUT binds, in the order of the statement; lists of them for DML. */
  readonly out?: readonly unknown[]
  /** What a block gave back by DBMS_SQL.RETURN_RESULT. */
  readonly results?: readonly Rows[]
}

export interface ExecuteOptions {
  /** Rows that come with the answer to the statement itself. */
  readonly prefetch: number
  /** The round trip is ended by the driver after so many milliseconds. */
  readonly timeoutMs: number
  /** Whatever was done is committed in the same round trip. */
  readonly commit?: boolean
}

/** For whom a connection works, as the server's own views and audit trail show it. Empty: for nobody in particular. */
export interface ClientMark {
  readonly identifier: string
  readonly info: string
}

/**
 * One connection, in as few words as the connector needs: all that is below is the driver's, and all that is above is
 * tested with a double of this. Every method may throw the driver's error, with
 * the server's number in its code (`ORA-00001`) or one of its own (`NJS-500`).
 */
export interface OracleConnection {
  /** 1903000000 is 19.3. */
  readonly serverVersion: number
  /** The user whose rights apply, as the dictionary spells it. */
  readonly user: string
  execute(text: string, values: readonly BindValue[], options: ExecuteOptions): Promise<Executed>
  /** Ends what runs, which then fails with ORA-01013. */
  break(): Promise<void>
  /** Sent along with the next statement. */
  mark(client: ClientMark): void
  /** False once the connection is known to be gone. */
  healthy(): boolean
  close(): Promise<void>
}

export interface Connect {
  /** `proxy`: the user in whose name the service's own user connects. Throws the driver's error. */
  open(proxy: string | undefined): Promise<OracleConnection>
}
