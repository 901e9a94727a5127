import type { Failure } from '@gatehouse/core'
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
import { writeRows, writerOf } from '../sql/written-rows.js'
import type { BindValue, Connect, Executed, OracleConnection } from './connection.js'
import { type ErrorContext, isLost, isOracleError, type KeyColumns, toOracleFailure } from './errors.js'
import { explainBlock, explainStart, planQuery } from './explain.js'
import { type Flavour, flavourOf } from './flavour.js'
import { nobody, type Passed } from './identity.js'
import { type PoolSettings, sessionPool } from './pool.js'
import { rawRow, returnedRows } from './raw-row.js'
import { streamBatches } from './stream.js'
import { savepointsOn } from './transaction.js'
import { tooLong, type Watch, watchOver } from './watch.js'

/** Runs one statement on a connection that is held, with its errors told as failures. */
export type RunStatement = (statement: Statement, values: readonly unknown[], ask?: Ask) => Promise<Executed>
interface Ask {
  readonly prefetch?: number
  readonly commit?: boolean
}

/** The driver with what routines and introspection need beside. */
export interface OracleDriver extends SqlDriver {
  /** Of the server, asked for where it is not known. */
  flavour(): Promise<Flavour>
  /** The service's own user, as the dictionary spells it. */
  user(): Promise<string>
  /** Tells how to look up the columns of a key, for the hints of conflicts. */
  learn(keyColumns: KeyColumns): void
  /** A question of the service itself, in nobody's name: for the dictionary. */
  ownRows(statement: Statement, values: readonly unknown[], options: RunOptions): Promise<RawRows>
  /** In a transaction: for calls, whose results are read while the connection is held. */
  held<T>(options: RunOptions, body: (run: RunStatement, watch: Watch) => Promise<T>): Promise<T>
}

/** Rows that come with the answer to a statement, and with each further one. */
const mostRows = 1000

export function oracleDriver(
  connect: Connect,
  settings: PoolSettings,
  passed: (identity: RunOptions['identity']) => Passed,
): OracleDriver {
  const pool = sessionPool(connect, settings)
  let keyColumns: KeyColumns | undefined
  let server: { readonly flavour: Flavour; readonly user: string } | undefined

  /** Holds a connection while `body` runs; what it leaves open is rolled back. */
  async function hold<T>(
    options: RunOptions,
    body: (run: RunStatement, watch: Watch) => Promise<T>,
    onStale?: () => void,
    { mark, proxy }: Passed = passed(options.identity),
  ): Promise<T> {
    const session = await pool.acquire(options.signal, proxy)
    const { connection, used } = session
    const watch = watchOver(connection, options)
    let lost = false
    // Something may be locked or changed that is neither committed nor undone.
    let pending = false
    const run: RunStatement = async ({ text }, values, ask = {}) => {
      const timeoutMs = watch.left()
      pending ||= !ask.commit && !isPlainQuery(text)
      try {
        // Values are those that the dialect's `bind` made, which the port cannot say.
        const executed = await connection.execute(text, values as readonly BindValue[], {
          prefetch: Math.min(ask.prefetch ?? mostRows, mostRows),
          timeoutMs,
          ...(ask.commit ? { commit: true } : {}),
        })
        if (text === 'COMMIT' || text === 'ROLLBACK') pending = false
        return executed
      } catch (thrown) {
        // What was to be committed may be half done.
        pending ||= ask.commit === true
        throw told(thrown, watch, { text, ...(keyColumns ? { keyColumns } : {}) })
      }
    }
    const told = (thrown: unknown, over: Watch, context: ErrorContext): Failure => {
      const failure = toOracleFailure(thrown, context)
      if (isLost(failure)) lost = true
      return over.reason() ?? (failure.code === 'timeout' ? tooLong(failure.cause) : failure)
    }
    try {
      connection.mark(mark)
      return await body(run, watch)
    } catch (thrown) {
      // Reading rows may fail with the driver's own errors too; what the caller's code throws goes through as it is.
      const failure = isOracleError(thrown) ? told(thrown, watch, {}) : thrown
      if (lost && used && !watch.reason()) onStale?.()
      throw watch.reason() ?? failure
    } finally {
      await watch.settle()
      if (lost || (pending && !(await undone(connection)))) await connection.close().catch(() => undefined)
      session.used = true
      pool.release(session)
    }
  }

  /** One statement on its own. A read that met a connection gone stale is run again, once. */
  async function alone<T>(options: RunOptions, body: (run: RunStatement) => Promise<T>): Promise<T> {
    let stale = false
    try {
      return await hold(options, body, () => {
        stale = options.readOnly
      })
    } catch (thrown) {
      if (!stale) throw thrown
      return hold(options, body)
    }
  }

  const known = async () => {
    if (server) return server
    const session = await pool.acquire(new AbortController().signal, undefined)
    const { serverVersion, user } = session.connection
    session.used = true
    pool.release(session)
    server = { flavour: flavourOf(serverVersion), user }
    return server
  }

  return {
    write: (statement, values, limit, options) => alone(options, (run) => printed(run, statement, values, limit)),
    rows: (statement, values, options) =>
      alone(options, (run) => rawRows(run, statement, values, { commit: !options.readOnly })),
    stream: (statement, values, limit, options): RowStream =>
      streamBatches(writerOf(statement.shape), limit, (body) =>
        hold(options, async (run, watch) => {
          const { rows } = await run(statement, values, { prefetch: Math.min(limit, 500) })
          if (rows) await body(rows, watch)
        }),
      ),
    transaction: (options, body) =>
      hold(options, async (run) => {
        const savepoints = savepointsOn(run)
        const transaction: SqlTransaction = {
          write: (statement, values, limit) => printed(run, statement, values, limit),
          rows: (statement, values) => rawRows(run, statement, values, {}),
          savepoint: savepoints,
        }
        return committed(run, () => body(transaction))
      }),
    held: (options, body) => hold(options, (run, watch) => committed(run, () => body(run, watch))),
    ownRows: (statement, values, options) =>
      hold(options, (run) => rawRows(run, statement, values, {}), undefined, nobody),
    flavour: async () => (await known()).flavour,
    user: async () => (await known()).user,
    learn(lookUp) {
      keyColumns = lookUp
    },
    close: () => pool.close(),
  }
}

