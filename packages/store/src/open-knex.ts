import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import knexModule, { type Knex } from 'knex'
import Client_BetterSQLite3 from 'knex/lib/dialects/better-sqlite3/index.js'
import { SqliteDatabase } from './sqlite/sqlite-library.js'
import type { StoreLocation } from './store-url.js'

/** What every connection to the SQLite file sets, here and in the worker. `durable`: a commit survives a power loss. */
export function sqlitePragmas(durable: boolean): readonly string[] {
  return [
    'journal_mode = WAL',
    // With WAL, NORMAL loses the last commits on a power loss, but not when a process is killed.
    `synchronous = ${durable ? 'FULL' : 'NORMAL'}`,
    // 16 MB: the fewer times the log is copied into the file, the fewer times the same pages of indexes are.
    'wal_autocheckpoint = 4000',
    'busy_timeout = 5000',
    'foreign_keys = ON',
  ]
}

interface SqliteConnection {
  pragma(text: string): unknown
}

interface MysqlConnection {
  query(text: string, done: (failed: unknown) => void): void
}

/** What knex would print is thrown as an error too, or does not matter. Values are never part of an error's message. */
const log = { warn() {}, error() {}, deprecate() {}, debug() {} }

/** knex asks for the driver by its name, which is not the same for all versions of Node. */
class SqliteClient extends Client_BetterSQLite3 {
  override _driver() {
    return SqliteDatabase
  }
}

/** A query builder on the store's database. A SQLite file and its directory are made. Does not connect yet. */
export function openKnex(location: StoreLocation, durable: boolean): Knex {
  const pool = { min: 0, max: 4, acquireTimeoutMillis: 5_000 }
  switch (location.kind) {
    case 'sqlite':
      mkdirSync(dirname(location.path), { recursive: true })
      // For its owner alone, as are the files that SQLite puts beside it.
      closeSync(openSync(location.path, 'a', 0o600))
      return knexModule.knex({
        client: SqliteClient,
        log,
        compileSqlOnError: false,
        connection: { filename: location.path },
        useNullAsDefault: true,
        pool: {
          min: 1,
          max: 1,
          afterCreate(connection: SqliteConnection, done: (failed: unknown, connection: SqliteConnection) => void) {
            for (const pragma of sqlitePragmas(durable)) connection.pragma(pragma)
            done(null, connection)
          },
        },
      })
    case 'postgres':
      return knexModule.knex({
        client: 'pg',
        log,
        compileSqlOnError: false,
        connection: { connectionString: location.url, connectionTimeoutMillis: 5_000, keepAlive: true },
        pool,
        acquireConnectionTimeout: 5_000,
      })
    case 'mysql': {
      const { host, port, user, password, database, ssl } = location
      return knexModule.knex({
        client: 'mysql2',
        log,
        compileSqlOnError: false,
        connection: {
          host,
          port,
          user,
          password,
          database,
          charset: 'utf8mb4',
          connectTimeout: 5_000,
          dateStrings: true,
          ...(ssl && { ssl: {} }),
        },
        pool: {
          ...pool,
          // Instants are written and read in UTC, whatever the server's zone is.
          afterCreate(connection: MysqlConnection, done: (failed: unknown, connection: MysqlConnection) => void) {
            connection.query("SET time_zone = '+00:00'", (failed) => done(failed, connection))
          },
        },
        acquireConnectionTimeout: 5_000,
      })
    }
    default:
      return location satisfies never
  }
}
