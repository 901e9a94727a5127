import type { Failure } from '@gatehouse/core'
import type { ShapedStatement } from '../sql/driver.js'
import type { Reply } from './connection.js'
import { stopped } from './errors.js'
import type { IdentitySteps } from './identity.js'
import type { Lease, PgRunOptions } from './lease.js'
import type { Step } from './outgoing.js'
import { Output } from './output-bytes.js'
import type { PgPool } from './pool.js'
import { wireWriter } from './raw-rows.js'
import { ignore } from './replies.js'
import { opening } from './unit.js'

/** Bytes that one fetch aims at. */
const chunkBytes = 1 << 16
const firstRows = 100
const mostRows = 2000

/** What a stream needs of its driver. */
export interface StreamParts {
  readonly pool: PgPool
  readonly identity: IdentitySteps
  toFailure(error: unknown, lease: Lease | undefined): Failure
}

/**
 * The rows as chunks of text. A portal answers some rows at a time: the next ones are asked for while the reader has
 * the last, so memory stays flat and the reader sets the pace. Each fetch has the statement's time.
 */
export async function* streamRows(
  parts: StreamParts,
  statement: ShapedStatement,
  values: readonly unknown[],
  limit: number,
  options: PgRunOptions,
  counted: (rows: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let lease: Lease | undefined
  let fetching: Promise<void> | undefined
  try {
    lease = await parts.pool.acquire(options)
    const { connection } = lease
    const reply = new StreamReply(statement, counted)
    const step = (): Step => ({
      text: statement.text,
      values,
      portal: { name: 'gh_stream', rows: Math.min(reply.rowsWorthFetching(), limit - reply.rows) },
    })
    const open = opening(options, parts.identity)
    if (limit > 0) fetching = connection.run([...open, step()], [...open.map(() => ignore), reply])
    for (let ended = limit <= 0; !ended; ) {
      await fetching
      fetching = undefined
      ended = reply.ended || reply.rows >= limit
      const chunk = ended ? undefined : reply.output.take()
      if (!chunk) break
      if (options.signal.aborted) throw stopped('cancelled')
      lease.deadline = performance.now() + options.timeoutMs
      fetching = connection.fetch(step(), reply)
      // Its failure is met where it is awaited; until then it is nobody's.
      fetching.catch(() => {})
      yield chunk
    }
    reply.output.add(reply.writer.end)
    yield reply.output.take()
  } catch (error) {
    throw parts.toFailure(error, lease)
  } finally {
    // A reader that went away: what was asked for has to come before the session is anyone else's.
    await fetching?.catch(() => {})
    if (lease) parts.pool.release(lease)
  }
}

class StreamReply implements Reply {
  readonly output = new Output()
  readonly writer
  readonly counted: (rows: number) => void
  rows = 0
  ended = false
  private bytes = 0

  constructor(statement: ShapedStatement, counted: (rows: number) => void) {
    this.writer = wireWriter(statement.shape)
    this.counted = counted
    this.output.add(this.writer.begin)
  }

  row(bytes: Buffer, start: number, end: number): void {
    const { output, writer } = this
    if (this.rows++ > 0 && writer.separator !== 0) {
      output.room(1)
      output.bytes[output.length++] = writer.separator
    }
    writer.row(output, bytes, start, end)
    this.bytes += end - start
  }

  done(tag: string | undefined): void {
    this.ended = tag !== undefined
    this.counted(this.rows)
  }

  rowsWorthFetching(): number {
    if (this.rows === 0) return firstRows
    const each = Math.max(1, this.bytes / this.rows)
    return Math.min(mostRows, Math.max(1, Math.ceil(chunkBytes / each)))
  }
}
