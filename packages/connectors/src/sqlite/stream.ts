import type { RowStream } from '../sql/driver.js'
import { ask, type Limits, timedOut, waitFor } from './asking.js'
import { cancelled, type Pool } from './pool.js'
import { askStatement, type NumberOf, type Run } from './run.js'
import type { Answer, WorkerProcess } from './worker-process.js'

/**
 * All rows as chunks of text. The next chunk is asked for while the last one is being sent, and no more than that, so
 * memory stays flat at any reader's pace. The worker is ended when the deadline passes, also while the reader sleeps.
 */
export function streamRows(pool: Pool, numberOf: NumberOf, run: Run, limits: Limits): RowStream {
  let rows = 0
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const worker = await pool.take(limits.signal, waitFor(limits))
    const guard = guardWorker(worker, limits)
    try {
      let answer = await askStatement(worker, numberOf, run, limits)
      for (;;) {
        rows += answer.reply.rows ?? 0
        if (answer.reply.done) {
          guard.finish()
          if (answer.text.length > 0) yield answer.text
          return
        }
        const next = observed(ask(worker, { kind: 'next' }, limits))
        yield answer.text
        answer = await next.catch((error: unknown) => {
          throw guard.reason() ?? error
        })
      }
    } finally {
      await leave(worker, guard)
      pool.release(worker)
    }
  }
  return { chunks: chunks(), rows: () => rows }
}

/** The reader may be away when this fails; it hears of it when it comes back. */
function observed(promise: Promise<Answer>): Promise<Answer> {
  promise.catch(() => undefined)
  return promise
}

interface Guard {
  /** Nothing is left to be guarded. */
  finish(): void
  readonly finished: boolean
  reason(): Error | undefined
}

function guardWorker(worker: WorkerProcess, limits: Limits): Guard {
  let reason: Error | undefined
  let finished = false
  const end = (why: Error) => {
    reason = why
    worker.kill()
  }
  const abort = () => end(cancelled())
  const timer = setTimeout(() => end(timedOut()), limits.deadline - Date.now())
  limits.signal.addEventListener('abort', abort, { once: true })
  return {
    finish() {
      finished = true
      clearTimeout(timer)
      limits.signal.removeEventListener('abort', abort)
    },
    get finished() {
      return finished
    },
    reason: () => reason,
  }
}

/** A reader that leaves early closes the statement, so that the worker can be used for others. */
async function leave(worker: WorkerProcess, guard: Guard): Promise<void> {
  if (guard.finished) return
  await worker.settled()
  guard.finish()
  if (!worker.alive) return
  const limits = { signal: new AbortController().signal, deadline: Date.now() + 1000 }
  await ask(worker, { kind: 'end' }, limits).catch(() => worker.kill())
}
