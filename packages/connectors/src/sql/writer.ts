import { csvWriter } from './csv-writer.js'
import type { Raw } from './driver.js'
import { type Encode, jsonEncoder } from './encode.js'
import type { RowShape, ShapeColumn } from './row-shape.js'

/**
 * Prints rows in one shape. Compiled once and free of state, so that it serves many answers at a time. A document is
 * `begin`, the rows with `separator` between each two, `end`.
 */
export interface RowWriter {
  readonly begin: string
  readonly separator: string
  readonly end: string
  /** One record. `values` holds the raw values of the shape's columns, in order; what is behind them is not printed. */
  row(values: readonly Raw[]): string
}

/**
 * A writer for the shape: everything that does not depend on the values is made here, once.
 * json: `[{"a":1},{"a":2}]`. table: `{"columns":["a"],"rows":[[1],[2]]}`. ndjson: `{"a":1}` and a line feed for each
 * row. csv: RFC 4180 with a header line; see csv-writer.ts.
 */
export function compileWriter(shape: RowShape): RowWriter {
  switch (shape.format) {
    case 'json':
      return { begin: '[', separator: ',', end: ']', row: objectRow(shape.columns, '}') }
    case 'ndjson':
      return { begin: '', separator: '', end: '', row: objectRow(shape.columns, '}\n') }
    case 'table': {
      const names = shape.columns.map((column) => JSON.stringify(column.name)).join(',')
      return { begin: `{"columns":[${names}],"rows":[`, separator: ',', end: ']}', row: arrayRow(shape.columns) }
    }
    case 'csv':
      return csvWriter(shape.columns)
    default:
      return shape.format satisfies never
  }
}

/** All rows as one document: for a page that is at hand. */
export function writeRows(writer: RowWriter, rows: readonly (readonly Raw[])[]): string {
  let text = writer.begin
  for (let i = 0; i < rows.length; i++) {
    if (i > 0) text += writer.separator
    text += writer.row(rows[i] ?? [])
  }
  return text + writer.end
}

function objectRow(columns: readonly ShapeColumn[], end: string): RowWriter['row'] {
  return memberRow(
    columns.map((column, i) => `${i === 0 ? '{' : ','}${JSON.stringify(column.name)}:`),
    columns.map(jsonEncoder),
    columns.length === 0 ? `{${end}` : end,
  )
}

function arrayRow(columns: readonly ShapeColumn[]): RowWriter['row'] {
  return memberRow(
    columns.map((_, i) => (i === 0 ? '[' : ',')),
    columns.map(jsonEncoder),
    columns.length === 0 ? '[]' : ']',
  )
}

function memberRow(prefixes: readonly string[], encoders: readonly Encode[], end: string): RowWriter['row'] {
  const width = prefixes.length
  return (values) => {
    let text = ''
    for (let i = 0; i < width; i++) {
      const value = values[i]
      text +=
        value === null || value === undefined
          ? `${prefixes[i]}null`
          : // biome-ignore lint/style/noNonNullAssertion: the arrays are as long as each other, and this is the hottest line
            prefixes[i]! + encoders[i]!(value)
    }
    return text + end
  }
}