/** Oracle has a transaction begin by itself; it ends here, one way or the other. */
async function committed<T>(run: RunStatement, body: () => Promise<T>): Promise<T> {
  try {
    const result = await body()
    await run({ text: 'COMMIT' }, [])
    return result
  } catch (thrown) {
    // Where there is no time left for it, it is done when the connection is given back.
    await run({ text: 'ROLLBACK' }, []).catch(() => undefined)
    throw thrown
  }
}

function isPlainQuery(text: string): boolean {
  return text.startsWith('SELECT') && !text.endsWith(' FOR UPDATE')
}

/** How long a connection may take to undo what a call has left. */
const undoMs = 5000

/** False: nobody knows what is left on the connection, so it must not be used again. */
async function undone(connection: OracleConnection): Promise<boolean> {
  try {
    await connection.execute('ROLLBACK', [], { prefetch: 1, timeoutMs: undoMs })
    return true
  } catch {
    return false
  }
}

/** Rows in batches, each asked for when the one before it is used up. */
async function eachRow({ rows: source }: Executed, most: number, row: (values: readonly Raw[]) => void): Promise<void> {
  if (!source) return
  try {
    for (let left = most; left > 0; ) {
      const wanted = Math.min(left, mostRows)
      const batch = await source.next(wanted)
      for (const values of batch) row(rawRow(values))
      left = batch.length < wanted ? 0 : left - wanted
    }
  } finally {
    await source.close().catch(() => undefined)
  }
}

function printed(run: RunStatement, statement: ShapedStatement, values: readonly unknown[], limit: number) {
  return writeRows(statement.shape, limit, async (row) => {
    await eachRow(await run(statement, values, { prefetch: limit + 1 }), limit + 1, row)
  })
}

async function rawRows(
  run: RunStatement,
  statement: Statement,
  values: readonly unknown[],
  ask: Ask,
): Promise<RawRows> {
  if (statement.text.startsWith(explainStart)) return planned(run, statement.text)
  const executed = await run(statement, values, ask)
  if (executed.out) return { rows: returnedRows(executed.out, executed.affected), affected: executed.affected }
  return { rows: await allRows(executed), affected: executed.affected }
}

async function allRows(executed: Executed): Promise<(readonly Raw[])[]> {
  const rows: (readonly Raw[])[] = []
  await eachRow(executed, Number.POSITIVE_INFINITY, (row) => rows.push(row))
  return rows
}

/** The plan goes into a table of the session's own, and out again with the transaction. */
async function planned(run: RunStatement, text: string): Promise<RawRows> {
  await run({ text: explainBlock }, [text])
  const rows = await allRows(await run({ text: planQuery }, [], { prefetch: 1 }))
  await run({ text: 'ROLLBACK' }, [])
  return { rows, affected: 0 }
}
