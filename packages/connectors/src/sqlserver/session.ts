import type { Raw } from '../sql/driver.js'
import type { Bound } from './parameters.js'
import type { WireType } from './raw-value.js'

/** What a column of a result set is, as the server says it. */
export interface Field {
  readonly name: string
  readonly type: WireType
}

/** What a statement yields while it runs. `set` counts result sets from 0. */
export interface Sink {
  fields?(fields: readonly Field[], set: number): void
  row(values: readonly Raw[], set: number): void
}

/** What the server told at the end of a statement. */
export interface Ending {
  readonly affected: number
}

/**
 * One connection, on which one thing runs at a time. All methods but `cancel`, `pause`, `resume`, `close` reject with the
 * driver's errors; errors.ts knows them. This is all that the connector knows of its driver.
 */
export interface Session {
  /** False once the connection is lost: it can only be thrown away. */
  readonly alive: boolean
  /** A statement with values, `@p1` and on, by sp_executesql. Settings that it makes end with it. */
  run(text: string, values: readonly Bound[], sink: Sink): Promise<Ending>
  /** A text of the connector's own, without values, whose settings stay: BEGIN TRANSACTION, SET. */
  batch(text: string, sink?: Sink): Promise<void>
  /** Forgets everything that statements may have left behind: settings, temporary tables, the session's context. */
  reset(): Promise<void>
  /** Tells the server to stop what runs, which then rejects when the server has stopped. */
  cancel(): void
  /** Stops reading rows until `resume`: the server waits, so that memory stays flat. */
  pause(): void
  resume(): void
  /** A round trip, to know that the server is there. */
  check(): Promise<void>
  /** Closes at once; a statement that runs fails. */
  close(): void
}
