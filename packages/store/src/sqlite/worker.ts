import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { chainColumns, eventColumns } from '../audit/event-columns.js'
import { SqliteDatabase } from './sqlite-library.js'
import { type AppendReply, type AppendRequest, parseLines, type WorkerData } from './worker-protocol.js'

/** The thread that writes audit events, so that nobody waits for the disk. */
const { path, pragmas, inBackground } = workerData as WorkerData
if (inBackground) giveWay()
const database = new SqliteDatabase(path)
for (const pragma of pragmas) database.pragma(pragma)

const columns = [...chainColumns, ...eventColumns]
const insert = database.prepare(
  `INSERT INTO audit (${columns.map((name) => `"${name}"`).join(', ')})
   VALUES (${columns.map(() => '?').join(', ')})
   ON CONFLICT (chain, seq) DO NOTHING`,
)
const append = database.transaction((lines: string) => {
  for (const place of parseLines(lines)) {
    const members: Record<string, unknown> = JSON.parse(String(place.at(-1)))
    insert.run(...place, ...eventColumns.map((name) => columnValue(name, members[name])))
  }
})

/**
 * Ten steps below what the process has, or as low as there is: to raise a priority takes a privilege. On Linux it is that
 * of the thread (setpriority(2), NOTES); elsewhere it would be that of the whole process.
 */
function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Math.min(getPriority() + 10, 19))
  } catch {
    // A sandbox that refuses the call: the events are written all the same.
  }
}

function columnValue(name: string, value: unknown): string | number | null {
  if (value === undefined || value === null) return null
  // As SQLite's own date functions write and read a moment in UTC.
  if (name === 'time') return String(value).replace('T', ' ').replace('Z', '')
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'number' ? value : String(value)
}

parentPort?.on('message', ({ id, lines }: AppendRequest) => {
  let reply: AppendReply = { id }
  try {
    append.immediate(lines)
  } catch (failed) {
    reply = { id, failed: failed instanceof Error ? failed.message : String(failed) }
  }
  parentPort?.postMessage(reply)
})
