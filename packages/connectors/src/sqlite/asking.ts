import { Failure } from '@gatehouse/core'
import type { RunOptions } from '../sql/driver.js'
import { toSqliteFailure } from './errors.js'
import { cancelled } from './pool.js'
import { type Answer, type Ask, WorkerEnded, type WorkerProcess } from './worker-process.js'

/** A request as its sender knows it; the deadline is the call's. */
export type Unbound = Ask extends infer R ? (R extends Ask ? Omit<R, 'deadline'> : never) : never

/** What ends a call. */
export interface Limits {
  readonly signal: AbortSignal
  /** By the system's clock, in milliseconds. */
  readonly deadline: number
}

export function limitsOf(options: RunOptions): Limits {
  return { signal: options.signal, deadline: Date.now() + options.timeoutMs }
}

/** How long a statement waits for a worker, and for another process's lock on the file. */
export const waitMs = 5000

export function waitFor(limits: Limits): number {
  return Math.max(0, Math.min(waitMs, limits.deadline - Date.now()))
}

/** How long a worker whose caller has gone may take to end by itself: starting a new one costs more than most statements. */
const graceMs = 100
/** The worker looks at the clock itself, between rows; this is for what it cannot see. */
const slackMs = 15

/**
 * Asks the worker and answers within the limits, whatever the worker does: past them the caller gets its failure at
 * once, and the worker is ended if it does not come to an end by itself. Throws only Failure.
 */
export async function ask(worker: WorkerProcess, request: Unbound, limits: Limits): Promise<Answer> {
  if (limits.signal.aborted) throw cancelled()
  const left = limits.deadline - Date.now()
  if (left <= 0) throw timedOut()
  let abandon: (failure: Failure) => void = () => undefined
  const abandoned = new Promise<never>((_, reject) => {
    abandon = (failure) => {
      endSoon(worker)
      reject(failure)
    }
  })
  const timer = setTimeout(() => abandon(timedOut()), left + slackMs)
  const abort = () => abandon(cancelled())
  limits.signal.addEventListener('abort', abort, { once: true })
  try {
    const answer = await Promise.race([worker.ask({ ...request, deadline: limits.deadline }), abandoned])
    if (answer.reply.error) throw toSqliteFailure(answer.reply.error)
    return answer
  } catch (error) {
    if (!(error instanceof WorkerEnded)) throw error
    throw new Failure('unavailable', 'The connection to the database was lost', { retryAfter: 1, cause: error })
  } finally {
    clearTimeout(timer)
    limits.signal.removeEventListener('abort', abort)
  }
}

export function timedOut(): Failure {
  return new Failure('timeout', 'The statement took too long', {
    hint: 'Narrow the filter, or ask for fewer records',
  })
}

function endSoon(worker: WorkerProcess): void {
  const kill = setTimeout(() => worker.kill(), graceMs)
  void worker.settled().then(() => clearTimeout(kill))
}
