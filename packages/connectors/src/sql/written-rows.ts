import type { Raw, WrittenRows } from './driver.js'
import { PageText } from './page-text.js'
import type { RowShape } from './row-shape.js'
import { compileWriter, type RowWriter } from './writer.js'

/** Runs a statement and hands over its rows as they come. */
export type Feed = (row: (values: readonly Raw[]) => void) => Promise<unknown>

const writers = new WeakMap<RowShape, RowWriter>()
/** The writer of a statement's shape, made once. */
export function writerOf(shape: RowShape): RowWriter {
  const known = writers.get(shape)
  if (known) return known
  const writer = compileWriter(shape)
  writers.set(shape, writer)
  return writer
}

/** Prints at most `limit` of the rows that `feed` yields. */
export async function writeRows(shape: RowShape, limit: number, feed: Feed): Promise<WrittenRows> {
  const writer = writerOf(shape)
  const text = new PageText(writer.begin)
  let rows = 0
  let more = false
  let last: readonly Raw[] | undefined
  await feed((row) => {
    if (rows >= limit) {
      more = true
      return
    }
    text.add(rows === 0 ? writer.row(row) : writer.separator + writer.row(row))
    rows++
    last = row
  })
  const hidden = shape.hidden > 0 && last ? { last: last.slice(shape.columns.length) } : {}
  return { text: text.end(writer.end), rows, more, ...hidden }
}
