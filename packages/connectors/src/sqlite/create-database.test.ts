import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createDatabase } from './create-database.js'
import { SqliteDatabase } from './sqlite-library.js'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-create-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('makes a file with statistics, whole numbers as integers', () => {
  const path = join(folder, 'made.db')
  writeFileSync(`${path}.partial`, 'left behind by an attempt that was interrupted')
  createDatabase(path, [
    { sql: 'CREATE TABLE t (v)' },
    { sql: 'INSERT INTO t VALUES (?)', rows: [[1], [1.5], ['x'], [null]] },
  ])
  const db = new SqliteDatabase(path, { readonly: true })
  expect(db.prepare('SELECT typeof(v) FROM t').pluck().all()).toEqual(['integer', 'real', 'text', 'null'])
  expect(db.prepare('SELECT stat FROM sqlite_stat1').pluck().get()).toBe('4')
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
  db.close()
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
})

it('leaves nothing when the script fails', () => {
  const path = join(folder, 'never.db')
  expect(() =>
    createDatabase(path, [{ sql: 'CREATE TABLE t (v)' }, { sql: 'INSERT INTO missing VALUES (1)' }]),
  ).toThrow()
  const orphan = [
    { sql: 'CREATE TABLE p (id INTEGER PRIMARY KEY)' },
    { sql: 'CREATE TABLE c (p INT REFERENCES p)' },
    { sql: 'INSERT INTO c VALUES (?)', rows: [[7]] },
  ]
  expect(() => createDatabase(path, orphan)).toThrow(/foreign keys/)
  expect(existsSync(path)).toBe(false)
  expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([])
})
