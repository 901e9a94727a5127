import { Failure } from '@gatehouse/core'

/** One session with a server, on which one thing is done at a time. */
export interface Connection {
  /** False once either side has closed it, or when nobody knows any more what the server is about to say. */
  readonly alive: boolean
  /** A round trip; rejects when the connection is of no use any more. Absent: it is used untried. */
  check?(): Promise<void>
  /** Ends it; what waits on it is rejected. Does nothing twice. */
  close(): void
}

/** How well a connection that is there does for a wish: at once, at a cost that a new one has not, or never. */
export type Fit = 'ready' | 'costly' | 'never'

/** `W`: what callers may wish of a connection beside that it be one; none by default. */
export interface ConnectionPoolSettings<C extends Connection, W = void> {
  /** What the connections lead to, in the messages of failures. */
  readonly to: 'database' | 'storage'
  /** Connections at most. */
  readonly max: number
  /** Milliseconds after which an unused connection is closed; 0 never. */
  readonly idleMs: number
  /** Milliseconds that a caller waits for a connection when all are in use. */
  readonly waitMs: number
  /** Callers that may wait at a time: more are told at once that the pool is full. Absent: 1000. */
  readonly waitersAtMost?: number
  /** Rejects with a Failure, and within a time of its own. */
  readonly open: (wish: W) => Promise<C>
  /** Absent: every connection does for everyone. */
  readonly fit?: (connection: C, wish: W) => Fit
}

/** Milliseconds of rest after which a connection is tried before it is used: the server may have left it meanwhile. */
const restMs = 1000
/** How long `close` waits for what still runs. */
const closeMs = 5000

interface Resting<C> {
  readonly connection: C
  readonly since: number
}

interface Waiter<C, W> {
  readonly wish: W
  give(connection: C): void
  refuse(failure: Failure): void
  /** There is room for a connection of its own. */
  open(): void
}

/** A bounded set of connections, lent to one caller each, with a bounded queue before it. */
export class ConnectionPool<C extends Connection, W = void> {
  private readonly settings: ConnectionPoolSettings<C, W>
  /** The one that rests longest first. */
  private readonly idle: Resting<C>[] = []
  private readonly busy = new Set<C>()
  private readonly waiters = new Set<Waiter<C, W>>()
  /** Connections that are being opened or tried. */
  private pending = 0
  private closed = false
  private reaper: NodeJS.Timeout | undefined
  private emptied: (() => void) | undefined

  constructor(settings: ConnectionPoolSettings<C, W>) {
    this.settings = settings
  }

  /** Throws what `open` throws; `unavailable` when all connections stay in use; `cancelled` on abort. */
  async acquire(signal: AbortSignal, wish: W): Promise<C> {
    if (this.closed) throw closing()
    if (signal.aborted) throw cancelled()
    this.closeIdle(({ connection }) => !connection.alive)
    const rested = this.takeIdle(wish)
    if (rested) return this.handOver(this.fresh(rested, wish), signal)
    // Full, but with one at rest that is of no use here: that one goes.
    if (!this.hasRoom()) this.idle.shift()?.connection.close()
    return this.hasRoom() ? this.handOver(this.open(wish), signal) : this.wait(signal, wish)
  }

  /** Takes back what `acquire` lent. One that is not alive, or that none of those who wait can use, makes room for another. */
  release(connection: C): void {
    if (!this.busy.delete(connection)) return
    const next = this.waiterFor(connection)
    if (this.closed || !connection.alive || (!next && this.waiters.size > 0)) {
      connection.close()
      this.makeRoom()
    } else if (next) {
      // Nobody else may take it before the waiter's own code runs.
      this.busy.add(connection)
      next.give(connection)
    } else {
      this.idle.push({ connection, since: Date.now() })
      this.reap()
    }
  }

  /** Lends a connection for one body. An abort closes the connection under it. */
  async use<T>(signal: AbortSignal, body: (connection: C) => Promise<T>, wish: W): Promise<T> {
    const connection = await this.acquire(signal, wish)
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
    this.closeIdle(() => true)
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

  private hasRoom(): boolean {
    return this.size() < this.settings.max
  }

  private fit(connection: C, wish: W): Fit {
    return this.settings.fit?.(connection, wish) ?? 'ready'
  }

  /** The one used last that does, so that those in excess grow old. */
  private takeIdle(wish: W): Resting<C> | undefined {
    const fitting = (fit: Fit) => this.idle.findLastIndex(({ connection }) => this.fit(connection, wish) === fit)
    const ready = fitting('ready')
    const index = ready < 0 && !this.hasRoom() ? fitting('costly') : ready
    return index < 0 ? undefined : this.idle.splice(index, 1)[0]
  }

  private waiterFor(connection: C): Waiter<C, W> | undefined {
    for (const waiter of this.waiters) if (this.fit(connection, waiter.wish) !== 'never') return waiter
    return undefined
  }

  private closeIdle(which: (resting: Resting<C>) => boolean): void {
    for (const resting of this.idle.filter(which)) {
      this.idle.splice(this.idle.indexOf(resting), 1)
      resting.connection.close()
    }
  }

  /** A connection is gone: the first that waits may open one in its place. */
  private makeRoom(): void {
    if (this.closed) {
      if (this.size() === 0) this.emptied?.()
      return
    }
    const [waiter] = this.waiters
    if (waiter && this.hasRoom()) waiter.open()
  }

  private async open(wish: W): Promise<C> {
    this.pending++
    let connection: C
    try {
      connection = await this.settings.open(wish)
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
  private async fresh({ connection, since }: Resting<C>, wish: W): Promise<C> {
    if (!connection.check || Date.now() - since <= restMs) {
      this.busy.add(connection)
      return connection
    }
    this.pending++
    try {
      await connection.check()
    } catch {
      connection.close()
    }
    this.pending--
    if (!connection.alive) {
      connection.close()
      return this.open(wish)
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

  private wait(signal: AbortSignal, wish: W): Promise<C> {
    if (this.waiters.size >= (this.settings.waitersAtMost ?? 1000)) throw this.full()
    return new Promise<C>((resolve, reject) => {
      const leave = () => {
        this.waiters.delete(waiter)
        clearTimeout(late)
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter<C, W> = {
        wish,
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
          this.handOver(this.open(wish), signal).then(resolve, reject)
        },
      }
      const onAbort = () => waiter.refuse(cancelled())
      const late = setTimeout(() => waiter.refuse(this.full()), this.settings.waitMs)
      signal.addEventListener('abort', onAbort, { once: true })
      this.waiters.add(waiter)
    })
  }

  /** Closes what has rested too long. */
  private reap(): void {
    const { idleMs } = this.settings
    const [oldest] = this.idle
    if (this.reaper || !oldest || idleMs <= 0) return
    this.reaper = setTimeout(
      () => {
        this.reaper = undefined
        const before = Date.now() - idleMs
        this.closeIdle(({ connection, since }) => !connection.alive || since <= before)
        this.reap()
      },
      oldest.since + idleMs - Date.now(),
    )
    this.reaper.unref()
  }

  private full(): Failure {
    return new Failure('unavailable', `All connections to the ${this.settings.to} are in use`, {
      hint: 'Try again in a moment',
      retryAfter: 1,
    })
  }
}

function closing(): Failure {
  return new Failure('unavailable', 'The service is shutting down', { retryAfter: 1 })
}

export function cancelled(cause?: unknown): Failure {
  return new Failure('cancelled', 'The caller went away', { cause })
}
