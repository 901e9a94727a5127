import {
  coerce,
  columnNamed,
  Failure,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Row,
  type Scalar,
  type Table,
} from '@gatehouse/core'

/** `records`: many, or one bare one. */
export interface Records {
  readonly items: readonly JsonValue[]
  readonly bare: boolean
}

/** Undefined where there are none at all. A `resource` wrapper is taken off. */
export function recordsOf(value: JsonValue | undefined): Records | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return { items: value, bare: false }
  if (isJsonObject(value)) {
    const { resource } = value
    if (Array.isArray(resource) && Object.keys(value).length === 1) return { items: resource, bare: false }
  }
  return { items: [value], bare: true }
}

/** `Record 3: ` in front of what is wrong with one of many. */
export function inRecord<T>(records: Records, index: number, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof Failure) || records.bare) throw thrown
    throw new Failure(thrown.code, `Record ${index + 1}: ${thrown.message}`, {
      ...(thrown.hint !== undefined && { hint: thrown.hint }),
      context: { ...(isJsonObject(thrown.context) && thrown.context), record: index },
    })
  }
}

/**
 * A record as values by column. Throws `invalid` for an unknown column, for one that the database computes, and for a
 * value that is not of its column's type.
 */
export function rowOf(table: Table, record: JsonValue): Row {
  if (!isJsonObject(record)) {
    throw new Failure('invalid', 'A record is an object with its columns as members', { hint: exampleOf(table) })
  }
  return objectRow(table, record)
}

function objectRow(table: Table, record: JsonObject): Row {
  const row = new Map<string, Scalar>()
  for (const name in record) {
    const value = record[name]
    if (value === undefined) continue
    const column = columnNamed(table, name)
    if (column.generated) {
      throw new Failure('invalid', `\`${name}\` is computed by the database and cannot be written`, {
        hint: 'Leave it out',
        context: { column: name },
      })
    }
    if (row.has(column.name)) throw new Failure('invalid', `\`${column.name}\` is in the record twice`)
    row.set(column.name, coerce(value, column))
  }
  return row
}

function exampleOf(table: Table): string {
  const names = [...table.columns.values()].filter((c) => !c.generated && !c.identity).map((c) => c.name)
  return `For example {"${names[0] ?? 'column'}": ...}`
}

/** Equal as values of one column. */
export function sameScalar(a: Scalar | undefined, b: Scalar | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  return a === b
}
