import mysql from 'mysql2'
import type { Raw } from '../sql/driver.js'
import type { MysqlTarget } from './config.js'
import { toMysqlFailure } from './errors.js'
import { type Flavour, flavourOf } from './flavour.js'
import type { Positional } from './parameters.js'

/** What a column of a result set is, as the protocol says it. */
export interface Field {
  readonly name: string
  /** The protocol's type number. */
  readonly columnType: number
  /** 63: binary. */
  readonly characterSet: number
  readonly flags: number | readonly string[]
  readonly columnLength: number
  readonly decimals: number
  /** MariaDB says here what the type number cannot: `uuid`, `inet6`; `json`. */
  readonly extendedTypeName?: string
  readonly extendedFormat?: string
}

/** What a statement yields while it runs. `set` counts result sets from 0. */
export interface Sink {
  /** All columns are as the dialect selects them to be printed: those read the same from either protocol. */
  readonly printed?: boolean
  fields?(fields: readonly Field[], set: number): void
  row(values: readonly Raw[], set: number): void
}

/**
 * How a statement is sent. text: as it is, without values; its answer costs less to read than a prepared one's, dates
 * above all. kept: prepared once on each connection. once: prepared and forgotten.
 */
export type Sending = 'text' | 'kept' | 'once'

/** What the server told at the end of a statement. */
export interface Ending {
  readonly affected: number
  readonly insertId?: bigint
}

/**
 * Semantics that must not depend on the server's settings: bad values are errors and are not cut; a text ends at its
 * quote; 0 is a value of a key as any other; quotients have as many digits as elsewhere; nothing aggregated is cut.
 */
const settings = `SET NAMES utf8mb4, sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00', autocommit = 1, \
group_concat_max_len = 1073741824, div_precision_increment = 16`

const connectTimeoutMs = 5000
/** Each takes memory on the server, which limits their sum over all its connections. */
const maxPrepared = 250

/** By what a statement fails whose connection is gone. */
class ConnectionLost extends Error {
  readonly code = 'PROTOCOL_CONNECTION_LOST'
}

/** One connection with the state that is ours to know. `run` and `open` throw the driver's errors, the rest failures. */
export class Session {
  readonly flavour: Flavour
  readonly threadId: number
  /** False once the connection is lost: it can only be thrown away. */
  alive = true
  /** A statement has run on it before, so that it may have gone stale since. */
  used = false
  private readonly connection: mysql.Connection
  private readOnly = false
  private timeoutMs = 0
  private fail: ((error: unknown) => void) | undefined

  private constructor(connection: mysql.Connection, serverVersion: string) {
    this.connection = connection
    this.flavour = flavourOf(serverVersion)
    this.threadId = connection.threadId
    connection.on('error', (error) => this.lose(error))
    connection.on('end', () => this.lose(new ConnectionLost('the server closed it')))
  }

  static async open(target: MysqlTarget): Promise<Session> {
    const connection = mysql.createConnection({
      ...(target.socketPath ? { socketPath: target.socketPath } : { host: target.host, port: target.port }),
      ...(target.database === undefined ? {} : { database: target.database }),
      ...(target.user === undefined ? {} : { user: target.user }),
      ...(target.password === undefined ? {} : { password: target.password }),
      ...(target.ssl ? { ssl: { ...target.ssl } } : {}),
      charset: 'UTF8MB4_GENERAL_CI',
      connectTimeout: connectTimeoutMs,
      connectAttributes: { program_name: 'gatehouse' },
      // A server may ask any client for its files.
      flags: ['-LOCAL_FILES'],
      multipleStatements: false,
      maxPreparedStatements: maxPrepared,
      // Raw values: arrays, all digits, no Date objects.
      rowsAsArray: true,
      supportBigNumbers: true,
      dateStrings: true,
      jsonStrings: true,
    })
    const version = await new Promise<string>((resolve, reject) => {
      connection.once('error', reject)
      connection.once('connect', (handshake: unknown) => {
        connection.removeListener('error', reject)
        resolve(versionOf(handshake))
      })
    })
    const session = new Session(connection, version)
    await session.control(settings)
    return session
  }

