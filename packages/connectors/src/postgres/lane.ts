import type { ShapedStatement, WrittenRows } from '../sql/driver.js'
import type { Reply } from './connection.js'
import { isTooLong } from './incoming.js'
import { type Lease, ownMode, type PgRunOptions } from './lease.js'
import { type Step, textLength } from './outgoing.js'
import type { PgPool } from './pool.js'
import { ReadCosts } from './read-costs.js'
import { PageReply, RowsReply } from './replies.js'

/** What the calls that are on their way may take together (milliseconds). */
const longest = 8
/** So many leave at once, or what takes so long (milliseconds): the server works while the gateway reads on. */
const mostAtOnce = 10
const longestAtOnce = 0.5
/** The most values and characters that one of them may send. */
const mostValues = 100
const mostText = 16_384
/** What a statement may take before the server stops it. */
const statementMs = 100
/** A call whose own time is shorter does not spend it here. */
const leastTimeoutMs = 1000
/** A connection that answers nothing for so long is given up. */
const silentMs = 1000
/** A group that took so long is a reason to measure its statement anew. */
const doubtfulMs = 50
/** After so many failures, one behind the other, everybody reads by himself for a while. */
const mostFailed = 4
const restMs = 500

/** Milliseconds by the server's clock. */
const clock: Step = { name: 'gh_clock', text: 'SELECT extract(epoch FROM clock_timestamp()) * 1000', values: [] }

interface Call {
  readonly step: Step & { readonly name: string }
  readonly reply: PageReply
  readonly signal: AbortSignal
  /** What it is expected to take. */
  readonly ms: number
  /** With undefined it has to run by itself. */
  readonly resolve: (page: WrittenRows | undefined) => void
}

/**
 * One connection of the pool on which quick reads follow each other without waiting for answers: those of one turn of
 * the event loop are one write and, mostly, one read, and those of one statement one transaction. It goes back to the
 * pool as soon as nothing runs on it.
 *
 * Which ones are quick is known (`ReadCosts`); one that is not after all is stopped by the server after `statementMs`.
 * Where one fails, whatever the reason, all that shared its transaction run again, each on a connection of its own, and
 * get the answer or the error that is their own: they only read, so that a second answer does no harm.
 */
export class PgLane {
  private readonly pool: PgPool
  private readonly costs = new ReadCosts()
  private readonly mode: PgRunOptions = ownMode({ readOnly: true, timeoutMs: statementMs })
  private lease: Lease | undefined
  private opening = false
  /** They leave with the next write. */
  private waiting: Call[] = []
  /** Not answered yet, those that wait among them. */
  private calls = 0
  private ms = 0
  /** Groups that failed, one behind the other. */
  private failures = 0
  private restsUntil = 0

  constructor(pool: PgPool) {
    this.pool = pool
  }

  /** The page; or undefined where the call has to run on a connection of its own. Never rejects. */
  write(
    { name, text, shape }: ShapedStatement,
    values: readonly unknown[],
    limit: number,
    options: PgRunOptions,
  ): Promise<WrittenRows | undefined> | undefined {
    const ms = name === undefined ? undefined : this.expected(name, values, options)
    if (name === undefined || ms === undefined) return undefined
    return new Promise((resolve) => {
      const step = { text, name, values }
      this.calls++
      this.ms += ms
      const { signal, escaped } = options
      const reply = new PageReply(shape, limit, escaped)
      const waiting = this.waiting.push({ step, reply, signal, ms, resolve })
      if (waiting === 1) setImmediate(() => void this.send())
      else if (waiting >= mostAtOnce || waiting * ms >= longestAtOnce) void this.send()
    })
  }

  /** A statement ran by itself. */
  ranAlone({ name }: ShapedStatement, ms: number): void {
    if (name !== undefined) this.costs.alone(name, ms)
  }

