import type { Raw } from './driver.js'
import { base64, type Encode, jsonEncoder, plainText } from './encode.js'
import type { ShapeColumn } from './row-shape.js'
import type { RowWriter } from './writer.js'

/**
 * CSV by RFC 4180: a header line, lines end in CRLF, fields with a comma, a quote or a line break are quoted.
 * NULL is an empty field and an empty text is `""`. A line of one NULL is `""` too, since readers skip empty lines.
 */
export function csvWriter(columns: readonly ShapeColumn[]): RowWriter {
  const encoders = columns.map(csvEncoder)
  const nothing = columns.length === 1 ? '""' : ''
  return {
    begin: `${columns.map((column) => csvText(column.name)).join(',')}\r\n`,
    separator: '',
    end: '',
    row(values) {
      let text = ''
      for (let i = 0; i < encoders.length; i++) {
        const value: Raw = values[i] ?? null
        if (i > 0) text += ','
        text += value === null ? nothing : encoders[i]?.(value)
      }
      return `${text}\r\n`
    },
  }
}

/** As in JSON, but strings carry CSV's quotes and not JSON's. */
function csvEncoder(column: ShapeColumn): Encode {
  const json = jsonEncoder(column)
  switch (column.encoding) {
    case 'number':
    case 'boolean':
    case 'number_string':
    case 'time':
    case 'datetime':
    case 'datetimetz':
      return (value) => {
        const text = json(value)
        return text.startsWith('"') ? csvText(JSON.parse(text) as string) : text
      }
    case 'json':
      return (value) => csvText(json(value))
    case 'binary':
      return (value) => csvText(typeof value === 'string' ? value : base64(value))
    case 'text':
    case 'date':
      return (value) => csvText(plainText(value))
    default:
      return column.encoding satisfies never
  }
}

export function csvText(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
