import { Failure } from '@gatehouse/core'
import type { WorkerProcess } from './worker-process.js'

export interface PoolRule {
  /** Workers that are started as soon as they are of use: as many as can run at the same time. */
  readonly base: number
  /** More are started only when the others stay busy, for slow statements and streams. */
  readonly most: number
  /** Workers beyond the first end when they were idle for so long. */
  readonly idleMs: number
}

export interface Pool {
  /** A worker that nobody else uses. Throws `unavailable` when none becomes free in time, and `cancelled`. */
  take(signal: AbortSignal, waitMs: number): Promise<WorkerProcess>
  /** Gives it back; one that is still busy is used again when it is done. */
  release(worker: WorkerProcess): void
  close(): void
}

interface Waiter {
  serve(worker: WorkerProcess): void
  fail(failure: Failure): void
}

/** Callers that wait beyond this many are sent away at once. */
const maxWaiting = 1000
/** How long to wait for a busy worker before another one is started. */
const patienceMs = 50

export function createPool(start: () => WorkerProcess, rule: PoolRule): Pool {
  const idle: WorkerProcess[] = []
  const all = new Set<WorkerProcess>()
  const waiting = new Set<Waiter>()
  const idleTimers = new Map<WorkerProcess, NodeJS.Timeout>()
  let closed = false

  const startOne = () => {
    const worker = start()
    all.add(worker)
    return worker
  }
  const drop = (worker: WorkerProcess) => {
    all.delete(worker)
    const at = idle.indexOf(worker)
    if (at >= 0) idle.splice(at, 1)
    worker.kill()
  }
  const takeIdle = () => {
    for (;;) {
      const worker = idle.pop()
      if (!worker) return undefined
      clearTimeout(idleTimers.get(worker))
      idleTimers.delete(worker)
      if (worker.alive) return worker
      all.delete(worker)
    }
  }
  const offer = (worker: WorkerProcess) => {
    const [first] = waiting
    if (first) return first.serve(worker)
    idle.push(worker)
    if (all.size === 1) return
    idleTimers.set(worker, setTimeout(() => all.size > 1 && drop(worker), rule.idleMs).unref())
  }
  /** A waiter is served by a new worker as soon as there is room for one. */
  const makeRoom = (limit: number) => {
    const [first] = waiting
    if (first && !closed && all.size < limit) first.serve(startOne())
  }

  return {
    async take(signal, waitMs) {
      if (closed) throw new Failure('unavailable', 'The service is closing', { retryAfter: 1 })
      if (signal.aborted) throw cancelled()
      const worker = takeIdle() ?? (all.size < rule.base ? startOne() : undefined)
      if (worker) return worker
      if (waiting.size >= maxWaiting) throw busy()
      return new Promise((resolve, reject) => {
        const done = () => {
          waiting.delete(waiter)
          clearTimeout(patience)
          clearTimeout(limit)
          signal.removeEventListener('abort', abort)
        }
        const waiter: Waiter = {
          serve(found) {
            done()
            resolve(found)
          },
          fail(failure) {
            done()
            reject(failure)
          },
        }
        const abort = () => waiter.fail(cancelled())
        const patience = setTimeout(() => makeRoom(rule.most), patienceMs)
        const limit = setTimeout(() => waiter.fail(busy()), waitMs)
        signal.addEventListener('abort', abort, { once: true })
        waiting.add(waiter)
      })
    },
    release(worker) {
      const back = () => {
        if (closed) return worker.kill()
        if (worker.alive) return offer(worker)
        all.delete(worker)
        makeRoom(rule.base)
      }
      worker.settled().then(back, back)
    },
    close() {
      closed = true
      for (const timer of idleTimers.values()) clearTimeout(timer)
      for (const waiter of [...waiting]) waiter.fail(new Failure('unavailable', 'The service is closing'))
      for (const worker of all) worker.kill()
      all.clear()
      idle.length = 0
    },
  }
}

function busy(): Failure {
  return new Failure('unavailable', 'All connections to the database are in use', { retryAfter: 1 })
}

export function cancelled(): Failure {
  return new Failure('cancelled', 'The call was cancelled')
}
