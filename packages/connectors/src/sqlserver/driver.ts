import { setTimeout as pause } from 'node:timers/promises'
import { Failure } from '@gatehouse/core'
import { ConnectionPool } from '../connection-pool.js'
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
import type { RowShape } from '../sql/row-shape.js'
import { streamRows } from '../sql/row-stream.js'
import { type Feed, writeRows, writerOf } from '../sql/written-rows.js'
import { type ErrorContext, isDeadlock, type KeyColumns, toSqlserverFailure } from './errors.js'
import { planOnly } from './explain.js'
import type { CallerContext, ContextOf } from './identity.js'
import { type Bound, declarationOf } from './parameters.js'
import type { Ending, Session, Sink } from './session.js'
import { withShortFloats } from './short-floats.js'
import { inTransaction } from './transaction.js'
import { type Watch, watchOver } from './watch.js'

/** Runs one statement on a session that is held, with its errors told as failures. */
export type RunStatement = (statement: Statement, values: readonly unknown[], sink: Sink) => Promise<Ending>

/** The driver with what routines and introspection need beside. */
export interface SqlserverDriver extends SqlDriver {
  /** Tells how to look up the columns of a unique key, for the hints of conflicts. */
  learn(keyColumns: KeyColumns): void
  /** A query of the service itself, as nobody's: introspection. */
  ownRows(statement: Statement, values: readonly unknown[], options: RunOptions): Promise<RawRows>
  /** In a transaction, on a session that is reset afterwards: for calls that may leave anything behind. */
  isolated<T>(options: RunOptions, body: (run: RunStatement) => Promise<T>): Promise<T>
}

export interface DriverSettings {
  readonly max: number
  readonly idleMs: number
  /** Nothing is written, whatever a call asks for. */
  readonly readOnly?: boolean
  readonly contextOf?: ContextOf
}

/** What holding a session is for. */
interface Holding {
  /** The session is reset afterwards. */
  readonly mayLeaveTraces?: boolean
  /** False: the statements are the service's own. */
  readonly asCaller?: boolean
  /** The connection was lost on the way. */
  readonly onLost?: () => void
}

/** How long callers wait for a connection before they are told that the pool is full. */
const waitMs = 5000
/** How often a read is run again that lost a deadlock, and the longest pause before. */
const deadlockRetries = 3
const deadlockPauseMs = 50

export function sqlserverDriver(open: () => Promise<Session>, settings: DriverSettings): SqlserverDriver {
  const { max, idleMs, contextOf } = settings
  const pool = new ConnectionPool<Session>({
    to: 'database',
    max,
    idleMs,
    waitMs,
    open: async () => {
      try {
        return await open()
      } catch (thrown) {
        throw toSqlserverFailure(thrown)
      }
    },
  })
  let keyColumns: KeyColumns | undefined

  const runOn =
    (session: Session, watch: Watch, user: string | undefined): RunStatement =>
    async (statement, values, sink) => {
      watch.check()
      const bound = values.map(boundOf)
      const { text } = statement
      try {
        if (text.startsWith(planOnly)) return await plan(session, text.slice(planOnly.length), bound, sink)
        // Within the statement, so that it ends with it.
        if (user === undefined) return await session.run(text, bound, sink)
        const as = `EXECUTE AS USER = @p${bound.length + 1}; ${text}`
        return await session.run(as, [...bound, { type: 'nvarchar', value: user }], sink)
      } catch (thrown) {
        const context: ErrorContext = { text, ...(keyColumns ? { keyColumns } : {}) }
        throw watch.reason() ?? toSqlserverFailure(thrown, context)
      }
    }

  /** Holds a session while `body` runs, and gives it back clean. */
  async function hold<T>(
    options: RunOptions,
    body: (session: Session, watch: Watch, run: RunStatement) => Promise<T>,
    { mayLeaveTraces = false, asCaller = true, onLost }: Holding = {},
  ): Promise<T> {
    if (settings.readOnly && !options.readOnly) throw new Failure('forbidden', 'This service is read-only')
    const caller = asCaller ? contextOf?.(options.identity) : undefined
    const session = await pool.acquire(options.signal)
    const watch = watchOver(session, options)
    try {
      if (caller) await enter(session, watch, caller)
      const result = await body(session, watch, runOn(session, watch, caller?.user))
      // A read that was ended may have come to its end by then; a write that did is done.
      if (options.readOnly) watch.check()
      return result
    } catch (thrown) {
      if (!session.alive && !watch.reason()) onLost?.()
      // What the caller's own code throws goes through as it is.
      throw watch.reason() ?? thrown
    } finally {
      // A session that cannot be reset must not be used again.
      if (session.alive && (caller || mayLeaveTraces)) await session.reset().catch(() => session.close())
      watch.settle()
      pool.release(session)
    }
  }

  /** One statement on its own. A read that lost a deadlock, or its connection, is run again. */
  async function alone<T>(options: RunOptions, body: (run: RunStatement) => Promise<T>, asCaller = true): Promise<T> {
    let lost = false
    for (let attempt = 1; ; attempt++) {
      try {
        const onLost = () => {
          lost = attempt === 1
        }
        return await hold(options, (_session, _watch, run) => body(run), { asCaller, onLost })
      } catch (thrown) {
        const again = lost || (isDeadlock(thrown) && attempt <= deadlockRetries)
        if (!options.readOnly || !again || options.signal.aborted) throw thrown
        if (!lost) await pause(Math.random() * deadlockPauseMs)
        lost = false
      }
    }
  }

  return {
    write: (statement, values, limit, options) =>
      alone(options, (run) => writeRows(statement.shape, limit, feed(run, statement, values))),
    rows: (statement, values, options) =>
      alone(options, (run) => rawRows(run, options.readOnly ? statement : atomic(statement), values)),
    stream: (statement, values, limit, options): RowStream =>
      streamRows(writerOf(statement.shape), limit, (body) =>
        hold(options, (session, watch, run) =>
          body(session, watch, (sink) => feed(run, statement, values)((row) => sink.row(row))),
        ),
      ),
    transaction: (options, body) =>
      hold(options, (session, watch, run) => {
        const transaction: Omit<SqlTransaction, 'savepoint'> = {
          write: (statement, values, limit) => writeRows(statement.shape, limit, feed(run, statement, values)),
          rows: (statement, values) => rawRows(run, statement, values),
        }
        return inTransaction(session, watch, controlOn(session, watch), transaction, body)
      }),
    isolated: (options, body) =>
      hold(
        options,
        (session, watch, run) => inTransaction(session, watch, controlOn(session, watch), {}, () => body(run)),
        { mayLeaveTraces: true },
      ),
    ownRows: (statement, values, options) => alone(options, (run) => rawRows(run, statement, values), false),
    learn(lookUp) {
      keyColumns = lookUp
    },
    close: () => pool.close(),
  }
}

