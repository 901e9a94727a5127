import type { RowStream } from '../sql/driver.js'
import { streamRows } from '../sql/row-stream.js'
import type { RowWriter } from '../sql/writer.js'
import type { Rows } from './connection.js'
import { rawRow } from './raw-row.js'
import type { Watch } from './watch.js'

const batchRows = 500

/** Runs one query on a connection that is held until `body` is done. */
type Hold = (body: (rows: Rows, watch: Watch) => Promise<void>) => Promise<void>

/**
 * All rows as chunks of UTF-8, at the reader's pace: the next batch is only asked for when the reader keeps up with
 * what the one before it made. A reader that stops early ends the query.
 */
export function streamBatches(writer: RowWriter, limit: number, hold: Hold): RowStream {
  return streamRows(writer, limit, (body) =>
    hold(async (source, watch) => {
      const gate = new Gate()
      const ended = {
        check() {
          const reason = watch.reason()
          if (reason) throw reason
        },
        cancel() {
          watch.cancel()
          gate.resume()
        },
      }
      try {
        await body(gate, ended, async ({ row }) => {
          for (let left = limit; left > 0; ) {
            watch.left()
            const wanted = Math.min(batchRows, left)
            const batch = await source.next(wanted)
            for (const values of batch) {
              if (gate.opening) await gate.opening
              row(rawRow(values))
            }
            left = batch.length < wanted ? 0 : left - wanted
          }
        })
      } finally {
        // The server keeps a cursor open for as long as nobody says so.
        await source.close().catch(() => undefined)
      }
    }),
  )
}

/** Closed while the reader is behind. */
class Gate {
  /** Resolves when it is opened; undefined: it is open. */
  opening: Promise<void> | undefined
  private open: (() => void) | undefined

  pause(): void {
    this.opening ??= new Promise((resolve) => {
      this.open = resolve
    })
  }

  resume(): void {
    this.open?.()
    this.opening = undefined
  }
}
