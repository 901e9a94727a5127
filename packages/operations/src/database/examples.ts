import type { Catalog, Column, JsonObject, JsonValue, Table } from '@gatehouse/core'
import { exampleOf } from './column-schema.js'

/** Inputs that work, made of a table's own names. */
export interface Examples {
  /** `status = 'paid' and total > 100` */
  readonly filter: string
  /** `total desc` */
  readonly order: string
  /** A few columns. */
  readonly fields: readonly string[]
  /** A record to create. */
  readonly record: JsonObject
  /** One changed column. */
  readonly change: JsonObject
  /** Values of the primary key, or of the first column. */
  readonly key: JsonObject
  readonly id: JsonValue
  /** There is a primary key, so that records can be named by it. */
  readonly keyed: boolean
  /** A column to compute with, if there is one. */
  readonly measure?: string
  /** A column, or a date bucket, to group by. */
  readonly group?: string
  readonly relationship?: string
}

/** The table that examples for a whole service speak of: the one that can show most. */
export function showcase(catalog: Catalog, names: readonly string[]): Table {
  let best: Table | undefined
  let bestScore = -1
  for (const name of names.slice(0, 200)) {
    const table = catalog.tables.get(name)
    if (!table) continue
    const types = new Set([...table.columns.values()].map((c) => c.type))
    const score =
      (table.kind === 'table' ? 4 : 0) +
      (table.primaryKey.length === 1 ? 4 : 0) +
      Math.min(table.foreignKeys.length, 1) * 3 +
      Math.min(table.relationships.size, 3) +
      (types.has('decimal') ? 2 : 0) +
      (types.has('date') || types.has('datetime') || types.has('datetimetz') ? 2 : 0) +
      ([...table.columns.values()].some((c) => c.values) ? 1 : 0)
    if (score > bestScore) {
      best = table
      bestScore = score
    }
  }
  if (!best) throw new Error('An operation without a table has no example')
  return best
}

export function examplesOf(table: Table): Examples {
  const seen = [...table.columns.values()].filter((c) => c.mask === undefined)
  const keys = new Set([...table.primaryKey, ...table.foreignKeys.flatMap((k) => k.columns)])
  const plain = seen.filter((c) => !keys.has(c.name))
  const listed = plain.find((c) => c.values && (c.type === 'text' || c.type === 'other'))
  const word = listed ?? plain.find((c) => c.type === 'text')
  const amount = plain.find((c) => c.type === 'decimal' || c.type === 'float') ?? plain.find(isWhole)
  const date = plain.find((c) => c.type === 'date' || c.type === 'datetime' || c.type === 'datetimetz')
  const idColumns = table.primaryKey.length > 0 ? table.primaryKey : [...table.columns.keys()].slice(0, 1)
  const id = idColumns.map((name) => exampleIn(table, name))
  const writable = seen.filter((c) => !c.generated)
  const needed = writable.filter((c) => !c.nullable && c.default === undefined && !c.identity)
  const change =
    writable.find((c) => c === word || c === amount) ?? writable.find((c) => !table.primaryKey.includes(c.name))
  const group = listed ?? date ?? word
  const relationship = [...table.relationships.keys()].find((name) => simple.test(name))
  return {
    filter: filterOf(word, amount, date, seen[0]),
    order: date ? `${quoted(date.name)} desc` : amount ? `${quoted(amount.name)} desc` : quoted(idColumns[0] ?? ''),
    fields: [...new Set([idColumns[0], word?.name, amount?.name, date?.name])]
      .filter((name) => name !== undefined)
      .slice(0, 3),
    record: objectOf(needed.length > 0 ? needed : writable.slice(0, 2)),
    change: objectOf(change ? [change] : []),
    key: objectOf(idColumns.map((name) => table.columns.get(name)).filter((c) => c !== undefined)),
    id: id.length === 1 ? (id[0] ?? null) : id,
    keyed: table.primaryKey.length > 0,
    ...(amount && { measure: amount.name }),
    ...(group && { group: group === date ? `month(${date.name})` : group.name }),
    ...(relationship !== undefined && { relationship }),
  }
}

function filterOf(
  word: Column | undefined,
  amount: Column | undefined,
  date: Column | undefined,
  first: Column | undefined,
): string {
  const parts: string[] = []
  if (word) {
    const value = String(exampleOf(word)).replaceAll("'", "''")
    parts.push(word.values ? `${quoted(word.name)} = '${value}'` : `${quoted(word.name)} contains '${value}'`)
  }
  if (amount) parts.push(`${quoted(amount.name)} > ${amount.type === 'decimal' || amount.type === 'float' ? 19.5 : 3}`)
  if (parts.length < 2 && date) parts.push(`${quoted(date.name)} >= now() - 30 days`)
  if (parts.length > 0) return parts.slice(0, 2).join(' and ')
  return first ? `${quoted(first.name)} is not null` : ''
}

const simple = /^[\p{L}_][\p{L}\p{N}_$]*$/u

function quoted(name: string): string {
  return simple.test(name) && !/^not$/i.test(name) ? name : name.includes('"') ? `\`${name}\`` : `"${name}"`
}

function isWhole(column: Column): boolean {
  return (column.type === 'integer' || column.type === 'bigint') && !column.values
}

function exampleIn(table: Table, name: string): JsonValue {
  const column = table.columns.get(name)
  return column ? exampleOf(column) : null
}

function objectOf(columns: readonly Column[]): JsonObject {
  return Object.fromEntries(columns.map((c) => [c.name, exampleOf(c)]))
}
