import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import type Sqlite from 'better-sqlite3'
import { SqliteDatabase } from './sqlite-library.js'

export type StoredValue = null | string | number | bigint | Uint8Array

/** One statement, run once, or once for each row of values. */
export interface ScriptStep {
  readonly sql: string
  readonly rows?: Iterable<readonly StoredValue[]>
}

/**
 * Makes a database file from a script, all or nothing: it is written under another name and renamed when it is complete
 * and on the disk, so an interruption leaves at most a file that the next attempt replaces. Whole numbers are stored as
 * integers. The file is left in WAL mode, where readers and a writer do not wait for each other, with statistics for the
 * planner. Blocks while it works. Throws what the file system or SQLite throws, and when a foreign key does not hold.
 */
export function createDatabase(path: string, script: Iterable<ScriptStep>): void {
  const partial = `${path}.partial`
  const remove = () => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(partial + suffix, { force: true })
  }
  remove()
  try {
    const db = new SqliteDatabase(partial)
    try {
      fill(db, script)
    } finally {
      db.close()
    }
    flush(partial)
    renameSync(partial, path)
  } catch (error) {
    remove()
    throw error
  }
}

function fill(db: Sqlite.Database, script: Iterable<ScriptStep>): void {
  // Nobody else sees the file yet, so neither a journal nor waiting for the disk is of use.
  db.pragma('journal_mode = OFF')
  db.pragma('synchronous = OFF')
  db.pragma('foreign_keys = OFF')
  db.exec('BEGIN')
  for (const { sql, rows } of script) {
    const statement = db.prepare<unknown[]>(sql)
    if (rows === undefined) statement.run()
    else for (const row of rows) statement.run(...row.map(whole))
  }
  db.exec('COMMIT')
  const broken = db.prepare('PRAGMA foreign_key_check').all()
  if (broken.length > 0) throw new Error(`${broken.length} foreign keys of the script do not hold`)
  db.exec('ANALYZE')
  db.pragma('journal_mode = WAL')
}

/** The driver stores a JavaScript number as a float. */
function whole(value: StoredValue): StoredValue {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

function flush(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
