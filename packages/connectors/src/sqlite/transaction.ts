import { Failure } from '@gatehouse/core'
import type { SqlTransaction } from '../sql/driver.js'
import { ask, type Limits } from './asking.js'
import { askStatement, type NumberOf, type Run, rawRows, writtenRows } from './run.js'
import type { Answer, WorkerProcess } from './worker-process.js'

/** How long COMMIT and ROLLBACK may take, whatever is left of the call's time. */
const endMs = 5000

/**
 * Runs `body` in a transaction of the worker. It begins with the first statement, in the same message, and a body that
 * asks nothing begins none. A worker that cannot even roll back is ended, which undoes the transaction as well.
 */
export async function runTransaction<T>(
  worker: WorkerProcess,
  numberOf: NumberOf,
  begin: 'BEGIN' | 'BEGIN IMMEDIATE',
  limits: Limits,
  body: (transaction: SqlTransaction) => Promise<T>,
): Promise<T> {
  let begun = false
  let savepoints = 0
  const run = (asked: Omit<Run, 'begin' | 'inside'>): Promise<Answer> => {
    const place = begun ? { inside: true } : { begin }
    begun = true
    return askStatement(worker, numberOf, { ...asked, ...place }, limits)
  }
  const control = async (text: string, within = limits) => {
    const place = begun ? { inside: true } : { begin }
    begun = true
    await ask(worker, { kind: 'control', text, ...place }, within)
  }
  /** Without heed of the caller's signal: what was begun has to be ended. */
  const end = (text: string) => control(text, { signal: new AbortController().signal, deadline: Date.now() + endMs })

  const transaction: SqlTransaction = {
    async write(statement, values, limit) {
      return writtenRows(await run({ kind: 'page', statement, values, limit }))
    },
    async rows(statement, values) {
      return rawRows(await run({ kind: 'rows', statement, values, limit: 0 }))
    },
    async savepoint(inner) {
      const name = `g${++savepoints}`
      await control(`SAVEPOINT ${name}`)
      try {
        const result = await inner()
        await control(`RELEASE ${name}`)
        return result
      } catch (error) {
        await worker.settled()
        // The call's time is over; then the whole transaction goes, not a part of it.
        if (isOver(error)) throw error
        await control(`ROLLBACK TO ${name}; RELEASE ${name}`)
        throw error
      }
    },
  }

  try {
    const result = await body(transaction)
    if (begun) {
      if (limits.signal.aborted) throw new Failure('cancelled', 'The call was cancelled')
      await end('COMMIT')
    }
    return result
  } catch (error) {
    await worker.settled()
    if (begun && worker.alive) await end('ROLLBACK').catch((failure: unknown) => undoByForce(worker, failure))
    throw error
  }
}

function isOver(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'timeout' || error.code === 'cancelled')
}

/** SQLite has already rolled back by itself (a full disk, RAISE(ROLLBACK)), or the worker is lost. */
function undoByForce(worker: WorkerProcess, failure: unknown): void {
  if (failure instanceof Failure && failure.code === 'conflict') return
  worker.kill()
}
