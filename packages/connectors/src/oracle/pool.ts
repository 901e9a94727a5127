import { Failure } from '@gatehouse/core'
import type { Connect, OracleConnection } from './connection.js'
import { toOracleFailure } from './errors.js'

export interface PoolSettings {
  /** Connections at most, for all users together. */
  readonly max: number
  /** Milliseconds after which an unused connection is closed. */
  readonly idleMs: number
}

/** A connection that is lent. */
export interface Lent {
  readonly connection: OracleConnection
  readonly proxy: string | undefined
  /** It has served before, so it may have been lost since. */
  readonly used: boolean
}

interface Idle extends Lent {
  readonly since: number
}

interface Waiter {
  readonly proxy: string | undefined
  give(lent: Lent): void
  refuse(failure: Failure): void
  /** There is room for a connection of its own. */
  open(): void
}

/** How long, and how many for each connection, callers wait before they are told that the pool is full. */
const waitMs = 5000
const waitersPerConnection = 8
/** How long `close` waits for statements that run. */
const closeMs = 5000

/** A bounded set of connections with a bounded queue before it; each belongs to the user in whose name it was made. */
export class Pool {
  private readonly connect: Connect
  private readonly settings: PoolSettings
  private readonly idle: Idle[] = []
  private readonly busy = new Set<OracleConnection>()
  private readonly waiters = new Set<Waiter>()
  private opening = 0
  private closed = false
  private reaper: NodeJS.Timeout | undefined
  private emptied: (() => void) | undefined

  constructor(connect: Connect, settings: PoolSettings) {
    this.connect = connect
    this.settings = settings
  }

  /** Throws `unavailable` when the server is down, or when all connections stay in use; `cancelled` on abort. */
  async acquire(proxy: string | undefined, signal: AbortSignal): Promise<Lent> {
    if (this.closed) throw closing()
    if (signal.aborted) throw cancelled()
    const rested = this.takeIdle(proxy)
    if (rested) return this.lend(rested.connection, proxy, true)
    if (this.size() >= this.settings.max) this.dropOne()
    return this.size() < this.settings.max ? this.open(proxy) : this.wait(proxy, signal)
  }

  /** Takes back what `acquire` lent. One that is not healthy makes room for another. */
  release({ connection, proxy }: Lent): void {
    if (!this.busy.delete(connection)) return
    if (this.closed || !connection.healthy()) {
      quietly(connection.close())
      this.handOn()
      return
    }
    for (const waiter of this.waiters) {
      if (waiter.proxy !== proxy) continue
      waiter.give(this.lend(connection, proxy, true))
      return
    }
    if (this.waiters.size > 0) {
      // Those who wait want it for another user.
      quietly(connection.close())
      this.handOn()
      return
    }
    this.idle.push({ connection, proxy, used: true, since: Date.now() })
    this.reap()
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    clearInterval(this.reaper)
    for (const waiter of [...this.waiters]) waiter.refuse(closing())
    for (const { connection } of this.idle.splice(0)) quietly(connection.close())
    if (this.size() === 0) return
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, closeMs)
      this.emptied = () => {
        clearTimeout(late)
        resolve()
      }
    })
    for (const connection of this.busy) quietly(connection.close())
  }

  private size(): number {
    return this.idle.length + this.busy.size + this.opening
  }

  private lend(connection: OracleConnection, proxy: string | undefined, used: boolean): Lent {
    this.busy.add(connection)
    return { connection, proxy, used }
  }

  /** The one last used, so that those in excess grow old. */
  private takeIdle(proxy: string | undefined): Idle | undefined {
    for (;;) {
      const index = this.idle.findLastIndex((idle) => idle.proxy === proxy)
      const [found] = index < 0 ? [] : this.idle.splice(index, 1)
      if (!found || found.connection.healthy()) return found
      quietly(found.connection.close())
    }
  }

  /** Full, but with another user's connection at rest: that one goes. */
  private dropOne(): void {
    const oldest = this.idle.shift()
    if (oldest) quietly(oldest.connection.close())
  }

  private async open(proxy: string | undefined): Promise<Lent> {
    this.opening++
    let connection: OracleConnection
    try {
      connection = await this.connect.open(proxy)
    } catch (thrown) {
      this.opening--
      this.handOn()
      throw toOracleFailure(thrown)
    }
    this.opening--
    if (!this.closed) return this.lend(connection, proxy, false)
    quietly(connection.close())
    this.handOn()
    throw closing()
  }

  /** A connection is gone: the first that waits may open one in its place. */
  private handOn(): void {
    if (this.closed) {
      if (this.size() === 0) this.emptied?.()
      return
    }
    const [waiter] = this.waiters
    if (waiter && this.size() < this.settings.max) waiter.open()
  }

  private wait(proxy: string | undefined, signal: AbortSignal): Promise<Lent> {
    if (this.waiters.size >= this.settings.max * waitersPerConnection) throw full()
    return new Promise<Lent>((resolve, reject) => {
      const leave = () => {
        this.waiters.delete(waiter)
        clearTimeout(late)
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        proxy,
        give: (lent) => {
          leave()
          resolve(lent)
        },
        refuse: (failure) => {
          leave()
          reject(failure)
        },
        open: () => {
          leave()
          this.open(proxy).then(resolve, reject)
        },
      }
      const onAbort = () => waiter.refuse(cancelled())
      const late = setTimeout(() => waiter.refuse(full()), waitMs)
      signal.addEventListener('abort', onAbort, { once: true })
      this.waiters.add(waiter)
    })
  }

  private reap(): void {
    if (this.reaper || this.settings.idleMs <= 0) return
    this.reaper = setInterval(
      () => {
        const before = Date.now() - this.settings.idleMs
        for (const idle of this.idle.filter(({ connection, since }) => since < before || !connection.healthy())) {
          this.idle.splice(this.idle.indexOf(idle), 1)
          quietly(idle.connection.close())
        }
        if (this.idle.length > 0) return
        clearInterval(this.reaper)
        this.reaper = undefined
      },
      Math.max(1000, this.settings.idleMs / 2),
    )
    this.reaper.unref()
  }
}

/** A connection that cannot say good-bye is gone all the same. */
function quietly(closing: Promise<void>): void {
  closing.catch(() => undefined)
}

function full(): Failure {
  return new Failure('unavailable', 'All connections to the database are in use', {
    hint: 'Try again in a moment',
    retryAfter: 1,
  })
}

function closing(): Failure {
  return new Failure('unavailable', 'The service is shutting down', { retryAfter: 1 })
}

function cancelled(): Failure {
  return new Failure('cancelled', 'The caller went away')
}
