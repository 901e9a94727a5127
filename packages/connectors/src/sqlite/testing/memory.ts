import type { Raw, RawRows } from '../../sql/driver.js'
import { registerFunctions } from '../functions.js'
import { SqliteDatabase } from '../sqlite-library.js'

export interface Memory {
  exec(text: string): void
  rows(text: string, ...values: readonly unknown[]): Raw[][]
  /** The first value of the first row. */
  value(text: string, ...values: readonly unknown[]): Raw
  query(text: string): Promise<RawRows>
}

/** A connection as a worker has it, in this process and in memory: for tests of SQL that is made here. */
export function openMemory(...statements: readonly string[]): Memory {
  const db = new SqliteDatabase(':memory:')
  db.defaultSafeIntegers(true)
  registerFunctions(db)
  for (const statement of statements) db.exec(statement)
  const rows = (text: string, ...values: readonly unknown[]): Raw[][] =>
    db
      .prepare<unknown[], unknown>(text)
      .raw(true)
      .all(...values.map((v) => (typeof v === 'number' && Number.isSafeInteger(v) ? BigInt(v) : v))) as Raw[][]
  return {
    rows,
    exec: (text) => void db.exec(text),
    value: (text, ...values) => rows(text, ...values)[0]?.[0] ?? null,
    query: async (text) => ({ rows: rows(text), affected: 0 }),
  }
}
