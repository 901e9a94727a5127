import type { RecordFormat } from '@gatehouse/core'

/**
 * How a raw value from the driver becomes JSON. Raw values are the database's own texts (PostgreSQL, MySQL) or
 * SQLite's storage classes; NULL is always null.
 * - number: printed as it is; NaN and the infinities as strings
 * - number_string: the same digits inside a JSON string
 * - text: a JSON string
 * - boolean: t/f, true/false, 1/0
 * - json: JSON text, printed as it is
 * - binary: bytes as base64; a text is taken to be base64 already
 * - datetime: `2026-01-31 13:59:59.500000` becomes `2026-01-31T13:59:59.5`
 * - datetimetz: the same with an offset of zero (`+00`, `+00:00` or none), becomes `2026-01-31T13:59:59.5Z`
 * - time: `13:59:59.500000` becomes `13:59:59.5`
 * - date: a JSON string
 */
export type Encoding =
  | 'number'
  | 'number_string'
  | 'text'
  | 'boolean'
  | 'json'
  | 'binary'
  | 'datetime'
  | 'datetimetz'
  | 'time'
  | 'date'

export interface ShapeColumn {
  readonly name: string
  readonly encoding: Encoding
  /** Digits after the point that a `number` is padded to (SQLite's decimals). */
  readonly scale?: number
}

/** What a writer prints of each row. Plain data: it travels to worker threads. */
export interface RowShape {
  readonly format: RecordFormat
  /** The first columns of the row, in order. */
  readonly columns: readonly ShapeColumn[]
  /** Columns behind them that are not printed; their raw values in the last printed row are answered. */
  readonly hidden: number
}
