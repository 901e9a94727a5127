import type { Raw, RowStream } from './driver.js'
import type { RowWriter } from './writer.js'

const chunkLength = 64 * 1024
/** Chunks that may wait for the reader before the server is made to wait. */
const maxWaiting = 4

/** What a statement runs on, as far as the pace of its reader goes. */
interface Paced {
  /** Stops reading rows until `resume`. */
  pause(): void
  resume(): void
}

/** What ends a statement whose reader is gone. */
interface Ended {
  /** Throws when it has been ended. */
  check(): void
  cancel(): void
}

/** What takes the rows; `printed`: as the dialect selects them to be printed. */
interface RowSink {
  readonly printed: true
  row(values: readonly Raw[]): void
}

/** Runs one statement on a session that is held until `body` is done. */
type Hold = (
  body: (session: Paced, watch: Ended, run: (sink: RowSink) => Promise<unknown>) => Promise<void>,
) => Promise<void>

/**
 * All rows as chunks of UTF-8, at the reader's pace: while it does not read, the connection is not read either, and
 * the server waits. A reader that stops early ends the statement.
 */
export function streamRows(writer: RowWriter, limit: number, hold: Hold): RowStream {
  let rows = 0
  return {
    rows: () => rows,
    chunks: {
      async *[Symbol.asyncIterator]() {
        const queue = new ChunkQueue()
        let text = writer.begin
        const held = hold(async (session, watch, run) => {
          queue.attach(session, () => watch.cancel())
          await run({
            printed: true,
            row(row) {
              if (rows >= limit || queue.abandoned) return
              text += rows === 0 ? writer.row(row) : writer.separator + writer.row(row)
              rows++
              if (text.length >= chunkLength) {
                queue.push(text)
                text = ''
              }
            },
          }).finally(() => queue.detach())
          watch.check()
        })
        held.then(
          () => queue.finish(text + writer.end),
          (failure: unknown) => queue.fail(failure),
        )
        try {
          for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) yield chunk
        } finally {
          queue.abandon()
          await held.catch(() => undefined)
        }
      },
    },
  }
}

class ChunkQueue {
  abandoned = false
  private readonly waiting: Uint8Array[] = []
  private session: Paced | undefined
  private cancel: (() => void) | undefined
  private state: 'running' | 'done' | { readonly failure: unknown } = 'running'
  private wake: (() => void) | undefined

  attach(session: Paced, cancel: () => void): void {
    this.session = session
    this.cancel = cancel
    if (this.abandoned) cancel()
  }
  detach(): void {
    this.session = undefined
    this.cancel = undefined
  }

  push(text: string): void {
    this.waiting.push(Buffer.from(text))
    if (this.waiting.length >= maxWaiting) this.session?.pause()
    this.wake?.()
  }

  finish(text: string): void {
    if (text !== '') this.waiting.push(Buffer.from(text))
    this.state = 'done'
    this.wake?.()
  }

  fail(failure: unknown): void {
    this.state = { failure }
    this.wake?.()
  }

  /** The reader is gone: the statement is ended, and what still comes is dropped. */
  abandon(): void {
    this.abandoned = true
    this.waiting.length = 0
    this.cancel?.()
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.waiting.shift()
      if (chunk) {
        if (this.waiting.length < maxWaiting / 2) this.session?.resume()
        return chunk
      }
      if (this.state === 'done') return undefined
      if (this.state !== 'running') throw this.state.failure
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
      this.wake = undefined
    }
  }
}
