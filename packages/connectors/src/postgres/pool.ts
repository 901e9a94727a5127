import { Failure } from '@gatehouse/core'
import type { PgConnection } from './connection.js'
import { type CancelReason, stopped } from './errors.js'
import { cancelMs, clean, configure, isConfigured, type Lease, type PgRunOptions } from './lease.js'

export interface PoolSettings {
  readonly max: number
  readonly idleMs: number
}

/** What the pool needs of the outside. */
export interface PoolPorts {
  open(): Promise<PgConnection>
  /** Resolves when the server has been told. */
  cancel(connection: PgConnection): Promise<void>
}

interface Waiter {
  readonly options: PgRunOptions
  readonly resolve: (lease: Lease) => void
  readonly reject: (failure: unknown) => void
  readonly timer: NodeJS.Timeout
}

/** Calls that may wait for each connection that there can be. */
const waitersEach = 4
const longestWaitMs = 5000
/** How soon an abort or a deadline is noticed. Cheaper than a timer and a listener a call. */
const watchMs = 40
/** The server's own timeout comes first; this is for a call of several statements, and for a server that is gone. */
const graceMs = 250
const longestBackOffMs = 1000

/** A bounded set of sessions. Nobody waits without end, and no session is handed on that is not clean. */
export class PgPool {
  private readonly settings: PoolSettings
  private readonly ports: PoolPorts
  private readonly idle: { connection: PgConnection; since: number }[] = []
  private readonly leases = new Set<Lease>()
  private readonly waiters: Waiter[] = []
  private opening = 0
  private cleaning = 0
  private closed = false
  private watch: NodeJS.Timeout | undefined
  private failures = 0
  private downUntil = 0
  private downCause: unknown

  constructor(settings: PoolSettings, ports: PoolPorts) {
    this.settings = settings
    this.ports = ports
  }

  /** A session in the mode that the call wants, at once where one is idle. Rejects with Failure, or what `open` rejects with. */
  async acquire(options: PgRunOptions): Promise<Lease> {
    if (this.closed) throw new Failure('unavailable', 'The service is closing', { retryAfter: 1 })
    if (options.signal.aborted) throw stopped('cancelled')
    const idle = this.takeIdle(options)
    const lease = idle ? this.lease(idle, options) : await this.openOrWait(options)
    const { connection } = lease
    if (!isConfigured(connection, options)) {
      try {
        await configure(connection, options)
      } catch (error) {
        connection.destroy()
        this.release(lease)
        throw error
      }
    }
    return lease
  }

  /** Calls wait for a session. */
  get crowded(): boolean {
    return this.waiters.length > 0
  }

  /** A call would have to wait for a session. */
  get full(): boolean {
    return this.crowded || (this.idle.length === 0 && this.size >= this.settings.max)
  }

  /** The most calls that can wait for a session. */
  get mostWaiting(): number {
    return this.settings.max * waitersEach
  }

  /** A session that is idle and in the mode that the call wants, or undefined: nobody waits, and nothing is opened. */
  acquireIdle(options: PgRunOptions): Lease | undefined {
    if (this.closed || this.waiters.length > 0 || options.signal.aborted) return undefined
    const ready = this.idleWhere((connection) => isConfigured(connection, options))
    return ready && this.lease(ready, options)
  }

  /** Hands the session to the next call, once it is clean. */
  release(lease: Lease): void {
    this.leases.delete(lease)
    const { connection } = lease
    if (!connection.alive || connection.busy) {
      connection.destroy()
      this.serveWaiters()
      return
    }
    if (lease.cancelling || lease.soiled || connection.status !== 'I') {
      this.cleaning++
      void clean(lease).finally(() => {
        this.cleaning--
        this.handOn(connection)
      })
      return
    }
    this.handOn(connection)
  }

