import type { Column, JsonSchema, JsonValue, ScalarType } from '@gatehouse/core'

type Typed = Pick<Column, 'type' | 'nativeType'> &
  Partial<Pick<Column, 'length' | 'precision' | 'scale' | 'values' | 'nullable'>>

/**
 * JSON Schema of the values of each neutral type, with formats of the OpenAPI registry. What a number cannot say in
 * JavaScript is said by its format: int64 and decimal have more digits than a double.
 */
const shapes: Readonly<Record<ScalarType, JsonSchema>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer', format: 'int32' },
  bigint: { type: 'integer', format: 'int64' },
  decimal: { type: 'number', format: 'decimal' },
  float: { type: 'number', format: 'double' },
  text: { type: 'string' },
  uuid: { type: 'string', format: 'uuid' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string', format: 'time-local' },
  datetime: { type: 'string', format: 'date-time-local' },
  datetimetz: { type: 'string', format: 'date-time' },
  interval: { type: 'string' },
  binary: { type: 'string', format: 'byte', contentEncoding: 'base64' },
  json: {},
  array: { type: 'array', items: {} },
  other: { type: 'string' },
}

/** Schema of the values of a parameter, a result or a column. */
export function valueSchema(typed: Typed): JsonSchema {
  const shape = shapes[typed.type]
  const { type } = shape
  const values = typed.type === 'text' || typed.type === 'other' ? typed.values : undefined
  return {
    ...shape,
    ...(typed.nullable && typeof type === 'string' && { type: [type, 'null'] }),
    ...(values && { enum: typed.nullable ? [...values, null] : values }),
    ...(typed.type === 'text' && typed.length !== undefined && !values && { maxLength: typed.length }),
  }
}

/** A column as it is read. */
export function readSchema(column: Column): JsonSchema {
  if (column.mask !== undefined) {
    return { type: ['string', 'null'], description: describe(column, `Masked for you (${column.mask})`) }
  }
  return {
    ...valueSchema(column),
    ...described(column),
    ...((column.generated || column.identity) && { readOnly: true }),
    examples: [exampleOf(column)],
  }
}

/** A column as it is written. */
export function writeSchema(column: Column): JsonSchema {
  return { ...valueSchema(column), ...described(column), examples: [exampleOf(column)] }
}

function described(column: Column): JsonSchema {
  const description = describe(column)
  return description === '' ? {} : { description }
}

function describe(column: Column, more?: string): string {
  const exact =
    column.type === 'decimal' || column.type === 'array' || column.type === 'other' || column.type === 'json'
  const parts = [cleanComment(column.comment), more, exact && !more ? column.nativeType : undefined]
  return parts.filter((part) => part !== undefined && part !== '').join('. ')
}

const longestComment = 300

/** A comment is data from the database: one line, without control characters, cut. */
export function cleanComment(comment: string | undefined): string | undefined {
  if (comment === undefined) return undefined
  const line = comment
    .slice(0, longestComment * 4)
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length > longestComment
    ? `${line
        .slice(0, longestComment - 3)
        .replace(/[\ud800-\udbff]$/, '')
        .trimEnd()}...`
    : line
}

const wordExamples: readonly (readonly [RegExp, string])[] = [
  [/e_?mail/i, 'ada@example.com'],
  [/phone|mobile|fax/i, '+49 30 901820'],
  [/url|website|link/i, 'https://example.com'],
  [/country/i, 'DE'],
  [/currency/i, 'EUR'],
  [/city|town/i, 'Berlin'],
  [/street|address/i, '1 Main Street'],
  [/zip|postal|postcode/i, '10115'],
  [/first_?name/i, 'Ada'],
  [/last_?name|surname/i, 'Lovelace'],
  [/sku|code/i, 'A-100'],
  [/name|title|label/i, 'Example'],
]

/** A plausible value, by type and name. */
export function exampleOf(column: Pick<Column, 'name' | 'type' | 'values' | 'length' | 'scale'>): JsonValue {
  const { name, values } = column
  if (values?.[0] !== undefined) return values[0]
  switch (column.type) {
    case 'boolean':
      return true
    case 'integer':
    case 'bigint':
      return /year/i.test(name) ? 2026 : /(^|_)id$/i.test(name) ? 1 : 3
    case 'decimal':
    case 'float':
      return column.scale === 0 ? 20 : 19.5
    case 'text': {
      const found = wordExamples.find(([pattern]) => pattern.test(name))?.[1] ?? 'text'
      return column.length === undefined ? found : found.slice(0, column.length)
    }
    case 'uuid':
      return '3f2b8c1e-5a47-4d0b-9c6e-1f7a2b3c4d5e'
    case 'date':
      return '2026-01-31'
    case 'time':
      return '13:59:59'
    case 'datetime':
      return '2026-01-31T13:59:59'
    case 'datetimetz':
      return '2026-01-31T13:59:59Z'
    case 'interval':
      return '1 day'
    case 'binary':
      return 'aGVsbG8='
    case 'json':
      return { key: 'value' }
    case 'array':
      return []
    case 'other':
      return 'text'
    default:
      return column.type satisfies never
  }
}
