import type { Failure } from '@gatehouse/core'
import type { RawRows, RowStream, ShapedStatement, SqlDriver, Statement, WrittenRows } from '../sql/driver.js'
import type { PostgresTarget } from './config.js'
import { connect, requestCancel } from './connect.js'
import type { Reply } from './connection.js'
import { type ConstraintColumns, toPostgresFailure } from './errors.js'
import { PgGroupCommit } from './group-commit.js'
import type { IdentitySteps } from './identity.js'
import { PgLane } from './lane.js'
import { type Lease, type PgRunOptions, withTimeLeft } from './lease.js'
import type { Step } from './outgoing.js'
import { PgPool, type PoolSettings } from './pool.js'
import { PageReply, RowsReply } from './replies.js'
import { streamRows } from './stream.js'
import { PgTransaction } from './transaction.js'
import { opening, runAlone } from './unit.js'

export interface PostgresDriverParts {
  readonly target: PostgresTarget
  readonly pool: PoolSettings
  readonly identity: IdentitySteps
  readonly constraintColumns: ConstraintColumns
}

export interface PostgresDriver extends SqlDriver {
  transaction<T>(options: PgRunOptions, body: (transaction: PgTransaction) => Promise<T>): Promise<T>
}

/** How long running calls may take when the service closes. */
const closeMs = 5000

export function postgresDriver(parts: PostgresDriverParts): PostgresDriver {
  const { target, identity, constraintColumns } = parts
  const pool = new PgPool(parts.pool, {
    open: () => connect(target),
    cancel: (connection) => requestCancel(target, connection),
  })
  /** Each caller has a transaction of its own, as itself. */
  const passes = identity !== undefined
  const lane = new PgLane(pool)
  const inserts = new PgGroupCommit(pool)
  const toFailure = (error: unknown, lease: Lease | undefined): Failure =>
    toPostgresFailure(error, { cancelled: lease?.cancelled, constraintColumns })

  async function alone(statement: Statement, values: readonly unknown[], reply: Reply, options: PgRunOptions) {
    let lease: Lease | undefined
    try {
      lease = pool.acquireIdle(options) ?? (await pool.acquire(options))
      await runAlone(lease.connection, stepOf(statement, values), reply, options, identity)
    } catch (error) {
      throw toFailure(error, lease)
    } finally {
      if (lease) pool.release(lease)
    }
  }

  return {
    async write(statement: ShapedStatement, values, limit, options): Promise<WrittenRows> {
      let began = performance.now()
      let own = options
      const shared = passes || !options.readOnly ? undefined : lane.write(statement, values, limit, options)
      if (shared) {
        const written = await shared
        if (written) return written
        own = withTimeLeft(options, began)
        began = performance.now()
      }
      const reply = new PageReply(statement.shape, limit, options.escaped)
      try {
        await alone(statement, values, reply, own)
      } catch (failure) {
        reply.free()
        throw failure
      }
      lane.ranAlone(statement, performance.now() - began)
      return reply.result()
    },

    async rows(statement, values, options): Promise<RawRows> {
      const own = async (ownOptions: PgRunOptions) => {
        const reply = new RowsReply()
        await alone(statement, values, reply, ownOptions)
        return reply.result()
      }
      if (!options.brief || options.readOnly || passes) return own(options)
      try {
        return await inserts.rows(statement, values, options, own)
      } catch (error) {
        throw toFailure(error, undefined)
      }
    },

    stream(statement, values, limit, options): RowStream {
      let rows = 0
      const counted = (n: number) => {
        rows = n
      }
      const chunks = streamRows({ pool, identity, toFailure }, statement, values, limit, options, counted)
      return { chunks, rows: () => rows }
    },

    async transaction<T>(options: PgRunOptions, body: (transaction: PgTransaction) => Promise<T>): Promise<T> {
      const begin = opening(options, identity)
      const lease = await pool.acquire(options).catch((error: unknown) => {
        throw toFailure(error, undefined)
      })
      try {
        const transaction = new PgTransaction(lease, begin, (error) => toFailure(error, lease))
        const result = await body(transaction)
        await transaction.commit()
        return result
      } finally {
        // What was not committed is rolled back when the session is cleaned.
        pool.release(lease)
      }
    },

    close: () => pool.close(closeMs),
  }
}

function stepOf({ text, name }: Statement, values: readonly unknown[]): Step {
  return name === undefined ? { text, values } : { text, name, values }
}
