import type { RowStream } from '../sql/driver.js'
import type { RowWriter } from '../sql/writer.js'
import type { Rows } from './connection.js'
import { rawRow } from './raw-row.js'
import type { Watch } from './watch.js'

const chunkLength = 64 * 1024
const batchRows = 500

/** Runs one query on a connection that is held until `body` is done. */
type Hold = (body: (rows: Rows, watch: Watch) => Promise<void>) => Promise<void>

/**
 * All rows as chunks of UTF-8, at the reader's pace: the next batch is only asked for when the reader has taken what
 * the one before it made. A reader that stops early ends the query.
 */
export function streamRows(writer: RowWriter, limit: number, hold: Hold): RowStream {
  let rows = 0
  return {
    rows: () => rows,
    chunks: {
      async *[Symbol.asyncIterator]() {
        const hand = new Hand()
        const held = hold(async (source, watch) => {
          hand.cancel = () => watch.cancel()
          let text = writer.begin
          try {
            for (let more = true; more && rows < limit; ) {
              watch.left()
              const wanted = Math.min(batchRows, limit - rows)
              const batch = await source.next(wanted)
              for (const values of batch) {
                const row = writer.row(rawRow(values))
                text += rows === 0 ? row : writer.separator + row
                rows++
                if (text.length < chunkLength) continue
                await hand.give(Buffer.from(text))
                text = ''
              }
              more = batch.length === wanted
            }
          } finally {
            // The server keeps a cursor open for as long as nobody says so.
            await source.close().catch(() => undefined)
          }
          await hand.give(Buffer.from(text + writer.end))
        })
        held.then(
          () => hand.finish(),
          (failure: unknown) => hand.finish({ failure }),
        )
        try {
          for (let chunk = await hand.take(); chunk !== undefined; chunk = await hand.take()) yield chunk
        } finally {
          hand.leave()
          await held.catch(() => undefined)
        }
      },
    },
  }
}

/** From one hand to another: `give` waits until `take` has come. */
class Hand {
  cancel: (() => void) | undefined
  private chunk: Uint8Array | undefined
  private taken: (() => void) | undefined
  private wake: (() => void) | undefined
  private ended: { readonly failure?: unknown } | undefined
  private left = false

  async give(chunk: Uint8Array): Promise<void> {
    if (this.left || chunk.length === 0) return
    this.chunk = chunk
    this.wake?.()
    await new Promise<void>((resolve) => {
      this.taken = resolve
    })
  }

  async take(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { chunk } = this
      if (chunk) {
        this.chunk = undefined
        this.taken?.()
        return chunk
      }
      if (this.ended) {
        if ('failure' in this.ended) throw this.ended.failure
        return undefined
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }

  finish(ended: { readonly failure?: unknown } = {}): void {
    this.ended = ended
    this.wake?.()
  }

  /** The reader is gone: the query is ended. */
  leave(): void {
    this.left = true
    if (!this.ended) this.cancel?.()
    this.taken?.()
  }
}
