import oracledb from 'oracledb'
import type { OracleTarget } from './config.js'
import {
  type BindValue,
  type Connect,
  type Executed,
  type ExecuteOptions,
  isOut,
  type OracleConnection,
  type OutKind,
  type Rows,
} from './connection.js'
import { shortestSingle } from './driver-values.js'
import { lobText } from './lob.js'

/** Seconds for the network, and for all of signing in. */
const connectSeconds = 5
/** Statements that stay prepared on each connection. */
const statementCache = 100

/**
 * Semantics that must not depend on the server's settings: a point in numbers, texts compared by their characters'
 * numbers, UTC for what has a zone. Dates and times are never left to these: each statement says how it writes them.
 */
const settings = `ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,' NLS_COMP = BINARY NLS_SORT = BINARY TIME_ZONE = '+00:00'`

/** Connections by the driver's thin mode: no Oracle client is needed. */
export function thinConnections(target: OracleTarget): Connect {
  const { user, password, connectString, wallet } = target
  return {
    async open(proxy) {
      const connection = await oracledb.getConnection({
        user: proxy === undefined ? user : `${user}[${proxy}]`,
        ...(password === undefined ? {} : { password }),
        connectString,
        transportConnectTimeout: connectSeconds,
        connectTimeout: connectSeconds,
        stmtCacheSize: statementCache,
        ...(wallet ? { walletContent: wallet.content } : {}),
        ...(wallet?.password === undefined ? {} : { walletPassword: wallet.password }),
      })
      connection.module = 'gatehouse'
      await connection.execute(settings)
      const { rows } = await connection.execute<[string]>('SELECT USER FROM DUAL')
      return new ThinConnection(connection, rows?.[0]?.[0] ?? user.toUpperCase())
    },
  }
}

class ThinConnection implements OracleConnection {
  readonly serverVersion: number
  readonly user: string
  private readonly connection: oracledb.Connection

  constructor(connection: oracledb.Connection, user: string) {
    this.connection = connection
    this.serverVersion = connection.oracleServerVersion
    this.user = user
  }

  async execute(text: string, values: readonly BindValue[], options: ExecuteOptions): Promise<Executed> {
    this.connection.callTimeout = options.timeoutMs
    const result = await this.connection.execute<unknown[]>(text, values.map(bindOf), {
      resultSet: true,
      outFormat: oracledb.OUT_FORMAT_ARRAY,
      prefetchRows: options.prefetch,
      fetchArraySize: options.prefetch,
      fetchTypeHandler,
      autoCommit: options.commit === true,
    })
    const { resultSet, outBinds, implicitResults, rowsAffected } = result
    const kinds = values.flatMap((value) => (isOut(value) ? [value.out] : []))
    return {
      affected: rowsAffected ?? 0,
      ...(resultSet ? { rows: rowsOf(resultSet) } : {}),
      ...(kinds.length > 0 ? { out: await outOf(outBinds ?? [], kinds) } : {}),
      ...(implicitResults
        ? { results: implicitResults.flatMap((set) => (Array.isArray(set) ? [] : [rowsOf(set)])) }
        : {}),
    }
  }

  break(): Promise<void> {
    return this.connection.break()
  }

  mark({ identifier, info }: { readonly identifier: string; readonly info: string }): void {
    this.connection.clientId = identifier
    this.connection.clientInfo = info
  }

  healthy(): boolean {
    return this.connection.isHealthy()
  }

  close(): Promise<void> {
    return this.connection.close()
  }
}

/** Numbers keep all their digits, and LOBs come with their row: how long they may be, the statement says. */
function fetchTypeHandler(metadata: oracledb.Metadata<unknown>): oracledb.FetchTypeResponse | undefined {
  switch (metadata.dbType) {
    case oracledb.DB_TYPE_NUMBER:
    case oracledb.DB_TYPE_CLOB:
    case oracledb.DB_TYPE_NCLOB:
    case oracledb.DB_TYPE_LONG:
      return { type: oracledb.STRING }
    case oracledb.DB_TYPE_BLOB:
      return { type: oracledb.BUFFER }
    case oracledb.DB_TYPE_BINARY_FLOAT:
      return { converter: (value: unknown) => (typeof value === 'number' ? shortestSingle(value) : value) }
    default:
      return undefined
  }
}

/** The longest VARCHAR2 and RAW of PL/SQL. */
const longest = 32_767

function bindOf(value: BindValue): oracledb.BindParameter {
  if (isOut(value)) return { dir: oracledb.BIND_OUT, ...outTypes[value.out] }
  if (value === null) return { val: null, type: oracledb.STRING }
  if (typeof value === 'object' && 'double' in value) return { val: value.double, type: oracledb.DB_TYPE_BINARY_DOUBLE }
  return { val: value }
}

const outTypes: Readonly<Record<OutKind, oracledb.BindParameter>> = {
  text: { type: oracledb.STRING, maxSize: longest },
  double: { type: oracledb.DB_TYPE_BINARY_DOUBLE },
  bytes: { type: oracledb.BUFFER, maxSize: longest },
  rows: { type: oracledb.CURSOR },
  clob: { type: oracledb.CLOB },
  blob: { type: oracledb.BLOB },
}

async function outOf(values: readonly unknown[], kinds: readonly OutKind[]): Promise<unknown[]> {
  const read: unknown[] = []
  for (const [i, value] of values.entries()) read.push(await outValue(value, kinds[i] ?? 'text'))
  return read
}

async function outValue(value: unknown, kind: OutKind): Promise<unknown> {
  if (value === null || value === undefined) return null
  // The driver's own classes, by what was bound.
  if (kind === 'rows') return rowsOf(value as oracledb.ResultSet<unknown[]>)
  if (kind === 'clob' || kind === 'blob') return lobText(value as oracledb.Lob)
  return value
}

function rowsOf(set: oracledb.ResultSet<unknown[]>): Rows {
  return {
    columns: set.metaData.map(({ name, dbType }) => ({ name, type: dbType?.columnTypeName ?? '' })),
    next: (count) => set.getRows(count),
    close: () => set.close(),
  }
}
