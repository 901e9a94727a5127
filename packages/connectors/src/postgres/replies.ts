import type { Raw, RawRows, WrittenRows } from '../sql/driver.js'
import type { RowShape } from '../sql/row-shape.js'
import type { Reply } from './connection.js'
import { Output } from './output-bytes.js'
import { rawValues, type WireWriter, wireWriter } from './raw-rows.js'

/** Outputs in waiting: as many as calls ran at the same time. */
const spare: Output[] = []
/** A larger one, of a page that was given up on the way, is not kept. */
const mostSpare = 1 << 22

/** Prints a page while its rows come in. */
export class PageReply implements Reply {
  private readonly writer: WireWriter
  private readonly shape: RowShape
  private readonly limit: number
  private readonly escaped: boolean
  private readonly output = spare.pop() ?? new Output()
  private rows = 0
  private more = false
  private last: readonly Raw[] | undefined

  /** `escaped`: as the inside of a JSON string. */
  constructor(shape: RowShape, limit: number, escaped = false) {
    this.shape = shape
    this.limit = limit
    this.escaped = escaped
    this.writer = wireWriter(shape, escaped)
    this.output.length = 0
    this.output.add(this.writer.begin)
  }

  row(bytes: Buffer, start: number, end: number): void {
    const { output, writer } = this
    if (this.rows === this.limit) {
      this.more = true
      return
    }
    if (this.rows++ > 0 && writer.separator !== 0) {
      output.room(1)
      output.bytes[output.length++] = writer.separator
    }
    writer.row(output, bytes, start, end)
    // The next page goes on behind the last row of this one; where there are fewer, there is no next page.
    if (this.rows === this.limit && this.shape.hidden > 0)
      this.last = rawValues(bytes, start, this.shape.columns.length)
  }

  done(): void {}

  /** To be asked for once, in success and in failure, since the output goes on to serve others. */
  result(): WrittenRows {
    const { output, escaped, rows, more, last } = this
    output.add(this.writer.end)
    const text = output.takeText()
    this.free()
    return last ? { text, escaped, rows, more, last } : { text, escaped, rows, more }
  }

  free(): void {
    if (spare.length < 32 && this.output.bytes.length <= mostSpare) spare.push(this.output)
  }
}

/** Keeps the rows as texts. */
export class RowsReply implements Reply {
  private readonly rows: Raw[][] = []
  private affected = 0
  /** The statement has ended; what it did may still be undone. */
  ended = false

  row(bytes: Buffer, start: number): void {
    this.rows.push(rawValues(bytes, start, 0))
  }

  done(tag: string | undefined): void {
    this.affected = affectedBy(tag ?? '')
    this.ended = true
  }

  result(): RawRows {
    return { rows: this.rows, affected: this.affected }
  }
}

/** `INSERT 0 3` and `UPDATE 3` are 3; what only reads is 0. */
function affectedBy(tag: string): number {
  const count = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(tag)
  return count ? Number(count[1]) : 0
}

/** For steps whose answer tells nothing. */
export const ignore: Reply = { row() {}, done() {} }
