import { Failure } from '@gatehouse/core'

/** One session with a storage's server, on which one thing is done at a time. */
export interface Connection {
  /** False once either side has closed it, or when nobody knows any more what the server is about to say. */
  readonly alive: boolean
  /** A round trip; rejects when the connection is of no use any more. */
  check(): Promise<void>
  /** Ends it at once; what waits on it is rejected. Does nothing twice. */
  close(): void
}

export interface PoolSettings<C extends Connection> {
  /** Connections at most. */
  readonly max: number
  /** Milliseconds after which an unused connection is closed; 0 never. */
  readonly idleMs: number
  /** Milliseconds that a caller waits for a connection when all are in use. */
  readonly waitMs: number
  /** Rejects with a Failure, and within a time of its own. */
  readonly open: () => Promise<C>
}

/** Callers that may wait at a time: more are told at once that the pool is full. */
const waitersAtMost = 1000
/** Milliseconds of rest after which a connection is tried before it is used: the server may have left it meanwhile. */
const restMs = 1000
/** How long `close` waits for what still runs. */
const closeMs = 5000

interface Waiter<C> {
  give(connection: C): void
  refuse(failure: Failure): void
  /** There is room for a connection of its own. */
  open(): void
}

/** A bounded set of connections, lent to one caller each, with a bounded queue before it. */
export class ConnectionPool<C extends Connection> {
  private readonly settings: PoolSettings<C>
  private readonly idle: { readonly connection: C; readonly since: number }[] = []
  private readonly busy = new Set<C>()
  private readonly waiters = new Set<Waiter<C>>()
  /** Connections that are being opened or tried. */
  private pending = 0
  private closed = false
  private reaper: NodeJS.Timeout | undefined
  private emptied: (() => void) | undefined

  constructor(settings: PoolSettings<C>) {
    this.settings = settings
  }

  /** Throws what `open` throws; `unavailable` when all connections stay in use; `cancelled` on abort. */
  async acquire(signal: AbortSignal): Promise<C> {
    if (this.closed) throw closing()
    if (signal.aborted) throw cancelled()
    const rested = this.idle.pop()
    if (rested) return this.handOver(this.fresh(rested), signal)
    if (this.size() < this.settings.max) return this.handOver(this.open(), signal)
    return this.wait(signal)
  }

  /** Takes back what `acquire` lent. One that is not alive makes room for another. */
  release(connection: C): void {
    if (!this.busy.delete(connection)) return
    if (this.closed || !connection.alive) {
      connection.close()
      this.makeRoom()
      return
    }
    const [waiter] = this.waiters
    if (waiter) {
      this.busy.add(connection)
      waiter.give(connection)
      return
    }
    this.idle.push({ connection, since: Date.now() })
    this.reap()
  }

  /** Lends a connection for one body. An abort closes the connection under it. */
  async use<T>(signal: AbortSignal, body: (connection: C) => Promise<T>): Promise<T> {
    const connection = await this.acquire(signal)
    const onAbort = () => connection.close()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await body(connection)
    } catch (thrown) {
      throw signal.aborted ? cancelled(thrown) : thrown
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.release(connection)
    }
  }

  /** Waits a while for what runs, then ends it. */
  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    clearTimeout(this.reaper)
    for (const waiter of [...this.waiters]) waiter.refuse(closing())
    for (const { connection } of this.idle.splice(0)) connection.close()
    if (this.size() === 0) return
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, closeMs)
      this.emptied = () => {
        clearTimeout(late)
        resolve()
      }
    })
    for (const connection of this.busy) connection.close()
  }

  private size(): number {
    return this.idle.length + this.busy.size + this.pending
  }

  /** A connection is gone: the first that waits may open one in its place. */
  private makeRoom(): void {
    if (this.closed) {
      if (this.size() === 0) this.emptied?.()
      return
    }
    const [waiter] = this.waiters
    if (waiter && this.size() < this.settings.max) waiter.open()
  }

  private async open(): Promise<C> {
    this.pending++
    let connection: C
    try {
      connection = await this.settings.open()
    } catch (thrown) {
      this.pending--
      this.makeRoom()
      throw thrown
    }
    this.pending--
    this.busy.add(connection)
    return connection
  }

  /** The connection that rested, if it still serves, else a new one. */
  private async fresh({ connection, since }: { readonly connection: C; readonly since: number }): Promise<C> {
    this.pending++
    try {
      if (connection.alive && Date.now() - since > restMs) await connection.check()
    } catch {
      connection.close()
    }
    this.pending--
    if (!connection.alive) {
      connection.close()
      return this.open()
    }
    this.busy.add(connection)
    return connection
  }

  /** To a caller who may have left meanwhile: the connection is then for the next one. */
  private handOver(coming: Promise<C>, signal: AbortSignal): Promise<C> {
    return new Promise<C>((resolve, reject) => {
      const onAbort = () => reject(cancelled())
      signal.addEventListener('abort', onAbort, { once: true })
      coming.then(
        (connection) => {
          signal.removeEventListener('abort', onAbort)
          if (!signal.aborted && !this.closed) return resolve(connection)
          this.release(connection)
          reject(signal.aborted ? cancelled() : closing())
        },
        (thrown) => {
          signal.removeEventListener('abort', onAbort)
          reject(thrown)
        },
      )
    })
  }

  private wait(signal: AbortSignal): Promise<C> {
    if (this.waiters.size >= waitersAtMost) throw full()
    return new Promise<C>((resolve, reject) => {
      const leave = () => {
        this.waiters.delete(waiter)
        clearTimeout(late)
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter<C> = {
        give: (connection) => {
          leave()
          resolve(connection)
        },
        refuse: (failure) => {
          leave()
          reject(failure)
        },
        open: () => {
          leave()
          this.handOver(this.open(), signal).then(resolve, reject)
        },
      }
      const onAbort = () => waiter.refuse(cancelled())
      const late = setTimeout(() => waiter.refuse(full()), this.settings.waitMs)
      signal.addEventListener('abort', onAbort, { once: true })
      this.waiters.add(waiter)
    })
  }

  /** Closes what has rested too long; those used last are lent first, so that those in excess grow old. */
  private reap(): void {
    if (this.reaper || this.settings.idleMs <= 0) return
    this.reaper = setTimeout(() => {
      this.reaper = undefined
      const before = Date.now() - this.settings.idleMs
      for (const resting of this.idle.filter(({ connection, since }) => !connection.alive || since <= before)) {
        this.idle.splice(this.idle.indexOf(resting), 1)
        resting.connection.close()
      }
      if (this.idle.length > 0) this.reap()
    }, this.settings.idleMs)
    this.reaper.unref()
  }
}

function full(): Failure {
  return new Failure('unavailable', 'All connections to the storage are in use', {
    hint: 'Try again in a moment',
    retryAfter: 1,
  })
}

function closing(): Failure {
  return new Failure('unavailable', 'The service is shutting down', { retryAfter: 1 })
}

export function cancelled(cause?: unknown): Failure {
  return new Failure('cancelled', 'The caller went away', { cause })
}
