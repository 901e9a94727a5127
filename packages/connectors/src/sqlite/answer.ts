import type Sqlite from 'better-sqlite3'
import type { Raw } from '../sql/driver.js'
import { type Database, type Ready, recover } from './database.js'
import { fromWire, type Reply, type Request, type StatementRequest, toWire, type Wire } from './worker-protocol.js'

/** An error of a worker's own making, told apart by its code. */
class WorkerError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface Answered {
  readonly reply: Reply
  readonly text: string
}

/** Some 64 kB of text: enough that a chunk's own cost does not count. */
const chunkLength = 64 * 1024
/** Up to here all rows are fetched at once, which is quicker than one by one. */
const fetchAll = 2000
/** How many rows are read between two looks at the clock. */
const rowsPerCheck = 256

/** The stream that is open; a worker has one at most. */
const streams = new WeakMap<Database, OpenStream>()

interface OpenStream {
  readonly ready: Ready
  readonly rows: Iterator<unknown>
  readonly limit: number
  printed: number
}

/** Runs one request. Never throws: errors travel in the reply. */
export function answer(database: Database, request: Request): Answered {
  try {
    return withRecovery(database, request)
  } catch (error) {
    const { code, message } = errorOf(error)
    streams.get(database)?.rows.return?.()
    streams.delete(database)
    if (lostFile.has(code)) database.close()
    return { reply: { id: request.id, error: { code, message } }, text: '' }
  }
}

/** After these, the connection is opened anew by the next request. */
const lostFile = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_READONLY_DBMOVED', 'SQLITE_CANTOPEN'])
/** A journal was left behind by a process that died, and a reader may not undo it. */
const leftBehind = new Set(['SQLITE_READONLY_ROLLBACK', 'SQLITE_READONLY_RECOVERY', 'SQLITE_READONLY_CANTINIT'])

function withRecovery(database: Database, request: Request): Answered {
  try {
    return perform(database, request)
  } catch (error) {
    if (!database.settings.readOnly || request.inside || !leftBehind.has(errorOf(error).code)) throw error
    recover(database.settings)
    return perform(database, request)
  }
}

function errorOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return { code, message: error.message }
}

function perform(database: Database, request: Request): Answered {
  const { id } = request
  if (Date.now() > request.deadline) throw late()
  if (request.inside && !database.connection().inTransaction) {
    throw new WorkerError('ROLLED_BACK', 'The database has rolled the transaction back')
  }
  // Asked again with its text, a first statement finds its transaction already there.
  if (request.begin && !database.connection().inTransaction) database.connection().exec(request.begin)
  switch (request.kind) {
    case 'control':
      database.connection().exec(request.text)
      return { reply: { id }, text: '' }
    case 'end':
      streams.get(database)?.rows.return?.()
      streams.delete(database)
      return { reply: { id }, text: '' }
    case 'next': {
      const stream = streams.get(database)
      if (!stream) throw new WorkerError('NO_STREAM', 'There is no open stream')
      return chunk(database, request, stream)
    }
    case 'page':
    case 'rows':
    case 'stream': {
      const ready = database.ready(request)
      if (!ready) return { reply: { id, unknown: true }, text: '' }
      const values = request.values.map(toBound)
      if (request.kind === 'stream') return openStream(database, request, ready, values)
      const run = () => (request.kind === 'page' ? page(request, ready, values) : rawRows(request, ready, values))
      return inTransaction(database.connection(), request, ready, run)
    }
    default:
      return request satisfies never
  }
}

function late(): WorkerError {
  return new WorkerError('TIMEOUT', 'The deadline has passed')
}

/**
 * A write that is not part of a transaction gets its own, so that it can be undone when it was too late: who was told
 * `timeout` may count on it that nothing was changed.
 */
function inTransaction(db: Sqlite.Database, request: StatementRequest, ready: Ready, run: () => Answered): Answered {
  if (request.begin || request.inside || ready.prepared.readonly) return run()
  db.exec('BEGIN IMMEDIATE')
  try {
    const answered = run()
    if (Date.now() > request.deadline) throw late()
    db.exec('COMMIT')
    return answered
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function page(request: StatementRequest, { prepared, writer, shape }: Ready, values: readonly unknown[]): Answered {
  if (!writer || !shape) throw new WorkerError('NO_SHAPE', 'A page needs a shape')
  // A write has to run to its end, whatever is shown of it.
  const rows =
    !prepared.readonly || request.limit <= fetchAll ? rowsOf(prepared, values) : someRows(prepared, values, request)
  const count = Math.min(rows.length, request.limit)
  let text = writer.begin
  for (let i = 0; i < count; i++) text += (i > 0 ? writer.separator : '') + writer.row(rows[i] ?? [])
  text += writer.end
  const end = shape.columns.length
  const last = shape.hidden > 0 && count > 0 ? rows[count - 1]?.slice(end, end + shape.hidden).map(toWire) : undefined
  const reply = { id: request.id, rows: count, more: rows.length > count }
  return { reply: last ? { ...reply, last } : reply, text }
}

function rowsOf(prepared: Ready['prepared'], values: readonly unknown[]): Raw[][] {
  if (prepared.reader) return prepared.all(...values) as Raw[][]
  prepared.run(...values)
  return []
}

/** Up to one row more than the limit, with a look at the clock now and then. */
function someRows(prepared: Ready['prepared'], values: readonly unknown[], request: StatementRequest): Raw[][] {
  const rows: Raw[][] = []
  for (const row of prepared.iterate(...values)) {
    rows.push(row as Raw[])
    if (rows.length > request.limit) break
    if (rows.length % rowsPerCheck === 0 && Date.now() > request.deadline) throw late()
  }
  return rows
}

function rawRows(request: StatementRequest, { prepared }: Ready, values: readonly unknown[]): Answered {
  if (!prepared.reader) {
    return { reply: { id: request.id, raw: [], affected: prepared.run(...values).changes }, text: '' }
  }
  const raw = (prepared.all(...values) as Raw[][]).map((row) => row.map(toWire))
  return { reply: { id: request.id, raw, affected: prepared.readonly ? 0 : raw.length }, text: '' }
}

function openStream(database: Database, request: StatementRequest, ready: Ready, values: readonly unknown[]): Answered {
  const stream = { ready, rows: ready.prepared.iterate(...values), limit: request.limit, printed: 0 }
  streams.set(database, stream)
  return chunk(database, request, stream)
}

function chunk(database: Database, request: Request, stream: OpenStream): Answered {
  const { writer } = stream.ready
  if (!writer) throw new WorkerError('NO_SHAPE', 'A stream needs a shape')
  let text = stream.printed === 0 ? writer.begin : ''
  let rows = 0
  let done = false
  while (text.length < chunkLength) {
    const next = stream.printed < stream.limit ? stream.rows.next() : undefined
    if (!next || next.done) {
      if (!next) stream.rows.return?.()
      text += writer.end
      streams.delete(database)
      done = true
      break
    }
    text += (stream.printed > 0 ? writer.separator : '') + writer.row(next.value as Raw[])
    stream.printed++
    rows++
    if (rows % rowsPerCheck === 0 && Date.now() > request.deadline) {
      stream.rows.return?.()
      streams.delete(database)
      throw late()
    }
  }
  return { reply: { id: request.id, rows, done }, text }
}

/** The driver stores a JavaScript number as a float, so whole ones are made 64-bit integers. */
function toBound(wire: Wire): unknown {
  const value = fromWire(wire)
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}
