import {
  type Catalog,
  type Column,
  columnNamed,
  Failure,
  type Filter,
  type OrderTerm,
  type Path,
  type Projection,
  parseFilter,
  parseOrder,
  pathOf,
  type ScalarType,
  type Table,
} from '@gatehouse/core'
import { splitList, unquoted } from './arguments.js'
import { memo } from './memo.js'

export interface PreparedOrder {
  readonly terms: readonly OrderTerm[]
  /** The terms name each row apart, by plain columns that the caller sees: a page's end can be a cursor. */
  readonly keyset: boolean
}

/**
 * What plans for one table are made of, made once. Projections and orders are the same arrays in every plan that has
 * the same ones.
 */
export interface PreparedTable {
  readonly table: Table
  /** `*` */
  readonly every: readonly Projection[]
  /** The primary key, where the caller sees all of it; else empty. */
  readonly key: readonly string[]
  readonly keyColumns: readonly Column[]
  readonly keyPaths: readonly Path[]
  /** The key's columns; without a key, all. */
  readonly keyProjection: readonly Projection[]
  /** The stable order. */
  readonly order: PreparedOrder
  /** Columns that a PUT sets to their default where its record leaves them out. */
  readonly replaceable: readonly string[]
  /** Throws `invalid`. */
  projection(fields: string): readonly Projection[]
  /** Throws `invalid`. */
  filter(text: string): Filter
  /** What was asked for, and the stable order behind it. Throws `invalid`. */
  orderBy(text: string): PreparedOrder
}

const remembered = 200

/** Types whose values sort the same way in every database and can be compared with a value read back. */
const steady: ReadonlySet<ScalarType> = new Set<ScalarType>([
  'boolean',
  'integer',
  'bigint',
  'decimal',
  'float',
  'text',
  'uuid',
  'date',
  'time',
  'datetime',
  'datetimetz',
])

export function prepareTable(table: Table, catalog: Catalog): PreparedTable {
  const every: readonly Projection[] = [...table.columns.keys()].map((name) => ({ name, column: name }))
  const seen = (names: readonly string[]) => names.length > 0 && names.every((name) => table.columns.has(name))
  const key = seen(table.primaryKey) ? table.primaryKey : []
  const keyColumns = key.map((name) => columnNamed(table, name))
  const order = stableOrder(table)
  return {
    table,
    every,
    key,
    keyColumns,
    keyPaths: key.map((name) => pathOf(table, name)),
    keyProjection: key.length > 0 ? key.map((name) => ({ name, column: name })) : every,
    order,
    replaceable: [...table.columns.values()]
      .filter((c) => !c.generated && !c.identity && c.mask === undefined && !table.primaryKey.includes(c.name))
      .map((c) => c.name),
    projection: memo(remembered, (fields) => projectionOf(table, every, splitList(fields))),
    filter: memo(remembered, (text) => parseFilter(text, { table, catalog })),
    orderBy: memo(remembered, (text) => withStable(parseOrder(text, table), order, table)),
  }
}

/** The columns named, each once and in this order. `*` is all of them. */
function projectionOf(table: Table, every: readonly Projection[], names: readonly string[]): readonly Projection[] {
  if (names.includes('*')) return every
  const columns = new Set(names.map((name) => columnNamed(table, unquoted(name)).name))
  if (columns.size === 0) throw new Failure('invalid', '`fields` names no column', { hint: 'Leave it out for all' })
  return [...columns].map((name) => ({ name, column: name }))
}

/** By the primary key, else by a unique key without NULLs, else by all columns that can be sorted. */
function stableOrder(table: Table): PreparedOrder {
  const open = (name: string) => isSteady(table.columns.get(name))
  const never = (name: string) => table.columns.get(name)?.nullable === false
  const unique = table.uniqueKeys.find((k) => k.columns.length > 0 && k.columns.every((c) => open(c) && never(c)))
  const primary = table.primaryKey.length > 0 && table.primaryKey.every(open) ? table.primaryKey : undefined
  const names = primary ?? unique?.columns
  const ascending = (name: string): OrderTerm => ({ path: pathOf(table, name), descending: false, nulls: 'last' })
  // Rows that are equal in all columns would be lost behind a cursor, so without a key there is none.
  if (!names) return { terms: [...table.columns.keys()].filter(open).map(ascending), keyset: false }
  return { terms: names.map(ascending), keyset: true }
}

const mostTerms = 50

function withStable(asked: readonly OrderTerm[], stable: PreparedOrder, table: Table): PreparedOrder {
  if (asked.length > mostTerms) {
    throw new Failure('invalid', `An order of ${asked.length} columns is too long; ${mostTerms} are allowed`)
  }
  // A column that comes a second time changes nothing, and some databases refuse it.
  const terms = new Map<string, OrderTerm>()
  for (const term of [...asked, ...stable.terms]) {
    const path = [term.path.column, ...term.path.keys].join('\0')
    if (!terms.has(path)) terms.set(path, term)
  }
  return {
    terms: [...terms.values()],
    keyset: stable.keyset && asked.every((t) => t.path.keys.length === 0 && isSteady(table.columns.get(t.path.column))),
  }
}

function isSteady(column: Column | undefined): boolean {
  return column !== undefined && column.mask === undefined && steady.has(column.type)
}
