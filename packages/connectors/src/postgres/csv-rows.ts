import type { ShapeColumn } from '../sql/row-shape.js'
import { compileWriter } from '../sql/writer.js'
import { copyPlain } from './copy-bytes.js'
import { isNumber, isTimestamp, isTimestampUtc, way, wayOf, writeBoolean } from './field-ways.js'
import { lengthAt } from './incoming.js'
import type { Output } from './output-bytes.js'

const quote = 0x22
const comma = 0x2c

/** Prints DataRow messages as lines of CSV; see `sql/csv-writer.ts`, whose texts these are byte by byte. */
export function compileCsvRow(
  columns: readonly ShapeColumn[],
): (output: Output, bytes: Buffer, start: number, stop: number) => void {
  const width = columns.length
  const ways = Uint8Array.from(columns, wayOf)
  const writers = columns.map((column) => compileWriter({ format: 'csv', columns: [column], hidden: 0 }))
  return (output, bytes, start, stop) => {
    // Each byte may be a quote that is doubled; beside it a field has two quotes and a comma.
    const room = (size: number) => output.room(size * 2 + width * 3 + 2)
    room(stop - start)
    let out = output.bytes
    let o = output.length
    let at = start + 2
    for (let i = 0; i < width; i++) {
      if (i > 0) out[o++] = comma
      const length = lengthAt(bytes, at)
      at += 4
      if (length === -1) {
        if (width === 1) {
          out[o++] = quote
          out[o++] = quote
        }
        continue
      }
      const next = at + length
      const done = copyField(ways[i] ?? way.encoder, out, o, bytes, at, next)
      if (done === -1) {
        output.length = o
        output.addText(writers[i]?.row([bytes.toString('utf8', at, next)]).slice(0, -2) ?? '')
        room(stop - next)
        out = output.bytes
        o = output.length
      } else o = done
      at = next
    }
    out[o++] = 0x0d
    out[o++] = 0x0a
    output.length = o
  }
}

/** Answers where the output goes on, or -1 where the field is not as expected. */
function copyField(kind: number, out: Buffer, o: number, bytes: Buffer, at: number, next: number): number {
  switch (kind) {
    case way.number:
    case way.numberText:
      return isNumber(bytes, at) ? copyPlain(out, o, bytes, at, next) : -1
    case way.text:
      return copyCsv(out, o, bytes, at, next)
    case way.json:
      return bytes.subarray(at, next).includes(0x0a) || bytes.subarray(at, next).includes(0x0d)
        ? -1
        : copyCsv(out, o, bytes, at, next)
    case way.boolean:
      return next - at === 1 ? writeBoolean(out, o, bytes[at] === 0x74) : -1
    case way.datetime: {
      if (!isTimestamp(bytes, at)) return -1
      const end = copyPlain(out, o, bytes, at, next)
      out[o + 10] = 0x54
      return end
    }
    case way.datetimetz: {
      if (!isTimestampUtc(bytes, at, next)) return -1
      const end = copyPlain(out, o, bytes, at, next - 3)
      out[o + 10] = 0x54
      out[end] = 0x5a
      return end + 1
    }
    default:
      return -1
  }
}

/** A text as a field: quoted where it has a comma, a quote or a line break, or is empty. */
function copyCsv(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte === quote || byte === comma || byte === 0x0a || byte === 0x0d) {
      return copyQuoted(out, o - (i - start), bytes, start, end)
    }
    out[o++] = byte
  }
  return start === end ? copyQuoted(out, o, bytes, start, end) : o
}

function copyQuoted(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  out[o++] = quote
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte === quote) out[o++] = quote
    out[o++] = byte
  }
  out[o++] = quote
  return o
}
