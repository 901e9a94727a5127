import type { RawRows, Statement } from '../sql/driver.js'
import { isTooLong, ServerError } from './incoming.js'
import { type Lease, ownMode, type PgRunOptions, withTimeLeft } from './lease.js'
import { Lost } from './lost.js'
import { type Step, textLength } from './outgoing.js'
import type { PgPool } from './pool.js'
import { RowsReply } from './replies.js'

/** The most inserts in one transaction, and the most characters that one of them may send. */
const mostCalls = 32
const mostText = 16_384
/** What an insert of a group may take, and wait for a lock: so long may one hold up the others. */
const statementMs = 250
const lockMs = 100
/** A call whose own time is shorter does not spend it on a group. */
const leastTimeoutMs = 1000
/** How long the statement of an insert that took too long stays out of groups. */
const awayMs = 10_000
/** After so many groups that failed, one behind the other, nobody forms one for a while. */
const mostFailed = 4
const restMs = 500
/** A group may take twice what an insert takes by itself, or so long where that is more. */
const groupMs = 5
/** What an insert took beyond this, it waited for something. */
const mostAloneMs = 100
/** So long after a group of several the next insert waits for the turn's others. */
const lullMs = 20

interface Call {
  readonly step: Step & { readonly name: string }
  readonly reply: RowsReply
  readonly signal: AbortSignal
  readonly resolve: (rows: RawRows | undefined) => void
  readonly reject: (error: unknown) => void
}

/** What ends the transaction, and not the session, whose last words may come after the commit. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof ServerError && cause.fields.get('V') === 'ERROR'
}

const mode = ownMode({ readOnly: false, timeoutMs: statementMs, lockTimeoutMs: lockMs })

/**
 * Inserts that come while others are under way share a transaction, one statement each: one write, one commit and one
 * read for all of them. None is answered before it is committed.
 *
 * Where one fails, the database has undone all of them, and says so: each runs again by itself, and gets the answer or
 * the error that is its own. One that waits for a lock or runs long fails as well, after `lockMs` and `statementMs`.
 * Only a connection that is lost on the way leaves open what was committed, as it does for an insert alone.
 */
export class PgGroupCommit {
  private readonly pool: PgPool
  private waiting: Call[] = []
  private committing = false
  /** Inserts that run by themselves. */
  private alone = 0
  /** What those took of late. */
  private aloneMs = 0
  /** So many share a transaction now: fewer where they are slow, since others run side by side meanwhile. */
  private most = mostCalls
  private busyUntil = 0
  private failed = 0
  private restsUntil = 0
  /** Statements that took too long, and until when they stay away. */
  private readonly away = new Map<string, number>()

  constructor(pool: PgPool) {
    this.pool = pool
  }

  /** The inserted rows. Rejects with what `alone` rejects with, or as `PgConnection.run`. */
  async rows(
    statement: Statement,
    values: readonly unknown[],
    options: PgRunOptions,
    alone: (options: PgRunOptions) => Promise<RawRows>,
  ): Promise<RawRows> {
    const began = performance.now()
    let own = options
    if (this.takes(statement, values, options, began)) {
      const rows = await this.join(statement, values, options)
      if (rows) return rows
      own = withTimeLeft(options, began)
    }
    this.alone++
    const started = performance.now()
    try {
      const rows = await alone(own)
      this.aloneMs += (Math.min(performance.now() - started, mostAloneMs) - this.aloneMs) / 8
      return rows
    } finally {
      this.alone--
    }
  }

  private takes({ name }: Statement, values: readonly unknown[], options: PgRunOptions, now: number): boolean {
    if (this.alone === 0 && !this.committing && now > this.busyUntil) return false
    if (name === undefined || options.timeoutMs < leastTimeoutMs || options.signal.aborted) return false
    if (now < this.restsUntil || this.waiting.length >= this.most) return false
    if (this.away.size > 0 && now < (this.away.get(name) ?? 0)) return false
    return textLength(values) <= mostText
  }

  /** What was inserted; undefined where the call has to run by itself. */
  private join({ text, name = '' }: Statement, values: readonly unknown[], { signal }: PgRunOptions) {
    return new Promise<RawRows | undefined>((resolve, reject) => {
      this.waiting.push({ step: { text, name, values }, reply: new RowsReply(), signal, resolve, reject })
      if (this.committing) return
      this.committing = true
      // Behind the other calls of this turn.
      setImmediate(() => void this.commitAll())
    })
  }

  /** One group behind the other, until nobody waits. */
  private async commitAll(): Promise<void> {
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0))
    this.committing = false
  }

  private async commit(all: readonly Call[]): Promise<void> {
    const calls = all.filter(({ signal, resolve }) => {
      if (signal.aborted) resolve(undefined)
      return !signal.aborted
    })
    if (calls.length === 0) return
    let lease: Lease | undefined
    try {
      lease = this.pool.acquireIdle(mode) ?? (await this.pool.acquire(mode))
      const { connection } = lease
      const started = performance.now()
      const steps = calls.map(({ step }) => step)
      await connection.run(
        steps,
        calls.map(({ reply }) => reply),
      )
      this.failed = 0
      const now = performance.now()
      if (calls.length > 1) this.busyUntil = now + lullMs
      const fitting = (calls.length * Math.max(groupMs, 2 * this.aloneMs)) / (now - started)
      this.most = Math.max(2, Math.min(mostCalls, Math.floor(fitting)))
      for (const { reply, resolve } of calls) resolve(reply.result())
    } catch (error) {
      this.fail(calls, error, lease)
    } finally {
      if (lease) this.pool.release(lease)
    }
  }

  private fail(calls: readonly Call[], error: unknown, lease: Lease | undefined): void {
    // Nothing was sent: each waits for a connection, or is told why there is none, by itself.
    if (!lease) {
      for (const { resolve } of calls) resolve(undefined)
      return
    }
    // A connection that is lost before the server said that one has failed: what was committed is not known.
    if (error instanceof Lost && !isRefusal(error.cause)) {
      for (const { reject } of calls) reject(error)
      return
    }
    const now = performance.now()
    if (++this.failed >= mostFailed) this.restsUntil = now + restMs
    if (isTooLong(error)) this.sendAway(calls, now)
    for (const { resolve } of calls) resolve(undefined)
  }

  /** The first one that has not ended is the one that took too long. */
  private sendAway(calls: readonly Call[], now: number): void {
    for (const [name, until] of this.away) if (until < now) this.away.delete(name)
    const slow = calls.find(({ reply }) => !reply.ended)
    if (slow) this.away.set(slow.step.name, now + awayMs)
  }
}
