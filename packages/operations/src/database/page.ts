import {
  after,
  type Column,
  coerce,
  decodeCursor,
  Failure,
  type Filter,
  type JsonObject,
  type JsonValue,
  nearest,
  type PageLimits,
  type RecordFormat,
  type Scalar,
} from '@gatehouse/core'
import { textOf, wholeOf } from './arguments.js'
import type { PreparedOrder, PreparedTable } from './prepared-table.js'

export interface Cut {
  readonly asked: number
  readonly allowed: number
}

/** `limit` as asked or the surface's own, cut to the most that it allows. */
export function limitOf(asked: number | undefined, limits: PageLimits): { readonly limit: number; readonly cut?: Cut } {
  if (asked === undefined) return { limit: Math.min(limits.fallback, limits.most) }
  if (asked <= limits.most) return { limit: asked }
  return { limit: limits.most, cut: { asked, allowed: limits.most } }
}

const formats: readonly RecordFormat[] = ['json', 'table', 'csv', 'ndjson']

const longestFileName = 200

/** `format`, or the ending of `file`. Throws `invalid`. */
export function formatOf(input: JsonObject): RecordFormat {
  const file = textOf(input.file)
  const format = textOf(input.format)
  if (file === undefined && format === undefined) return 'json'
  // The name travels back in a header, and headers are short.
  if (file !== undefined && file.length > longestFileName) {
    throw new Failure('invalid', `A file name has at most ${longestFileName} characters`)
  }
  const name = (format ?? file?.slice(file.lastIndexOf('.') + 1) ?? '').toLowerCase()
  const found = formats.find((f) => f === name)
  if (found && (format !== undefined || found !== 'table')) return found
  const near = nearest(name, formats)
  throw new Failure('invalid', `There is no format \`${name.slice(0, 20)}\``, {
    hint: `${near ? `Did you mean \`${near}\`? ` : ''}Formats: ${formats.join(', ')}; a file ends in csv, json or ndjson`,
  })
}

/**
 * CSV and NDJSON, and every file, are all records as a stream, where the surface can carry one.
 * Else they are a page like any other.
 */
export function isStreamed(input: JsonObject, format: RecordFormat, limits: PageLimits): boolean {
  if (limits.stream === false) return false
  return format === 'csv' || format === 'ndjson' || textOf(input.file) !== undefined
}

export type Count = 'none' | 'exact' | 'estimated' | 'only'

/** `include_count` and `count_only`. Throws `invalid`. */
export function countOf(includeCount: JsonValue | undefined, countOnly: boolean): Count {
  if (countOnly) return 'only'
  switch (typeof includeCount === 'string' ? includeCount.toLowerCase() : includeCount) {
    case undefined:
    case null:
    case false:
    case 'false':
    case '0':
    case 'no':
    case 'none':
      return 'none'
    case true:
    case 'true':
    case '1':
    case 'yes':
    case 'exact':
      return 'exact'
    case 'estimated':
      return 'estimated'
    default:
      throw new Failure('invalid', '`include_count` takes true, false, exact or estimated')
  }
}

/** The rows behind a cursor, which must have been made for the same order. Throws `invalid`. */
export function afterCursor(token: string, order: PreparedOrder, prepared: PreparedTable): Filter {
  const { columns } = prepared.table
  if (!order.keyset) {
    throw new Failure('invalid', `\`${prepared.table.name}\` has no cursor in this order`, {
      hint: 'Use `offset`: a cursor needs a key, and an order by columns that you see unmasked',
    })
  }
  const values = decodeCursor(order.terms, token)
  if (!values?.every((value, i) => fits(value, columns.get(order.terms[i]?.path.column ?? '')))) {
    throw new Failure('invalid', 'The cursor is not one of this list', {
      hint: 'Send `next_cursor` of the last page as it is, with the same `order`',
    })
  }
  return after(order.terms, values, (name) => columns.get(name)?.nullable ?? true)
}

/** A cursor comes from outside, so its values are typed like any other. */
function fits(value: Scalar, column: Column | undefined): boolean {
  if (!column) return false
  if (value === null) return true
  if (value instanceof Uint8Array) return false
  try {
    const typed = coerce(typeof value === 'bigint' ? value.toString() : value, column)
    return typeof typed === typeof value
  } catch {
    return false
  }
}

/** Throws `invalid` for a cursor with an offset. */
export function offsetOf(input: JsonObject): number {
  const offset = wholeOf(input.offset) ?? 0
  if (offset > 0 && textOf(input.cursor) !== undefined) {
    throw new Failure('invalid', '`cursor` and `offset` are two ways to say where a page begins: send one')
  }
  return offset
}
