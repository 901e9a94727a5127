import type { ShapedStatement, WrittenRows } from '../sql/driver.js'
import type { Lease, PgRunOptions } from './lease.js'
import { Lost } from './lost.js'
import type { PgPool } from './pool.js'
import { PageReply } from './replies.js'
import { isStale } from './unit.js'

/** The most calls that share the connection at a time. */
const deepest = 24
/** How long the first of them may take before the others go elsewhere. */
const stuckMs = 100
const lookMs = 40

interface Shared {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** Sends the call elsewhere. */
  readonly leave: () => void
}

/**
 * One connection of the pool on which short reads follow each other without waiting for answers: the calls of one turn
 * of the event loop are one write and, mostly, one read. It goes back to the pool as soon as nothing runs on it.
 *
 * A read by key is short unless something holds its table. Then the first call waits, within its timeout, and is
 * cancelled when its client goes away; those behind it leave and run on connections of their own: they only read, so
 * that a second answer does no harm.
 */
export class PgLane {
  private readonly pool: PgPool
  private lease: Lease | undefined
  private gone = new AbortController()
  private shared: Shared[] = []
  private since = 0
  private watch: NodeJS.Timeout | undefined
  /** The first call takes long: nobody follows it. */
  private stuck = false

  constructor(pool: PgPool) {
    this.pool = pool
  }

  /** The page; or undefined where the call has to run on a connection of its own. Rejects as `PgConnection.run`. */
  write(
    statement: ShapedStatement,
    values: readonly unknown[],
    limit: number,
    options: PgRunOptions,
  ): Promise<WrittenRows | undefined> | undefined {
    const { name, text } = statement
    // Others that wait for a connection come first: the lane would keep one for as long as calls follow each other.
    if (name === undefined || this.stuck || this.pool.crowded || options.signal.aborted) return undefined
    if (!this.lease && !this.open(options)) return undefined
    const connection = this.lease?.connection
    if (!connection?.alive || !connection.knows(name) || connection.depth >= deepest) return this.closeIfIdle()
    if (connection.timeoutMs !== options.timeoutMs) return undefined

    const reply = new PageReply(statement.shape, limit)
    return new Promise((resolve, reject) => {
      const call: Shared = { signal: options.signal, timeoutMs: options.timeoutMs, leave: () => resolve(undefined) }
      if (this.shared.push(call) === 1) this.since = performance.now()
      const failed = (error: unknown) => {
        this.ended(call)
        reply.free()
        if (isStale(error)) connection.forget(name)
        // It only read, so it can run again: with a fresh statement, or on a connection that is there. A call whose
        // client has gone is told so there.
        if (isStale(error) || error instanceof Lost || options.signal.aborted) resolve(undefined)
        else reject(error)
      }
      const ended = () => {
        this.ended(call)
        resolve(reply.result())
      }
      try {
        connection.queue({ name, text, values }, reply, ended, failed)
      } catch (error) {
        failed(error)
      }
    })
  }

  /** Takes a connection for itself where one is idle; nobody waits for it. */
  private open(options: PgRunOptions): boolean {
    this.gone = new AbortController()
    const lease = this.pool.acquireIdle({ ...options, signal: this.gone.signal })
    if (!lease) return false
    lease.deadline = Number.POSITIVE_INFINITY
    this.lease = lease
    this.watch ??= setInterval(() => this.look(), lookMs).unref()
    return true
  }

  private ended(call: Shared): void {
    const at = this.shared.indexOf(call)
    if (at >= 0) this.shared.splice(at, 1)
    this.since = performance.now()
    // A connection that a cancel was meant for takes nobody any more.
    if (this.lease && !this.gone.signal.aborted && this.lease.cancelled === undefined) {
      this.stuck = false
      this.lease.deadline = Number.POSITIVE_INFINITY
    }
    this.closeIfIdle()
  }

  private closeIfIdle(): undefined {
    const { lease } = this
    if (!lease || lease.connection.busy) return
    this.lease = undefined
    this.shared = []
    this.stuck = false
    clearInterval(this.watch)
    this.watch = undefined
    this.pool.release(lease)
  }

  /** The first call takes long: it keeps the connection, the others leave. */
  private look(): void {
    const { lease } = this
    const [first, ...behind] = this.shared
    if (!lease || !first || performance.now() - this.since < stuckMs) return
    this.stuck = true
    for (const call of behind) call.leave()
    lease.deadline = Math.min(lease.deadline, this.since + first.timeoutMs)
    if (first.signal.aborted) this.gone.abort()
  }
}
