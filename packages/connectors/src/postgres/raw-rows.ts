import type { Raw } from '../sql/driver.js'
import { type Encode, jsonEncoder } from '../sql/encode.js'
import type { RowShape, ShapeColumn } from '../sql/row-shape.js'
import { compileWriter } from '../sql/writer.js'
import { copyJson, copyJsonText, copyPlain, copyText, copyTextTwice, escapesIn } from './copy-bytes.js'
import { compileCsvRow } from './csv-rows.js'
import { isNumber, isTimestamp, isTimestampUtc, way, wayOf, writeBoolean } from './field-ways.js'
import { lengthAt } from './incoming.js'
import type { Output } from './output-bytes.js'

/** Prints DataRow messages; see `sql/writer.ts`, whose texts these are byte by byte. */
export interface WireWriter {
  readonly begin: Buffer
  readonly end: Buffer
  /** Between two rows; 0 where there is nothing between. */
  readonly separator: number
  /** Prints the row into the output, which grows as needed. */
  row(output: Output, bytes: Buffer, start: number, end: number): void
}

const writers = { plain: new WeakMap<RowShape, WireWriter>(), escaped: new WeakMap<RowShape, WireWriter>() }

/** The writer of a shape, made once. `escaped`: its text is that of the inside of a JSON string; not for CSV. */
export function wireWriter(shape: RowShape, escaped = false): WireWriter {
  const kept = escaped ? writers.escaped : writers.plain
  const known = kept.get(shape)
  if (known) return known
  const writer = compile(shape, escaped)
  kept.set(shape, writer)
  return writer
}

function inJsonString(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function compile(shape: RowShape, escaped: boolean): WireWriter {
  const { begin, separator, end, row } = compileWriter(shape)
  const print = (text: string) => Buffer.from(escaped ? inJsonString(text) : text)
  const frame = { begin: print(begin), end: print(end), separator: separator.charCodeAt(0) || 0 }
  if (shape.columns.length === 0) {
    const text = (bytes: Buffer, start: number) => row(rawValues(bytes, start, 0, 0))
    return { ...frame, row: (output, bytes, start) => output.add(print(text(bytes, start))) }
  }
  if (shape.format === 'csv') return { ...frame, row: compileCsvRow(shape.columns) }
  const objects = shape.format !== 'table'
  const prefixes = shape.columns.map((column, i) =>
    objects ? `${i === 0 ? '{' : ','}${JSON.stringify(column.name)}:` : i === 0 ? '[' : ',',
  )
  const rowEnd = objects ? (shape.format === 'ndjson' ? '}\n' : '}') : ']'
  return { ...frame, row: compileRow(shape.columns, prefixes.map(print), print(rowEnd), escaped) }
}

const quote = 0x22
const backslash = 0x5c

function compileRow(
  columns: readonly ShapeColumn[],
  names: readonly Buffer[],
  rowEnd: Buffer,
  escaped: boolean,
): WireWriter['row'] {
  const width = columns.length
  const ways = Uint8Array.from(columns, wayOf)
  const encoders: readonly Encode[] = columns.map(jsonEncoder)
  // Quotes, null, and the T and Z of times: at most 8 bytes a field beside the name and the value.
  const fixed = names.reduce((sum, name) => sum + name.length + 8, rowEnd.length + 1)
  // A byte may become \u00xx, and one more where that is escaped again.
  const most = escaped ? 7 : 6

  return (output, bytes, start, stop) => {
    const size = stop - start
    // For a large row it is cheaper to look than to make room for the worst.
    output.room(fixed + (size < 4096 ? size * most : size + escapesIn(bytes, start, stop) * (most - 1)))
    let out = output.bytes
    let o = output.length
    let at = start + 2
    for (let i = 0; i < width; i++) {
      const name = names[i]
      if (name !== undefined) o = copyPlain(out, o, name, 0, name.length)
      const length = lengthAt(bytes, at)
      at += 4
      if (length === -1) {
        out[o++] = 0x6e
        out[o++] = 0x75
        out[o++] = 0x6c
        out[o++] = 0x6c
        continue
      }
      const next = at + length
      const begin = o
      let done = -1
      switch (ways[i]) {
        case way.number:
          if (isNumber(bytes, at)) done = copyPlain(out, o, bytes, at, next)
          break
        case way.numberText:
          if (isNumber(bytes, at)) {
            if (escaped) out[o++] = backslash
            out[o++] = quote
            done = copyPlain(out, o, bytes, at, next)
            if (escaped) out[done++] = backslash
            out[done++] = quote
          }
          break
        case way.text:
          if (escaped) out[o++] = backslash
          out[o++] = quote
          done = escaped ? copyTextTwice(out, o, bytes, at, next) : copyText(out, o, bytes, at, next)
          if (escaped) out[done++] = backslash
          out[done++] = quote
          break
        case way.boolean:
          if (length === 1) done = writeBoolean(out, o, bytes[at] === 0x74)
          break
        case way.json:
          done = escaped ? copyJsonText(out, o, bytes, at, next) : copyJson(out, o, bytes, at, next)
          break
        case way.datetime:
          if (isTimestamp(bytes, at)) {
            if (escaped) out[o++] = backslash
            out[o++] = quote
            done = copyPlain(out, o, bytes, at, next)
            out[o + 10] = 0x54
            if (escaped) out[done++] = backslash
            out[done++] = quote
          }
          break
        case way.datetimetz:
          if (isTimestampUtc(bytes, at, next)) {
            if (escaped) out[o++] = backslash
            out[o++] = quote
            done = copyPlain(out, o, bytes, at, next - 3)
            out[o + 10] = 0x54
            out[done++] = 0x5a
            if (escaped) out[done++] = backslash
            out[done++] = quote
          }
          break
      }
      if (done === -1) {
        const encoded = encoders[i]?.(bytes.toString('utf8', at, next)) ?? 'null'
        output.length = begin
        output.addText(escaped ? inJsonString(encoded) : encoded)
        // What comes behind needs its room again.
        output.room(fixed + (stop - next) * most)
        out = output.bytes
        o = output.length
      } else o = done
      at = next
    }
    output.length = copyPlain(out, o, rowEnd, 0, rowEnd.length)
  }
}

/** The raw texts of `count` fields from the `first` on; all that there are where `count` is undefined. */
export function rawValues(bytes: Buffer, start: number, first: number, count?: number): Raw[] {
  const fields = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0)
  const last = count === undefined ? fields : Math.min(fields, first + count)
  const values: Raw[] = []
  let at = start + 2
  for (let i = 0; i < last; i++) {
    const length = lengthAt(bytes, at)
    at += 4
    if (length === -1) {
      if (i >= first) values.push(null)
      continue
    }
    if (i >= first) values.push(bytes.toString('utf8', at, at + length))
    at += length
  }
  return values
}
