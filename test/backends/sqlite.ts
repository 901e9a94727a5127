import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import type { Backend } from './backend.js'

export const sqlite: Backend = {
  name: 'SQLite',
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  types: {
    identity: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    name: 'VARCHAR(100)',
    code: 'VARCHAR(20)',
    exact: 'DECIMAL_TEXT(38,10)',
    boolean: 'BOOLEAN',
    integer: 'INT',
    bigint: 'BIGINT',
    decimal: 'DECIMAL(12,2)',
    float: 'DOUBLE',
    text: 'TEXT',
    uuid: 'UUID',
    date: 'DATE',
    time: 'TIME',
    datetime: 'DATETIME',
    datetimetz: 'TIMESTAMPTZ',
    binary: 'BLOB',
    json: 'JSON',
  },
  objects: "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') AS name FROM sqlite_schema ORDER BY 1",
  slowView:
    'CREATE VIEW slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000000) SELECT COUNT(*) AS n FROM n',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-sqlite-'))
    const path = join(folder, 'shop.db')
    const database = new SqliteDatabase(path)
    database.pragma('journal_mode = WAL')
    return {
      service: { type: 'sqlite', connection: path },
      async run(statements) {
        for (const statement of statements) database.exec(statement)
      },
      async read(statement) {
        return database.prepare(statement).safeIntegers().all() as Record<string, unknown>[]
      },
      async close() {
        database.close()
        await rm(folder, { recursive: true })
      },
    }
  },
}
