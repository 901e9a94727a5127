import {
  batchFailure,
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

/** What was read of the records, and what is wrong with those that could not be read, by their place. */
export interface ReadRecords<T> {
  readonly read: readonly T[]
  readonly refused?: ReadonlyMap<number, Failure>
}

/** Reads record by record. One that cannot be read fails them all, unless the call goes on without it. */
export function readEach<T>(records: Records, goesOn: boolean, readOne: (record: JsonValue) => T): ReadRecords<T> {
  const read: T[] = []
  const refused = new Map<number, Failure>()
  for (const [index, record] of records.items.entries()) {
    try {
      read.push(readOne(record))
    } catch (thrown) {
      if (!(thrown instanceof Failure) || records.bare) throw thrown
      if (!goesOn) throw inRecord(index, thrown)
      refused.set(index, thrown)
    }
  }
  if (refused.size === 0) return { read }
  if (read.length === 0) throw batchFailure([...refused.values()])
  return { read, refused }
}

/** `Record 3: ` in front of what is wrong with one of many. */
function inRecord(index: number, failure: Failure): Failure {
  return new Failure(failure.code, `Record ${index + 1}: ${failure.message}`, {
    ...(failure.hint !== undefined && { hint: failure.hint }),
    context: { ...(isJsonObject(failure.context) && failure.context), record: index },
  })
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
