import { availableParallelism } from 'node:os'
import type { RunOptions, SqlDriver } from '../sql/driver.js'
import { type Limits, limitsOf, waitFor, waitMs } from './asking.js'
import { createPool, type Pool } from './pool.js'
import { askStatement, numberStatements, rawRows, writtenRows } from './run.js'
import { streamRows } from './stream.js'
import { runTransaction } from './transaction.js'
import { startWorker, type WorkerProcess } from './worker-process.js'

export interface DriverSettings {
  readonly path: string
  /** The most workers that read. */
  readonly max: number
  readonly idleMs: number
}

/** One SQLite file: any number of readers, one writer, each in a process of its own. Opens on the first use. */
export function sqliteDriver(settings: DriverSettings): SqlDriver {
  const { path, idleMs } = settings
  const most = Math.max(1, settings.max)
  const readers = createPool(() => startWorker({ parent: process.pid, path, readOnly: true, busyMs: waitMs }), {
    base: Math.min(most, availableParallelism()),
    most,
    idleMs,
  })
  const writers = createPool(() => startWorker({ parent: process.pid, path, readOnly: false, busyMs: waitMs }), {
    base: 1,
    most: 1,
    idleMs,
  })
  const numberOf = numberStatements()
  const poolOf = (options: RunOptions) => (options.readOnly ? readers : writers)

  return {
    async write(statement, values, limit, options) {
      const limits = limitsOf(options)
      const answer = await using(poolOf(options), limits, (worker) =>
        askStatement(worker, numberOf, { kind: 'page', statement, values, limit }, limits),
      )
      return writtenRows(answer)
    },
    async rows(statement, values, options) {
      const limits = limitsOf(options)
      const answer = await using(poolOf(options), limits, (worker) =>
        askStatement(worker, numberOf, { kind: 'rows', statement, values, limit: 0 }, limits),
      )
      return rawRows(answer)
    },
    stream: (statement, values, limit, options) =>
      streamRows(poolOf(options), numberOf, { kind: 'stream', statement, values, limit }, limitsOf(options)),
    transaction(options, body) {
      const limits = limitsOf(options)
      const begin = options.readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE'
      return using(poolOf(options), limits, (worker) => runTransaction(worker, numberOf, begin, limits, body))
    },
    async close() {
      readers.close()
      writers.close()
    },
  }
}

/** A worker for the time of `body`. */
async function using<T>(pool: Pool, limits: Limits, body: (worker: WorkerProcess) => Promise<T>): Promise<T> {
  const worker = await pool.take(limits.signal, waitFor(limits))
  try {
    return await body(worker)
  } finally {
    pool.release(worker)
  }
}
