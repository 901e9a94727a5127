import { ConnectionPool } from '../connection-pool.js'
import type { MysqlTarget } from './config.js'
import { toMysqlFailure } from './errors.js'
import { Session } from './session.js'

export interface PoolSettings {
  /** Connections at most. */
  readonly max: number
  /** Milliseconds after which an unused connection is closed. */
  readonly idleMs: number
}

/** How long, and how many for each connection, callers wait before they are told that the pool is full. */
const waitMs = 5000
const waitersPerConnection = 8

/**
 * Sessions by whether they are to be read-only. Reads and writes prefer those that were last used for the same: to
 * switch the transaction mode costs a message, each time anew.
 */
export function sessionPool(target: MysqlTarget, { max, idleMs }: PoolSettings): ConnectionPool<Session, boolean> {
  return new ConnectionPool<Session, boolean>({
    to: 'database',
    max,
    idleMs,
    waitMs,
    waitersAtMost: max * waitersPerConnection,
    open: async () => {
      try {
        return await Session.open(target)
      } catch (thrown) {
        throw toMysqlFailure(thrown)
      }
    },
    fit: (session, readOnly) => (session.isReadOnly() === readOnly ? 'ready' : 'costly'),
  })
}

/** Ends the statement that runs on a connection, by a connection beside the pool. */
export async function killStatement(target: MysqlTarget, threadId: number): Promise<void> {
  const killer = await Session.open(target)
  try {
    await killer.control(`KILL QUERY ${threadId}`)
  } finally {
    killer.close()
  }
}
