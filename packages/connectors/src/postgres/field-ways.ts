import type { ShapeColumn } from '../sql/row-shape.js'

/** How a field is copied; anything that is not as expected goes through the text encoder instead. */
export const way = {
  number: 0,
  numberText: 1,
  text: 2,
  boolean: 3,
  json: 4,
  datetime: 5,
  datetimetz: 6,
  encoder: 7,
} as const

export function wayOf(column: ShapeColumn): number {
  if (column.scale !== undefined) return way.encoder
  switch (column.encoding) {
    case 'number':
      return way.number
    case 'number_string':
      return way.numberText
    // PostgreSQL itself drops the zeros at the end of a fraction; binary is selected as base64.
    case 'text':
    case 'date':
    case 'time':
    case 'binary':
      return way.text
    case 'boolean':
      return way.boolean
    case 'json':
      return way.json
    case 'datetime':
      return way.datetime
    case 'datetimetz':
      return way.datetimetz
    default:
      return column.encoding satisfies never
  }
}

/** Numbers start with a digit; NaN and the infinities do not. */
export function isNumber(bytes: Buffer, at: number): boolean {
  const first = bytes[at] ?? 0
  if (first === 0x2d) return (bytes[at + 1] ?? 0) <= 0x39
  return first <= 0x39
}

/** `2026-01-31 13:59:59`: not infinity, and no year beyond 9999. */
export function isTimestamp(bytes: Buffer, at: number): boolean {
  return bytes[at + 10] === 0x20
}

/** The same, ending in `+00`: sessions run in UTC. A year before Christ ends otherwise. */
export function isTimestampUtc(bytes: Buffer, at: number, next: number): boolean {
  return bytes[at + 10] === 0x20 && bytes[next - 3] === 0x2b && bytes[next - 2] === 0x30 && bytes[next - 1] === 0x30
}

export function writeBoolean(out: Buffer, at: number, value: boolean): number {
  let o = at
  if (value) {
    out[o++] = 0x74
    out[o++] = 0x72
    out[o++] = 0x75
    out[o++] = 0x65
  } else {
    out[o++] = 0x66
    out[o++] = 0x61
    out[o++] = 0x6c
    out[o++] = 0x73
    out[o++] = 0x65
  }
  return o
}
