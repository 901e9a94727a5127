import { type Catalog, type Column, type ForeignKey, relate, type Table, type UniqueKey } from '@gatehouse/core'
import { catalogVersion } from '../sql/catalog-version.js'
import type { Raw, RawRows } from '../sql/driver.js'
import { groupBy } from '../sql/group-by.js'
import { declaredType } from './declared-type.js'
import type { SchemaRows } from './schema-rows.js'
import { checksOf, insteadOf, type ParsedCheck } from './table-sql.js'
import { viewTypes } from './view-types.js'

export interface CatalogRule {
  readonly includes: (schema: string | undefined, name: string) => boolean
  readonly readOnly: boolean
}

type Rows = RawRows['rows']

/** The catalog of what `readSchema` found. Tables without a primary key have none: the rowid is not shown. */
export function catalogOf(schema: SchemaRows, rule: CatalogRule): Catalog {
  const columns = byFirst(schema.columns)
  const keys = byFirst(schema.foreignKeys)
  const indexes = byFirst(schema.indexes)
  const verbs = byFirst(schema.triggers)
  const rows = estimates(schema.statistics)
  const spelling = new Map(schema.tables.map(([name]) => [text(name).toLowerCase(), text(name)]))
  const primaryKeys = new Map([...columns].map(([table, found]) => [table, primaryKeyOf(found)]))

  const tables = new Map<string, Table>()
  for (const row of schema.tables) {
    const name = text(row[0])
    const own = columns.get(name)
    if (!own || !rule.includes(undefined, name)) continue
    const kind = row[1] === 'view' ? 'view' : 'table'
    const primaryKey = primaryKeys.get(name) ?? []
    const checks = kind === 'view' ? [] : checksOf(text(row[4]))
    const unique = indexes.get(name) ?? []
    const rowid = rowidAlias(row, own, primaryKey, unique)
    const table: Table = {
      name,
      source: { name },
      kind,
      columns: columnsOf(kind === 'view' ? typed(own, text(row[4])) : own, primaryKey, rowid, checks),
      primaryKey,
      uniqueKeys: uniqueKeysOf(unique),
      foreignKeys: foreignKeysOf(name, keys.get(name) ?? [], spelling, primaryKeys, columns),
      checks: checks.map(({ name: checkName, expression }) => ({ name: checkName, expression })),
      relationships: new Map(),
      can: abilities(row, verbs.get(name) ?? [], rule.readOnly),
    }
    const estimate = rows.get(name)
    tables.set(name, estimate === undefined ? table : { ...table, rows: estimate })
  }
  const related = relate(withKnownKeys(tables))
  return { tables: related, routines: new Map(), version: catalogVersion(related, new Map()) }
}

function text(raw: Raw | undefined): string {
  return raw === null || raw === undefined ? '' : String(raw)
}

const byFirst = (rows: Rows) => groupBy(rows, ([first]) => text(first))

function primaryKeyOf(columns: Rows): string[] {
  return columns
    .filter((row) => Number(row[5]) > 0)
    .sort((a, b) => Number(a[5]) - Number(b[5]))
    .map((row) => text(row[1]))
}

/** The one column that is the rowid under another name: SQLite numbers it. */
function rowidAlias(table: Rows[number], columns: Rows, primaryKey: readonly string[], indexes: Rows) {
  const [only] = primaryKey
  if (primaryKey.length !== 1 || Number(table[2]) === 1 || table[1] !== 'table') return undefined
  const declared = columns.find((row) => row[1] === only)?.[2]
  // INTEGER PRIMARY KEY DESC is none, and so has an index.
  return text(declared).toUpperCase() === 'INTEGER' && !indexes.some((row) => row[2] === 'pk') ? only : undefined
}

/** Columns of a view, with types for expressions that are plain to see. */
function typed(rows: Rows, sql: string): Rows {
  const types = viewTypes(sql)
  return rows.map((row, i) => (text(row[2]) === '' && types[i] ? row.with(2, types[i]) : row))
}

