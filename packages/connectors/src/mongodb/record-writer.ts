import { createHash } from 'node:crypto'
import type { RecordFormat } from '@gatehouse/core'
import type { Document } from 'mongodb'
import { csvText } from '../sql/csv-writer.js'
import { csvTextOf, jsonOf, wideJsonOf } from './print.js'
import type { Shape, ShapeColumn } from './projection.js'

/** Prints documents that were projected to a shape. A text is `begin`, the records with `separator` between, `end`. */
export interface RecordWriter {
  readonly begin: string
  readonly separator: string
  readonly end: string
  record(document: Document): string
}

export interface WriterOptions {
  readonly format: RecordFormat
  readonly numbers: 'number' | 'string'
  readonly maskKey: string
}

export function recordWriter(shape: Shape, options: WriterOptions): RecordWriter {
  const names = [...shape.columns, ...shape.related].map(({ name }) => name)
  switch (options.format) {
    case 'json':
      return { begin: '[', separator: ',', end: ']', record: (document) => objectOf(document, shape, options) }
    case 'ndjson':
      return { begin: '', separator: '', end: '', record: (document) => `${objectOf(document, shape, options)}\n` }
    case 'table':
      return {
        begin: `{"columns":${JSON.stringify(names)},"rows":[`,
        separator: ',',
        end: ']}',
        record: (document) => `[${valuesOf(document, shape, options).join(',')}]`,
      }
    case 'csv':
      return {
        begin: `${names.map(csvText).join(',')}\r\n`,
        separator: '',
        end: '',
        record: (document) => csvLine(document, shape, options),
      }
    default:
      return options.format satisfies never
  }
}

function objectOf(document: Document, shape: Shape, options: WriterOptions): string {
  const values = valuesOf(document, shape, options)
  const names = [...shape.columns, ...shape.related]
  return `{${names.map(({ name }, i) => `${JSON.stringify(name)}:${values[i]}`).join(',')}}`
}

function valuesOf(document: Document, shape: Shape, options: WriterOptions): string[] {
  const values = shape.columns.map((column) => {
    const value = unmasked(document[column.field], column, options.maskKey)
    return column.wide && options.numbers === 'string' ? wideJsonOf(value) : jsonOf(value)
  })
  for (const related of shape.related) {
    const found: readonly Document[] = document[related.field] ?? []
    const records = found.map((inner) => objectOf(inner, related.shape, options))
    values.push(related.one ? (records[0] ?? 'null') : `[${records.join(',')}]`)
  }
  return values
}

/** As in JSON, but without its quotes around texts. NULL is empty and an empty text is `""`, also alone on its line. */
function csvLine(document: Document, shape: Shape, options: WriterOptions): string {
  const fields: (string | undefined)[] = shape.columns.map((column) =>
    csvTextOf(unmasked(document[column.field], column, options.maskKey)),
  )
  const nested = valuesOf(document, { columns: [], related: shape.related }, options)
  for (const value of nested) fields.push(value === 'null' ? undefined : value)
  const nothing = fields.length === 1 ? '""' : ''
  return `${fields.map((field) => (field === undefined ? nothing : csvText(field))).join(',')}\r\n`
}

/** The value to print. What is masked by a hash came as it is and goes no further. */
function unmasked(value: unknown, column: ShapeColumn, maskKey: string): unknown {
  switch (column.hash) {
    case 'never':
      return value
    case 'always':
      return hashed(value, maskKey)
    case 'marked': {
      const marked = value as { readonly h?: unknown; readonly v?: unknown } | null | undefined
      return marked && 'h' in marked ? hashed(marked.h, maskKey) : marked?.v
    }
    default:
      return column.hash satisfies never
  }
}

/** SHA-256 of the key and the value's text, as everywhere. */
function hashed(value: unknown, maskKey: string): string | null {
  const text = csvTextOf(value)
  return text === undefined ? null : createHash('sha256').update(maskKey).update(text).digest('hex')
}
