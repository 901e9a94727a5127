import { Failure } from '@gatehouse/core'
import type { MysqlTarget } from './config.js'
import { toMysqlFailure } from './errors.js'
import { Session } from './session.js'

export interface PoolSettings {
  /** Connections at most. */
  readonly max: number
  /** Milliseconds after which an unused connection is closed. */
  readonly idleMs: number
}

/** How long, and how many for each connection, callers wait before they are told that the pool is full. */
const waitMs = 5000
const waitersPerConnection = 8
/** How long `close` waits for statements that run. */
const closeMs = 5000

interface Waiter {
  give(session: Session): void
  refuse(failure: Failure): void
  /** There is room for a connection of its own. */
  open(): void
}

/**
 * A bounded set of connections with a bounded queue before it. Reads and writes prefer connections that were last used
 * for the same, since those are in the right transaction mode already.
 */
export class Pool {
  private readonly target: MysqlTarget
  private readonly settings: PoolSettings
  private readonly idle: Session[] = []
  private readonly busy = new Set<Session>()
  private readonly waiters = new Set<Waiter>()
  private opening = 0
  private closed = false
  private reaper: NodeJS.Timeout | undefined
  private emptied: (() => void) | undefined

  constructor(target: MysqlTarget, settings: PoolSettings) {
    this.target = target
    this.settings = settings
  }

  /** Throws `unavailable` when the server is down, or when all connections stay in use; `cancelled` on abort. */
  async acquire(readOnly: boolean, signal?: AbortSignal): Promise<Session> {
    if (this.closed) throw closedFailure()
    if (signal?.aborted) throw cancelled()
    const room = this.size() < this.settings.max
    const session = this.takeIdle(readOnly, room)
    if (session) return this.lend(session)
    if (room) return this.open()
    return this.wait(signal)
  }

  release(session: Session): void {
    this.busy.delete(session)
    session.usedAt = Date.now()
    if (this.closed || !session.alive) {
      if (session.alive) session.end()
      else session.destroy()
      this.handOn()
      if (this.closed && this.size() === 0) this.emptied?.()
      return
    }
    const [waiter] = this.waiters
    if (waiter) {
      waiter.give(session)
      return
    }
    this.idle.push(session)
    this.reap()
  }

  /** Ends the statement that runs on a connection, by a connection beside the pool. */
  async kill(threadId: number): Promise<void> {
    const killer = await Session.open(this.target)
    try {
      await killer.control(`KILL QUERY ${threadId}`)
    } finally {
      killer.end()
    }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    clearInterval(this.reaper)
    for (const waiter of [...this.waiters]) waiter.refuse(closedFailure())
    for (const session of this.idle.splice(0)) session.end()
    if (this.size() === 0) return
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, closeMs)
      this.emptied = () => {
        clearTimeout(late)
        resolve()
      }
    })
    for (const session of this.busy) session.destroy()
  }

  private size(): number {
    return this.idle.length + this.busy.size + this.opening
  }

  private lend(session: Session): Session {
    this.busy.add(session)
    return session
  }

  /** `alike`: one in the wanted mode or none, since there is room for another. */
  private takeIdle(readOnly: boolean, alike: boolean): Session | undefined {
    for (const session of this.idle.filter((idle) => !idle.alive)) {
      this.idle.splice(this.idle.indexOf(session), 1)
      session.destroy()
    }
    // The last used first, so that those in excess grow old. To switch a mode costs a message, each time anew.
    const found = this.idle.findLastIndex((session) => session.isReadOnly() === readOnly)
    const index = found < 0 && !alike ? this.idle.length - 1 : found
    return index < 0 ? undefined : this.idle.splice(index, 1)[0]
  }

  private async open(): Promise<Session> {
    this.opening++
    try {
      const session = await Session.open(this.target)
      if (!this.closed) return this.lend(session)
      session.end()
      throw closedFailure()
    } catch (thrown) {
      // The place is free again, and who waits may have more luck.
      queueMicrotask(() => this.handOn())
      throw toMysqlFailure(thrown)
    } finally {
      this.opening--
    }
  }

  /** A connection is gone: the first that waits may open one in its place. */
  private handOn(): void {
    if (this.closed || this.size() >= this.settings.max) return
    const [waiter] = this.waiters
    waiter?.open()
  }

  private wait(signal: AbortSignal | undefined): Promise<Session> {
    if (this.waiters.size >= this.settings.max * waitersPerConnection) throw full()
    return new Promise<Session>((resolve, reject) => {
      const leave = () => {
        this.waiters.delete(waiter)
        clearTimeout(late)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        give: (session) => {
          leave()
          // Nobody else may take it before the waiter's own code runs.
          this.lend(session)
          resolve(session)
        },
        refuse: (failure) => {
          leave()
          reject(failure)
        },
        open: () => {
          leave()
          this.open().then(resolve, reject)
        },
      }
      const onAbort = () => waiter.refuse(cancelled())
      const late = setTimeout(() => waiter.refuse(full()), waitMs)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.waiters.add(waiter)
    })
  }

  private reap(): void {
    if (this.reaper || this.settings.idleMs <= 0) return
    this.reaper = setInterval(
      () => {
        const before = Date.now() - this.settings.idleMs
        for (let i = this.idle.length - 1; i >= 0; i--) {
          const session = this.idle[i]
          if (session && (!session.alive || session.usedAt < before)) {
            this.idle.splice(i, 1)
            if (session.alive) session.end()
            else session.destroy()
          }
        }
        if (this.idle.length === 0) {
          clearInterval(this.reaper)
          this.reaper = undefined
        }
      },
      Math.max(1000, this.settings.idleMs / 2),
    )
    this.reaper.unref()
  }
}

function full(): Failure {
  return new Failure('unavailable', 'All connections to the database are in use', {
    hint: 'Try again in a moment',
    retryAfter: 1,
  })
}

function closedFailure(): Failure {
  return new Failure('unavailable', 'The service is shutting down', { retryAfter: 1 })
}

function cancelled(): Failure {
  return new Failure('cancelled', 'The caller went away')
}