  /** Sets what the next statements need, where it is not set already. */
  async prepare(readOnly: boolean, timeoutMs: number): Promise<void> {
    if (readOnly !== this.readOnly) {
      await this.control(`SET SESSION TRANSACTION READ ${readOnly ? 'ONLY' : 'WRITE'}`)
      this.readOnly = readOnly
    }
    if (timeoutMs !== this.timeoutMs) {
      const ms = Math.max(1, Math.ceil(timeoutMs))
      await this.control(
        this.flavour.statementTime
          ? `SET SESSION max_statement_time = ${Math.min(ms / 1000, 31_536_000)}`
          : `SET SESSION max_execution_time = ${Math.min(ms, 4_294_967_295)}`,
      )
      this.timeoutMs = timeoutMs
    }
  }

  isReadOnly(): boolean {
    return this.readOnly
  }

  /** A statement of the connector's own, without values: SET, START TRANSACTION, COMMIT. */
  async control(text: string): Promise<void> {
    try {
      await this.pending<void>((resolve, reject) => {
        this.connection.query(text, (error) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      throw toMysqlFailure(error)
    }
  }

  /** Forgets everything that statements may have left behind: variables, temporary tables, settings, locks. */
  async reset(): Promise<void> {
    await this.pending<void>((resolve, reject) => {
      this.connection.reset((error) => (error ? reject(error) : resolve()))
    })
    this.readOnly = false
    this.timeoutMs = 0
    await this.control(settings)
  }

  async run({ text }: Positional, values: readonly unknown[], sending: Sending, sink: Sink): Promise<Ending> {
    this.used = true
    try {
      return await this.pending<Ending>((resolve, reject) => {
        // What the dialect's bind made, which the port cannot say.
        const command =
          sending === 'text' ? this.connection.query(text) : this.connection.execute(text, values as never)
        listen(command, sink, resolve, reject)
      })
    } finally {
      if (sending === 'once' && this.alive) this.connection.unprepare(text)
    }
  }

  /** Stops reading rows until `resume`: the server waits, so that memory stays flat. */
  pause(): void {
    this.connection.pause()
  }
  resume(): void {
    if (this.alive) this.connection.resume()
  }

  /** Closes at once; a statement that runs fails. */
  destroy(): void {
    this.lose(new ConnectionLost('it was closed here'))
    this.connection.destroy()
  }

  /** Says good-bye to the server, unless a statement runs. */
  close(): void {
    if (this.alive && !this.fail) {
      this.alive = false
      this.connection.end(() => undefined)
    } else this.destroy()
  }

  private lose(error: unknown): void {
    this.alive = false
    this.fail?.(error)
  }

  /** The driver does not tell a command that its connection is gone, so the session does. One statement at a time. */
  private pending<T>(start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!this.alive) {
        reject(new ConnectionLost('it is closed'))
        return
      }
      this.fail = reject
      start(resolve, reject)
    }).finally(() => {
      this.fail = undefined
    })
  }
}

function listen(
  command: ReturnType<mysql.Connection['query']>,
  sink: Sink,
  resolve: (ending: Ending) => void,
  reject: (error: unknown) => void,
): void {
  let set = -1
  let affected = 0
  let insertId: bigint | undefined
  // Rows that come after the sink has failed are dropped, since the session is free only when all are read.
  let failed: { readonly error: unknown } | undefined
  command.on('fields', (fields: unknown) => {
    if (!Array.isArray(fields)) return
    set++
    sink.fields?.(fields, set)
  })
  command.on('result', (result: unknown) => {
    if (failed) return
    try {
      if (Array.isArray(result)) sink.row(result, set)
      else if (isHeader(result)) {
        affected = Number(result.affectedRows)
        if (result.insertId) insertId = BigInt(result.insertId)
      }
    } catch (error) {
      failed = { error }
    }
  })
  command.on('error', reject)
  command.on('end', () => {
    if (failed) reject(failed.error)
    else resolve(insertId === undefined ? { affected } : { affected, insertId })
  })
}

function isHeader(value: unknown): value is { affectedRows: number | string; insertId?: number | string } {
  return typeof value === 'object' && value !== null && 'affectedRows' in value
}

function versionOf(handshake: unknown): string {
  const known = typeof handshake === 'object' && handshake !== null && 'serverVersion' in handshake
  return known && typeof handshake.serverVersion === 'string' ? handshake.serverVersion : ''
}
