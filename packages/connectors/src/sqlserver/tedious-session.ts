import { Connection, Request, TYPES } from 'tedious'
import type { Raw } from '../sql/driver.js'
import type { SqlserverTarget } from './config.js'
import { connectEncrypted } from './encrypted-socket.js'
import { exactDecimal } from './exact-decimal.js'
import { type Bound, shortBinary, shortText } from './parameters.js'
import { rawOf, type WireType } from './raw-value.js'
import type { Ending, Field, Session, Sink } from './session.js'

const connectTimeoutMs = 5000
/** How long the server may take to stop a statement before its connection is given up. */
const cancelTimeoutMs = 5000
/** What the driver declares as `max`. */
const unbounded = 65_535

/** A connection by tedious, which speaks TDS in JavaScript alone. Rejects with the driver's errors. */
export function openSession(target: SqlserverTarget): Promise<Session> {
  return new Promise<Session>((resolve, reject) => {
    const connection = new Connection({
      server: target.host,
      authentication: authenticationOf(target),
      options: {
        ...(target.instance === undefined ? { port: target.port ?? 1433 } : { instanceName: target.instance }),
        ...(target.database === undefined ? {} : { database: target.database }),
        encrypt: target.encrypt,
        trustServerCertificate: target.trustServerCertificate,
        ...(target.encrypt === false ? {} : { connector: connectEncrypted }),
        ...(target.ca === undefined ? {} : { cryptoCredentialsDetails: { ca: target.ca } }),
        connectTimeout: connectTimeoutMs,
        cancelTimeout: cancelTimeoutMs,
        // The gateway keeps the time itself; see watch.ts.
        requestTimeout: 0,
        appName: 'gatehouse',
        // Settings that must not depend on the server's: the words of errors, and that no text is cut.
        language: 'us_english',
        textsize: 2_147_483_647,
        abortTransactionOnError: false,
        useUTC: true,
        lowerCaseGuids: true,
        useColumnNames: false,
      },
    })
    connection.connect((error) => {
      if (error) {
        connection.close()
        reject(error)
      } else resolve(new TediousSession(connection))
    })
  })
}

function authenticationOf({ user, password, domain }: SqlserverTarget) {
  const named = { ...(user === undefined ? {} : { userName: user }), ...(password === undefined ? {} : { password }) }
  return domain === undefined
    ? ({ type: 'default', options: named } as const)
    : ({ type: 'ntlm', options: { ...named, domain } } as const)
}

/** By what a statement fails whose connection is gone. */
class ConnectionLost extends Error {
  readonly code = 'ECLOSE'
}

class TediousSession implements Session {
  alive = true
  private readonly connection: Connection
  private request: Request | undefined
  private fail: ((error: unknown) => void) | undefined

  constructor(connection: Connection) {
    this.connection = connection
    connection.on('error', (error) => this.lose(error))
    connection.on('end', () => this.lose(new ConnectionLost('the server closed it')))
  }

  run(text: string, values: readonly Bound[], sink: Sink): Promise<Ending> {
    return this.pending(text, sink, (request) => {
      values.forEach((value, i) => {
        const [type, wired, options] = wireOf(value)
        request.addParameter(`p${i + 1}`, type, wired, options)
      })
      this.connection.execSql(request)
    })
  }

  async batch(text: string, sink: Sink = { row: () => undefined }): Promise<void> {
    await this.pending(text, sink, (request) => this.connection.execSqlBatch(request))
  }

  reset(): Promise<void> {
    return this.settled((resolve, reject) => {
      this.connection.reset((error) => (error ? reject(error) : resolve()))
    })
  }

  cancel(): void {
    if (this.request) this.connection.cancel()
  }

  pause(): void {
    this.request?.pause()
  }
  resume(): void {
    this.request?.resume()
  }

  check(): Promise<void> {
    return this.batch('SELECT 1')
  }

  close(): void {
    this.lose(new ConnectionLost('it was closed here'))
    this.connection.close()
  }

  private lose(error: unknown): void {
    this.alive = false
    this.fail?.(error)
  }

  private pending(text: string, sink: Sink, send: (request: Request) => void): Promise<Ending> {
    return this.settled<Ending>((resolve, reject) => {
      // Rows that come after the sink has failed are dropped, since the session is free only when all are read.
      let failed: { readonly error: unknown } | undefined
      const attempt = (step: () => void) => {
        if (failed) return
        try {
          step()
        } catch (error) {
          failed = { error }
        }
      }
      let set = -1
      let types: readonly WireType[] = []
      const request = new Request(text, (error, affected) => {
        this.request = undefined
        if (error) reject(error)
        else if (failed) reject(failed.error)
        else resolve({ affected: affected ?? 0 })
      })
      request.on('columnMetadata', (columns) => {
        set++
        const fields = fieldsOf(columns)
        types = fields.map((field) => field.type)
        attempt(() => sink.fields?.(fields, set))
      })
      request.on('row', (columns: unknown) => attempt(() => sink.row(valuesOf(columns, types), set)))
      this.request = request
      send(request)
    })
  }

  /** The driver does not tell every request that its connection is gone, so the session does. */
  private settled<T>(start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
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

/** A value as the driver takes it: its type, the value, and how it is declared. */
function wireOf(
  bound: Bound,
): readonly [typeof TYPES.Bit, unknown, { length?: number; precision?: number; scale?: number }?] {
  switch (bound.type) {
    case 'bit':
      return [TYPES.Bit, bound.value]
    case 'int':
      return [TYPES.Int, bound.value]
    case 'bigint':
      return [TYPES.BigInt, bound.value]
    case 'float':
      return [TYPES.Float, bound.value]
    case 'decimal':
      return [exactDecimal, bound.value, { precision: bound.precision, scale: bound.scale }]
    case 'nvarchar':
      return [TYPES.NVarChar, bound.value, { length: (bound.value?.length ?? 0) > shortText ? unbounded : shortText }]
    case 'varbinary': {
      const bytes = bound.value && Buffer.from(bound.value)
      return [TYPES.VarBinary, bytes, { length: (bytes?.length ?? 0) > shortBinary ? unbounded : shortBinary }]
    }
    case 'uniqueidentifier':
      return [TYPES.UniqueIdentifier, bound.value]
    default:
      return bound satisfies never
  }
}

interface Metadata {
  readonly colName: string
  readonly type: { readonly name: string }
  readonly dataLength?: number | undefined
  readonly scale?: number | undefined
}

/** With `useColumnNames` off the driver answers lists, though its types leave it open. */
function fieldsOf(columns: readonly Metadata[] | Readonly<Record<string, Metadata>>): Field[] {
  return Object.values(columns).map(({ colName, type, dataLength, scale }) => ({
    name: colName,
    type: {
      name: type.name,
      ...(dataLength === undefined ? {} : { size: dataLength }),
      ...(scale === undefined ? {} : { scale }),
    },
  }))
}

function valuesOf(columns: unknown, types: readonly WireType[]): Raw[] {
  if (!Array.isArray(columns)) return []
  return columns.map((column: { readonly value: unknown }, i) => rawOf(column.value, types[i] ?? { name: '' }))
}