function columnsOf(
  rows: Rows,
  primaryKey: readonly string[],
  identity: string | undefined,
  checks: readonly ParsedCheck[],
): ReadonlyMap<string, Column> {
  const values = new Map(checks.map((check) => [check.column?.toLowerCase(), check.values]))
  return new Map(
    rows.map((row) => {
      const name = text(row[1])
      const allowed = values.get(name.toLowerCase())
      const column: Column = {
        name,
        ...declaredType(text(row[2])),
        nullable: Number(row[3]) === 0 && !primaryKey.includes(name),
        generated: Number(row[6]) >= 2,
        identity: name === identity,
        ...(row[4] === null ? {} : { default: text(row[4]) }),
        ...(allowed ? { values: allowed } : {}),
      }
      return [name, column]
    }),
  )
}

/** Only what holds for all rows and names columns: no partial indexes, none on expressions. */
function uniqueKeysOf(rows: Rows): UniqueKey[] {
  const found = new Map<string, string[]>()
  const unfit = new Set<string>()
  for (const row of rows) {
    const name = text(row[1])
    if (Number(row[4]) === 1 || row[6] === null) unfit.add(name)
    if (row[2] === 'pk') continue
    found.set(name, [...(found.get(name) ?? []), text(row[6])])
  }
  return [...found].filter(([name]) => !unfit.has(name)).map(([name, columns]) => ({ name, columns }))
}

function foreignKeysOf(
  table: string,
  rows: Rows,
  spelling: ReadonlyMap<string, string>,
  primaryKeys: ReadonlyMap<string, readonly string[]>,
  columns: ReadonlyMap<string, Rows>,
): ForeignKey[] {
  const keys: ForeignKey[] = []
  for (const [id, parts] of byFirst(rows.map((row) => row.slice(1)))) {
    const [first] = parts
    const references = spelling.get(text(first?.[2]).toLowerCase())
    if (references === undefined) continue
    // A key that names no columns means the primary key of the other table.
    const implied = primaryKeys.get(references) ?? []
    const own = parts.map((part) => spelled(columns.get(table), text(part[3])))
    const others = parts.map((part, i) =>
      part[4] === null ? implied[i] : spelled(columns.get(references), text(part[4])),
    )
    if (!isComplete(own) || !isComplete(others)) continue
    keys.push({ name: `${table}_${own.join('_')}_fkey_${id}`, columns: own, references, referencedColumns: others })
  }
  return keys
}

function isComplete(names: readonly (string | undefined)[]): names is readonly string[] {
  return names.every((name) => name !== undefined)
}

/** Names in a foreign key may be spelled with other capitals than the column. */
function spelled(columns: Rows | undefined, name: string): string | undefined {
  const lower = name.toLowerCase()
  const found = columns?.find((row) => text(row[1]).toLowerCase() === lower)
  return found && text(found[1])
}

/** Without keys to tables that are left out. */
function withKnownKeys(tables: ReadonlyMap<string, Table>): ReadonlyMap<string, Table> {
  return new Map(
    [...tables].map(([name, table]) => [
      name,
      { ...table, foreignKeys: table.foreignKeys.filter((key) => tables.has(key.references)) },
    ]),
  )
}

/** The first number of a table's statistics is how many rows it has; a partial index knows fewer. */
function estimates(rows: Rows): Map<string, number> {
  const found = new Map<string, number>()
  for (const [table, stat] of rows) {
    const count = Number(/^\d+/.exec(text(stat))?.[0] ?? Number.NaN)
    if (!Number.isNaN(count)) found.set(text(table), Math.max(count, found.get(text(table)) ?? 0))
  }
  return found
}

function abilities(table: Rows[number], triggers: Rows, readOnly: boolean): Table['can'] {
  if (table[1] === 'table') return { read: true, create: !readOnly, update: !readOnly, delete: !readOnly }
  const verbs = new Set(table[1] === 'view' ? triggers.map((row) => insteadOf(text(row[1]))) : [])
  const can = (verb: 'create' | 'update' | 'delete') => !readOnly && verbs.has(verb)
  return { read: true, create: can('create'), update: can('update'), delete: can('delete') }
}
