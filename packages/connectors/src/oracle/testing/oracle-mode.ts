import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import { type BindValue, type Connect, type Executed, isOut } from '../connection.js'
import { rowsOf } from './recording.js'

/** Functions of Oracle that MariaDB has by another name or not at all. */
const functions = [
  'CREATE FUNCTION TO_NUMBER(x VARCHAR(100)) RETURN DECIMAL(60, 20) DETERMINISTIC IS BEGIN RETURN x; END;',
  'CREATE FUNCTION TO_CLOB(x LONGTEXT) RETURN LONGTEXT DETERMINISTIC IS BEGIN RETURN x; END;',
  'CREATE FUNCTION REGEXP_LIKE(x LONGTEXT, p TEXT) RETURN INT DETERMINISTIC IS BEGIN RETURN x REGEXP p; END;',
  'CREATE FUNCTION RAWTOHEX(x BLOB) RETURN LONGTEXT DETERMINISTIC IS BEGIN RETURN HEX(x); END;',
  'CREATE FUNCTION STANDARD_HASH(x LONGTEXT, m TEXT) RETURN BLOB DETERMINISTIC IS BEGIN RETURN UNHEX(SHA2(x, 256)); END;',
]

export interface OracleMode extends Connect {
  /** The database, which stands for an owner. */
  readonly owner: string
  run(...statements: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** MariaDB in its ORACLE mode, for the statements that it takes: no MERGE, no LOBs, no dictionary. */
export async function oracleMode(url: string, serverVersion: number): Promise<OracleMode> {
  const owner = `SHAPE_${randomBytes(6).toString('hex').toUpperCase()}`
  const connection = await mysql.createConnection({
    uri: url,
    rowsAsArray: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  })
  await connection.query("SET sql_mode = 'ORACLE,NO_BACKSLASH_ESCAPES', autocommit = 0")
  await connection.query(`CREATE DATABASE ${owner} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  await connection.query(`USE ${owner}`)
  for (const text of functions) await connection.query(text)
  const execute = async (text: string, values: readonly BindValue[]): Promise<Executed> => {
    if (/^(COMMIT|ROLLBACK|SAVEPOINT)/.test(text)) {
      await connection.query(text)
      return { affected: 0 }
    }
    const outs = values.filter(isOut).length
    const given = values.flatMap((value) => (isOut(value) ? [] : [plain(value)]))
    const [answer] = await connection.execute(inOtherWords(text), given)
    if (!Array.isArray(answer)) {
      const { affectedRows } = answer
      return { affected: affectedRows, ...(outs > 0 ? { out: Array(outs).fill(Array(affectedRows).fill(null)) } : {}) }
    }
    const rows = answer as unknown[][]
    if (outs === 0) return { affected: 0, rows: rowsOf(rows) }
    return { affected: rows.length, out: Array.from({ length: outs }, (_, i) => rows.map((row) => row[i])) }
  }
  return {
    owner,
    async run(...statements) {
      for (const statement of statements) await connection.query(statement)
    },
    async open() {
      return {
        serverVersion,
        user: owner,
        async execute(text, values, { commit }) {
          const executed = await execute(text, values)
          if (commit) await connection.query('COMMIT')
          return executed
        },
        break: async () => undefined,
        mark: () => undefined,
        healthy: () => true,
        close: async () => undefined,
      }
    },
    async close() {
      await connection.query(`DROP DATABASE ${owner}`)
      await connection.end()
    },
  }
}

function plain(value: Exclude<BindValue, { readonly out: unknown }>): string | number | Buffer | null {
  if (typeof value === 'object' && value !== null && 'double' in value) return value.double
  return value instanceof Uint8Array ? Buffer.from(value) : value
}

/** Without INTO, and the target of an INSERT or a DELETE without its alias; an UPDATE tells nothing back. */
function inOtherWords(text: string): string {
  const told = text.replaceAll(' RETURNING CLOB)', ')').replace(/ INTO (:\d+(?:, )?)+$/, '')
  if (text.startsWith('UPDATE')) return told.replace(/ RETURNING .*$/, '')
  if (!/^(INSERT|DELETE)/.test(text)) return told
  return told.replace(' "t0"', '').replaceAll('"t0".', '')
}