/** The statements of one text are one change: all of it or nothing, also when the server ends it half-way. */
function atomic(statement: Statement): Statement {
  const { text } = statement
  return {
    ...statement,
    text: `SET XACT_ABORT ON; BEGIN TRANSACTION; ${text.replace(/;?\s*$/, ';')} COMMIT TRANSACTION;`,
  }
}

function controlOn(session: Session, watch: Watch): (text: string) => Promise<void> {
  return async (text) => {
    try {
      await session.batch(text)
    } catch (thrown) {
      throw watch.reason() ?? toSqlserverFailure(thrown, { text })
    }
  }
}

/** Tells the database who calls: keys that nothing in the session can change until it is reset. */
async function enter(session: Session, watch: Watch, { context }: CallerContext): Promise<void> {
  if (context.length === 0) return
  const calls = context.map(
    (_, i) => `EXEC sys.sp_set_session_context @key = @p${2 * i + 1}, @value = @p${2 * i + 2}, @read_only = 1;`,
  )
  const values = context.flat().map((value): Bound => ({ type: 'nvarchar', value }))
  try {
    await session.run(calls.join(' '), values, { row: () => undefined })
  } catch (thrown) {
    throw watch.reason() ?? toSqlserverFailure(thrown)
  }
}

/** Plans without running. Without the right to see plans there is nothing to tell. */
async function plan(session: Session, text: string, values: readonly Bound[], sink: Sink): Promise<Ending> {
  const declared = values.map((value, i) => `@p${i + 1} ${declarationOf(value)}`).join(', ')
  await session.batch('SET SHOWPLAN_XML ON')
  try {
    await session.batch(declared === '' ? text : `DECLARE ${declared}; ${text}`, sink)
  } catch (thrown) {
    if (toSqlserverFailure(thrown).code !== 'forbidden') throw thrown
  } finally {
    if (session.alive) await session.batch('SET SHOWPLAN_XML OFF').catch(() => session.close())
  }
  return { affected: 0 }
}

/** What the dialect's `bind` made, which the port cannot say; a text that is the same for every call is bound as such. */
function boundOf(value: unknown): Bound {
  if (isBound(value)) return value
  if (typeof value === 'string' || value === null) return { type: 'nvarchar', value }
  throw new Failure('internal', 'A value was not bound')
}

function isBound(value: unknown): value is Bound {
  return typeof value === 'object' && value !== null && 'type' in value && 'value' in value
}

/** The rows as they are printed: doubles inside JSON in the fewest digits. */
function feed(run: RunStatement, statement: ShapedStatement, values: readonly unknown[]): Feed {
  const documents = documentsOf(statement.shape)
  return (row) => run(statement, values, { row: (raw) => row(shortened(raw, documents)) })
}

function isShaped(statement: Statement): statement is ShapedStatement {
  return 'shape' in statement
}

/** Which columns are JSON of the server's making. */
function documentsOf(shape: RowShape): number[] {
  return shape.columns.flatMap((column, i) => (column.encoding === 'json' ? [i] : []))
}

function shortened(row: readonly Raw[], documents: readonly number[]): readonly Raw[] {
  if (documents.length === 0) return row
  const values = [...row]
  for (const i of documents) {
    const value = values[i]
    if (typeof value === 'string') values[i] = withShortFloats(value)
  }
  return values
}

async function rawRows(run: RunStatement, statement: Statement, values: readonly unknown[]): Promise<RawRows> {
  // What a write tells of its rows is printed too.
  const documents = isShaped(statement) ? documentsOf(statement.shape) : []
  const rows: (readonly Raw[])[] = []
  const { affected } = await run(statement, values, { row: (row) => rows.push(shortened(row, documents)) })
  return { rows, affected }
}
