import { statSync } from 'node:fs'
import type Sqlite from 'better-sqlite3'
import type { RowShape } from '../sql/row-shape.js'
import { compileWriter, type RowWriter } from '../sql/writer.js'
import { registerFunctions } from './functions.js'
import { SqliteDatabase } from './sqlite-library.js'
import type { StatementRequest, WorkerSettings } from './worker-protocol.js'

/** A statement that is ready to run. */
export interface Ready {
  readonly prepared: Sqlite.Statement<unknown[], unknown>
  readonly writer: RowWriter | undefined
  readonly shape: RowShape | undefined
}

/** The connection of one worker. It opens on the first use, and again when the file was lost or replaced. */
export interface Database {
  readonly settings: WorkerSettings
  connection(): Sqlite.Database
  /** undefined: the text has to be sent (again). */
  ready(request: StatementRequest): Ready | undefined
  close(): void
}

/** Statements kept by number in one worker. */
const maxKept = 500
/** How often to look whether the path still names the file that is open. */
const checkMs = 1000

/** Does not open the file yet. */
export function openDatabase(settings: WorkerSettings): Database {
  let open: { db: Sqlite.Database; file: string; checked: number } | undefined
  const kept = new Map<number, Ready>()

  const close = () => {
    kept.clear()
    open?.db.close()
    open = undefined
  }
  const connection = () => {
    if (open && !open.db.inTransaction && Date.now() - open.checked > checkMs) {
      if (fileOf(settings.path) === open.file) open.checked = Date.now()
      else close()
    }
    open ??= { db: connect(settings), file: fileOf(settings.path), checked: Date.now() }
    return open.db
  }
  return {
    settings,
    connection,
    ready(request) {
      const db = connection()
      const known = kept.get(request.statement)
      if (known) return known
      if (request.text === undefined) return undefined
      const made = prepare(db, request.text, request.shape)
      if (request.statement > 0) {
        kept.set(request.statement, made)
        const [oldest] = kept.keys()
        if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest)
      }
      return made
    },
    close,
  }
}

function prepare(db: Sqlite.Database, text: string, shape: RowShape | undefined): Ready {
  const prepared = db.prepare<unknown[], unknown>(text)
  if (prepared.reader) prepared.raw(true)
  return { prepared, writer: shape && compileWriter(shape), shape }
}

function connect(settings: WorkerSettings): Sqlite.Database {
  const db = new SqliteDatabase(settings.path, {
    readonly: settings.readOnly,
    fileMustExist: true,
    timeout: settings.busyMs,
  })
  try {
    db.defaultSafeIntegers(true)
    db.pragma('foreign_keys = ON')
    if (settings.readOnly) db.pragma('query_only = ON')
    registerFunctions(db)
    // Reads the file for the first time: what is no database fails here, and a journal that was left behind is found.
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** The identity of the file behind a path; empty where there is none. */
function fileOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found ? `${found.dev}:${found.ino}` : ''
}

/** What is left of a transaction whose process died is undone by the next one that may write. Then readers can read again. */
export function recover(settings: WorkerSettings): void {
  const db = new SqliteDatabase(settings.path, { fileMustExist: true, timeout: settings.busyMs })
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
  } finally {
    db.close()
  }
}