  /** Waits for the calls that run, but at most so many milliseconds. */
  async close(withinMs: number): Promise<void> {
    this.closed = true
    for (const waiter of this.waiters.splice(0)) this.refuse(waiter)
    for (const { connection } of this.idle.splice(0)) connection.end()
    const end = performance.now() + withinMs
    while (this.leases.size + this.cleaning > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    for (const lease of this.leases) lease.connection.destroy()
    clearInterval(this.watch)
  }

  private lease(connection: PgConnection, options: PgRunOptions): Lease {
    const deadline = performance.now() + options.timeoutMs
    const lease: Lease = {
      connection,
      signal: options.signal,
      deadline,
      cancelled: undefined,
      cancelling: undefined,
      killAt: Number.POSITIVE_INFINITY,
      soiled: options.soils === true,
    }
    this.leases.add(lease)
    // Behind what has come in meanwhile: it may be this process that stood still, and not the server.
    this.watch ??= setInterval(() => setImmediate(() => this.look()), watchMs).unref()
    return lease
  }

  /** One in the very mode if there is one. */
  private takeIdle(options: PgRunOptions): PgConnection | undefined {
    const like =
      this.idleWhere((connection) => isConfigured(connection, options)) ??
      this.idleWhere((connection) => connection.readOnly === options.readOnly)
    // A new one for this mode is better than to change the mode to and fro.
    const opens = this.size < this.settings.max && this.downUntil <= performance.now()
    return like ?? (opens ? undefined : this.idle.pop()?.connection)
  }

  /** The last one used first, so that the others may grow idle. */
  private idleWhere(fits: (connection: PgConnection) => boolean): PgConnection | undefined {
    for (let i = this.idle.length - 1; i >= 0; i--) {
      const connection = this.idle[i]?.connection
      if (connection?.alive && !fits(connection)) continue
      this.idle.splice(i, 1)
      if (connection?.alive) return connection
    }
    return undefined
  }

  private get size(): number {
    return this.idle.length + this.leases.size + this.opening + this.cleaning
  }

  private openOrWait(options: PgRunOptions): Promise<Lease> {
    if (this.size < this.settings.max) return this.open(options)
    if (this.waiters.length >= this.mostWaiting) return Promise.reject(full())
    return new Promise((resolve, reject) => {
      const wait = Math.min(longestWaitMs, options.timeoutMs)
      const timer = setTimeout(() => {
        const at = this.waiters.indexOf(waiter)
        if (at >= 0) this.waiters.splice(at, 1)
        reject(full())
      }, wait)
      const waiter: Waiter = { options, resolve, reject, timer }
      this.waiters.push(waiter)
    })
  }

  private async open(options: PgRunOptions): Promise<Lease> {
    // While the server is down, calls fail at once instead of waiting for each other's attempts.
    if (performance.now() < this.downUntil) throw this.downCause
    this.opening++
    try {
      const connection = await this.ports.open()
      this.failures = 0
      this.downUntil = 0
      // Before anything else runs, so that the place is never counted as free.
      return this.lease(connection, options)
    } catch (error) {
      this.downCause = error
      this.downUntil = performance.now() + Math.min(longestBackOffMs, 50 * 2 ** this.failures++)
      if (this.leases.size + this.idle.length === 0) {
        for (const waiter of this.waiters.splice(0)) {
          clearTimeout(waiter.timer)
          waiter.reject(error)
        }
      }
      throw error
    } finally {
      this.opening--
    }
  }

  private handOn(connection: PgConnection): void {
    if (this.closed || !connection.alive) {
      if (connection.alive) connection.end()
      this.serveWaiters()
      return
    }
    const waiter = this.nextWaiter()
    if (waiter) waiter.resolve(this.lease(connection, waiter.options))
    else this.idle.push({ connection, since: performance.now() })
  }

  private nextWaiter(): Waiter | undefined {
    for (let waiter = this.waiters.shift(); waiter; waiter = this.waiters.shift()) {
      clearTimeout(waiter.timer)
      if (!waiter.options.signal.aborted) return waiter
      waiter.reject(stopped('cancelled'))
    }
    return undefined
  }

  /** A place became free without a connection. */
  private serveWaiters(): void {
    if (this.closed || this.size >= this.settings.max) return
    const waiter = this.nextWaiter()
    if (waiter) this.open(waiter.options).then(waiter.resolve, waiter.reject)
  }

  private refuse(waiter: Waiter): void {
    clearTimeout(waiter.timer)
    waiter.reject(new Failure('unavailable', 'The service is closing', { retryAfter: 1 }))
  }

  /** Looks for calls that are over, for whatever reason, and for sessions that nobody needs. */
  private look(): void {
    const now = performance.now()
    for (const lease of this.leases) {
      if (!lease.connection.busy) continue
      if (now > lease.killAt) lease.connection.destroy()
      else if (lease.cancelled === undefined && lease.signal.aborted) this.cancel(lease, 'cancelled', now)
      else if (lease.cancelled === undefined && now > lease.deadline + graceMs) this.cancel(lease, 'timeout', now)
    }
    for (let i = this.idle.length - 1; i >= 0; i--) {
      const entry = this.idle[i]
      if (!entry || (entry.connection.alive && now - entry.since < this.settings.idleMs)) continue
      this.idle.splice(i, 1)
      entry.connection.end()
    }
    if (this.leases.size + this.idle.length === 0) {
      clearInterval(this.watch)
      this.watch = undefined
    }
  }

  private cancel(lease: Lease, reason: CancelReason, now: number): void {
    lease.cancelled = reason
    lease.killAt = now + cancelMs
    lease.cancelling = this.ports.cancel(lease.connection)
  }
}

function full(): Failure {
  return new Failure('unavailable', 'All connections of this service are busy', { retryAfter: 1 })
}
