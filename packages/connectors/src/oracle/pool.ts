import { type Connection, ConnectionPool } from '../connection-pool.js'
import type { Connect, OracleConnection } from './connection.js'
import { toOracleFailure } from './errors.js'

export interface PoolSettings {
  /** Connections at most, for all users together. */
  readonly max: number
  /** Milliseconds after which an unused connection is closed. */
  readonly idleMs: number
}

/** A connection as the pool lends it. */
export interface Session extends Connection {
  readonly connection: OracleConnection
  readonly proxy: string | undefined
  /** It has served before, so it may have been lost since. */
  used: boolean
}

/** How long, and how many for each connection, callers wait before they are told that the pool is full. */
const waitMs = 5000
const waitersPerConnection = 8

/** Connections by the user in whose name they are made, to whom each belongs for good; undefined: the service's own. */
export function sessionPool(
  connect: Connect,
  { max, idleMs }: PoolSettings,
): ConnectionPool<Session, string | undefined> {
  return new ConnectionPool<Session, string | undefined>({
    to: 'database',
    max,
    idleMs,
    waitMs,
    waitersAtMost: max * waitersPerConnection,
    open: async (proxy) => {
      try {
        return sessionOf(await connect.open(proxy), proxy)
      } catch (thrown) {
        throw toOracleFailure(thrown)
      }
    },
    fit: (session, proxy) => (session.proxy === proxy ? 'ready' : 'never'),
  })
}

function sessionOf(connection: OracleConnection, proxy: string | undefined): Session {
  return {
    connection,
    proxy,
    used: false,
    get alive() {
      return connection.healthy()
    },
    // One that cannot say good-bye is gone all the same.
    close: () => void connection.close().catch(() => undefined),
  }
}