  /** What the call will take; undefined where it has to run by itself. */
  private expected(name: string, values: readonly unknown[], options: PgRunOptions): number | undefined {
    // Others that wait for a connection come first: the lane would keep one for as long as calls follow each other.
    if (this.lease || this.opening ? this.pool.crowded : this.pool.full) return undefined
    if (options.signal.aborted || options.timeoutMs < leastTimeoutMs) return undefined
    // Should the connection be lost, each has to find a place in the pool.
    if (this.calls >= this.pool.mostWaiting || values.length > mostValues) return undefined
    const now = performance.now()
    if (now < this.restsUntil) return undefined
    const ms = this.costs.expected(name, options.brief === true, now)
    if (ms === undefined || (this.calls > 0 && this.ms + ms > longest)) return undefined
    return textLength(values) <= mostText ? ms : undefined
  }

  private async send(): Promise<void> {
    if (this.waiting.length === 0 || this.opening) return
    if (this.lease?.connection.alive === false) {
      this.pool.release(this.lease)
      this.lease = undefined
    }
    let lease = this.lease ?? this.pool.acquireIdle(this.mode)
    if (!lease) {
      this.opening = true
      lease = await this.pool.acquire(this.mode).catch(() => undefined)
      this.opening = false
    }
    const calls = this.waiting
    this.waiting = []
    if (!lease) {
      for (const call of calls) this.leave(call)
      return
    }
    this.lease = lease
    lease.deadline = Number.POSITIVE_INFINITY
    for (const group of byStatement(calls)) this.sendGroup(group, lease)
    lease.connection.flush()
    this.closeIfIdle()
  }

  /** Calls with the same statement, in one transaction. */
  private sendGroup(all: readonly Call[], lease: Lease): void {
    const calls = all.filter((call) => {
      if (call.signal.aborted) this.leave(call)
      return !call.signal.aborted
    })
    if (calls.length === 0) return
    const began = performance.now()
    // What follows while the server is silent gives it no more time.
    if (!lease.connection.busy) lease.killAt = began + silentMs
    const steps: Step[] = calls.map(({ step }) => step)
    const replies: Reply[] = calls.map(({ reply }) => reply)
    const name = calls[0]?.step.name ?? ''
    const times = this.costs.isDue(name) ? ([new RowsReply(), new RowsReply()] as const) : undefined
    const sent = times
      ? lease.connection.queue([clock, ...steps, clock], [times[0], ...replies, times[1]])
      : lease.connection.queue(steps, replies)
    sent.then(
      () => {
        const now = performance.now()
        if (times) this.costs.measured(name, (timeOf(times[1]) - timeOf(times[0])) / calls.length, now)
        else if (now - began > doubtfulMs) this.costs.doubt(name)
        this.answered(calls, lease, now)
      },
      (error: unknown) => this.failed(calls, lease, name, error),
    )
  }

  private answered(calls: readonly Call[], lease: Lease, now: number): void {
    this.failures = 0
    for (const call of calls) {
      this.ended(call)
      call.resolve(call.reply.result())
    }
    lease.killAt = now + silentMs
    this.closeIfIdle()
  }

  private failed(calls: readonly Call[], lease: Lease, name: string, error: unknown): void {
    const now = performance.now()
    const silent = now > lease.killAt
    lease.killAt = now + silentMs
    if (++this.failures >= mostFailed) this.restsUntil = now + restMs
    if (silent || isTooLong(error)) {
      this.costs.sendAway(name, now)
      // Those behind it may wait as long, one group after the other: each runs by itself instead.
      if (lease.connection.busy) lease.connection.destroy()
    }
    for (const call of calls) this.leave(call)
    this.closeIfIdle()
  }

  private leave(call: Call): void {
    this.ended(call)
    call.reply.free()
    call.resolve(undefined)
  }

  private ended({ ms }: Call): void {
    this.calls--
    this.ms = this.calls === 0 ? 0 : this.ms - ms
  }

  private closeIfIdle(): void {
    const { lease } = this
    if (!lease || this.calls > 0) return
    this.lease = undefined
    lease.killAt = Number.POSITIVE_INFINITY
    this.pool.release(lease)
  }
}

function timeOf(reply: RowsReply): number {
  return Number(reply.result().rows[0]?.[0])
}

/** In the order in which the statements came first. */
function byStatement(calls: readonly Call[]): Iterable<readonly Call[]> {
  const groups = new Map<string, Call[]>()
  for (const call of calls) {
    const group = groups.get(call.step.name)
    if (group) group.push(call)
    else groups.set(call.step.name, [call])
  }
  return groups.values()
}
