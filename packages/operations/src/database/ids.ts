import {
  anyOf,
  type Column,
  coerce,
  columnNamed,
  Failure,
  type Filter,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Path,
  pathOf,
  type Scalar,
} from '@gatehouse/core'
import { arrayIn, listOf, unquoted } from './arguments.js'
import type { PreparedTable } from './prepared-table.js'

/** The columns by which records are named: the primary key, or what `id_field` says. */
export interface KeyColumns {
  readonly names: readonly string[]
  readonly columns: readonly Column[]
  readonly paths: readonly Path[]
}

/** Throws `invalid` for an unknown column, and where there is neither. */
export function keyColumnsOf(prepared: PreparedTable, idField: JsonValue | undefined): KeyColumns {
  const { table } = prepared
  const named = listOf(idField, 'id_field')
  if (named !== undefined && named.length > 0) {
    const columns = named.map((name) => columnNamed(table, unquoted(name)))
    const names = columns.map((c) => c.name)
    return { names, columns, paths: names.map((name) => pathOf(table, name)) }
  }
  if (prepared.key.length === 0) {
    throw new Failure('invalid', `\`${table.name}\` has no primary key, so its records have no ids`, {
      hint: 'Use `filter`, or name the columns that identify a record in `id_field`',
    })
  }
  return { names: prepared.key, columns: prepared.keyColumns, paths: prepared.keyPaths }
}

/** One id: the value of a single key, `a,b` or `[a, b]` of a composite one in key order. Throws `invalid`. */
export function readId(value: JsonValue | undefined, key: KeyColumns): readonly Scalar[] {
  const [only] = key.columns
  if (only && key.columns.length === 1) {
    const wrapped: readonly JsonValue[] | undefined = Array.isArray(value) && value.length === 1 ? value : undefined
    return [keyValue(wrapped ? wrapped[0] : value, only)]
  }
  const parts: readonly (JsonValue | undefined)[] =
    typeof value === 'string' ? splitId(value, ',') : Array.isArray(value) ? value : [value]
  if (parts.length !== key.columns.length) throw badId(key)
  return key.columns.map((column, i) => keyValue(parts[i], column))
}

/**
 * Many ids: an array, or a text with commas between ids of a single key and semicolons between those of a composite
 * one (`1,2;3,4`). A backslash before a comma or semicolon keeps it inside the id. Throws `invalid`.
 */
export function readIds(value: JsonValue, key: KeyColumns): readonly (readonly Scalar[])[] {
  return idItems(value, key.columns.length).map((item) => readId(item, key))
}

function idItems(value: JsonValue, width: number): readonly JsonValue[] {
  if (typeof value === 'string') {
    const array = arrayIn(value)
    if (array) return array
    const items = splitId(value, width === 1 ? ',' : ';', width > 1)
    return items.length === 1 && items[0] === '' ? [] : items
  }
  if (!Array.isArray(value)) return [value]
  const items: readonly JsonValue[] = value
  if (width === 1 || !items.every((item) => typeof item === 'string')) return items
  // A query string that was split at its commas already, `["1", "2;3", "4"]`, is put together again.
  const whole = items.every((item) => splitId(item, ',').length === width)
  return whole ? items : splitId(items.join(','), ';', true)
}

/** Splits at a separator that no backslash precedes. `keep` leaves the backslashes in, for a second split. */
function splitId(text: string, separator: string, keep = false): string[] {
  if (!text.includes('\\')) return text.split(separator).map((part) => part.trim())
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    const next = text[i + 1]
    if (c === '\\' && (next === ',' || next === ';' || next === '\\')) {
      part += keep ? c + next : next
      i++
    } else if (c === separator) {
      parts.push(part.trim())
      part = ''
    } else part += c
  }
  parts.push(part.trim())
  return parts
}

function keyValue(value: JsonValue | undefined, column: Column): Scalar {
  if (value === undefined || value === null || value === '') {
    throw new Failure('invalid', `The id has no value for \`${column.name}\``)
  }
  return coerce(value, column)
}

function badId(key: KeyColumns): Failure {
  const names = key.names.join(', ')
  return new Failure('invalid', `An id of this table has ${key.names.length} values: ${names}`, {
    hint: 'In a path or a query string: 1,2 for one record, 1,2;3,4 for two. In JSON: [[1,2],[3,4]]',
  })
}

export function carriesKey(record: JsonValue, { names }: KeyColumns): record is JsonObject {
  return isJsonObject(record) && names.every((name) => Object.hasOwn(record, name) && (record[name] ?? null) !== null)
}

/** The values of the key in a record. Throws `invalid` where it lacks one. */
export function keyInRecord(record: JsonValue, key: KeyColumns): readonly Scalar[] {
  if (!carriesKey(record, key)) {
    throw new Failure('invalid', `The record lacks its key: ${key.names.join(', ')}`)
  }
  return key.columns.map((column) => coerce(record[column.name] ?? null, column))
}

/** The record with this key. */
export function isKey(paths: readonly Path[], values: readonly Scalar[]): Filter {
  const [path] = paths
  if (path && paths.length === 1) return equals(path, values[0] ?? null)
  return { kind: 'and', filters: paths.map((p, i) => equals(p, values[i] ?? null)) }
}

/** The records with these keys; of none: no record. */
export function isOneOf(paths: readonly Path[], keys: readonly (readonly Scalar[])[]): Filter {
  const [path] = paths
  if (path && paths.length === 1 && keys.length > 1) {
    return {
      kind: 'in',
      path,
      values: keys.map((key) => ({ kind: 'literal', value: key[0] ?? null })),
      negated: false,
    }
  }
  return anyOf(keys.map((key) => isKey(paths, key)))
}

function equals(path: Path, value: Scalar): Filter {
  return { kind: 'compare', path, op: '=', value: { kind: 'literal', value } }
}
