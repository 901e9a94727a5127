import { Failure, toFailure } from '@gatehouse/core'
import type {
  Raw,
  RawRows,
  RowStream,
  RunOptions,
  ShapedStatement,
  SqlDriver,
  SqlTransaction,
  Statement,
} from '../sql/driver.js'
import { streamRows } from '../sql/row-stream.js'
import { type Feed, writeRows, writerOf } from '../sql/written-rows.js'
import type { MysqlTarget } from './config.js'
import { type ErrorContext, type KeyColumns, toMysqlFailure } from './errors.js'
import type { Flavour } from './flavour.js'
import { inOrder, keepPositional } from './parameters.js'
import { killStatement, type PoolSettings, sessionPool } from './pool.js'
import type { Ending, Sending, Session, Sink } from './session.js'
import { inTransaction } from './transaction.js'
import { tooLong, type Watch, watchOver } from './watch.js'

/** Runs one statement on a session that is held, with its errors told as failures. */
export type RunStatement = (statement: Statement, values: readonly unknown[], sink: Sink) => Promise<Ending>

/** The driver with what routines and introspection need beside. */
export interface MysqlDriver extends SqlDriver {
  /** Of the server, asked for where it is not known. */
  flavour(): Promise<Flavour>
  /** Tells how to look up the columns of a unique key, for the hints of conflicts. */
  learn(keyColumns: KeyColumns): void
  /** In a transaction, on a session that is reset afterwards: for calls that may leave anything behind. */
  isolated<T>(options: RunOptions, body: (run: RunStatement) => Promise<T>): Promise<T>
}

export interface DriverSettings extends PoolSettings {
  /** Every session is read-only, whatever a call asks for. */
  readonly readOnly?: boolean
}

export function mysqlDriver(target: MysqlTarget, settings: DriverSettings): MysqlDriver {
  const pool = sessionPool(target, settings)
  const positionalOf = keepPositional()
  let flavour: Flavour | undefined
  let keyColumns: KeyColumns | undefined

  const runOn =
    (session: Session, watch: Watch): RunStatement =>
    async (statement, values, sink) => {
      watch.check()
      const positional = positionalOf(statement.text)
      try {
        return await session.run(positional, inOrder(positional, values), sendingOf(statement, values, sink), sink)
      } catch (thrown) {
        const context: ErrorContext = { text: statement.text, ...(keyColumns ? { keyColumns } : {}) }
        throw watch.reason() ?? timedOut(toMysqlFailure(thrown, context))
      }
    }

  /** Holds a session while `body` runs, and gives it back clean. */
  async function hold<T>(
    options: RunOptions,
    serverTimed: boolean,
    body: (session: Session, watch: Watch, run: RunStatement) => Promise<T>,
    onStale?: () => void,
  ): Promise<T> {
    const readOnly = options.readOnly || settings.readOnly === true
    const session = await pool.acquire(options.signal, readOnly)
    const { used } = session
    flavour = session.flavour
    const watch = watchOver(session, options, serverTimed && session.flavour.statementTime, (id) =>
      killStatement(target, id),
    )
    try {
      await session.prepare(readOnly, options.timeoutMs)
      const result = await body(session, watch, runOn(session, watch))
      // SLEEP and its kin answer when they are ended as if they had come to their end. A write is done, though.
      if (options.readOnly) watch.check()
      return result
    } catch (thrown) {
      if (used && !session.alive && !watch.reason()) onStale?.()
      // What the caller's own code throws goes through as it is.
      throw watch.reason() ?? thrown
    } finally {
      await watch.settle()
      pool.release(session)
    }
  }

  /** One statement on its own. A read that met a connection gone stale is run again, once. */
  async function alone<T>(options: RunOptions, body: (run: RunStatement) => Promise<T>): Promise<T> {
    let stale = false
    const once = () =>
      hold(
        options,
        true,
        (_session, _watch, run) => body(run),
        () => {
          stale = options.readOnly
        },
      )
    try {
      return await once()
    } catch (thrown) {
      if (!stale || toFailure(thrown).code !== 'unavailable') throw thrown
      return once()
    }
  }

  return {
    write: (statement, values, limit, options) =>
      alone(options, (run) => writeRows(statement.shape, limit, feed(run, statement, values))),
    rows: (statement, values, options) => alone(options, (run) => rawRows(run, statement, values)),
    stream: (statement, values, limit, options): RowStream =>
      streamRows(writerOf(statement.shape), limit, (body) =>
        hold(options, true, (session, watch, run) => body(session, watch, (sink) => run(statement, values, sink))),
      ),
    transaction: (options, body) =>
      hold(options, false, (session, watch, run) => {
        const transaction: Omit<SqlTransaction, 'savepoint'> = {
          write: (statement, values, limit) => writeRows(statement.shape, limit, feed(run, statement, values)),
          rows: (statement, values) => rawRows(run, statement, values),
        }
        return inTransaction(session, watch, transaction, body)
      }),
    isolated: (options, body) =>
      hold(options, false, async (session, watch, run) => {
        try {
          return await inTransaction(session, watch, {}, () => body(run))
        } finally {
          // A session that cannot be reset must not be used again.
          await watch.settle()
          if (session.alive) await session.reset().catch(() => session.destroy())
        }
      }),
    async flavour() {
      if (flavour) return flavour
      const session = await pool.acquire(new AbortController().signal, true)
      pool.release(session)
      flavour = session.flavour
      return flavour
    },
    learn(lookUp) {
      keyColumns = lookUp
    },
    close: () => pool.close(),
  }
}

function sendingOf(statement: Statement, values: readonly unknown[], sink: Sink): Sending {
  if (sink.printed && values.length === 0) return 'text'
  return statement.name === undefined ? 'once' : 'kept'
}

function timedOut(failure: Failure): Failure {
  return failure.code === 'timeout'
    ? new Failure('timeout', failure.message, { ...hintOf(tooLong()), cause: failure.cause })
    : failure
}
function hintOf({ hint }: Failure) {
  return hint === undefined ? {} : { hint }
}

const feed =
  (run: RunStatement, statement: ShapedStatement, values: readonly unknown[]): Feed =>
  (row) =>
    run(statement, values, { printed: true, row })

async function rawRows(run: RunStatement, statement: Statement, values: readonly unknown[]): Promise<RawRows> {
  const rows: (readonly Raw[])[] = []
  const { affected, insertId } = await run(statement, values, { printed: true, row: (row) => rows.push(row) })
  // With RETURNING the server sends the rows instead of their number.
  const returned = rows.length > 0 && /^\s*(?:INSERT|DELETE|REPLACE)\b/i.test(statement.text)
  return { rows, affected: returned ? rows.length : affected, ...(insertId === undefined ? {} : { insertId }) }
}
