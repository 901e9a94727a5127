import type { Check, Column, Table, UniqueKey } from '@gatehouse/core'
import { foreignKeysOf } from '../sql/foreign-keys.js'
import { groupBy } from '../sql/group-by.js'
import type { tableFilter } from '../sql/table-filter.js'
import type { CheckRow, ColumnRow, ForeignKeyRow, KeyRow, TableRow } from './introspect-queries.js'
import { lengthOf, nativeTypeOf, scalarTypeOf } from './native-type.js'
import { quote } from './text-sql.js'

/** What the queries found of tables. */
export interface FoundTables {
  readonly tables: readonly TableRow[]
  readonly columns: readonly ColumnRow[]
  readonly keys: readonly KeyRow[]
  readonly foreignKeys: readonly ForeignKeyRow[]
  readonly checks: readonly CheckRow[]
}

export interface TableRules {
  nameOf(schema: string, name: string): string
  readonly filter: ReturnType<typeof tableFilter>
  /** Nothing is to be written. */
  readonly readOnly: boolean
}

export function tablesOf(found: FoundTables, rules: TableRules): Table[] {
  const columns = groupBy(found.columns, ({ id }) => id)
  const keys = groupBy(found.keys, ({ id }) => id)
  const foreignKeys = groupBy(found.foreignKeys, ({ id }) => id)
  const checks = groupBy(found.checks, ({ id }) => id)
  return found.tables.flatMap((row) => {
    if (!rules.filter(row.schema, row.name)) return []
    // A column that cannot be read does not exist here, nor one of a type that only .NET knows.
    const own = (columns.get(row.id) ?? []).filter((column) => column.readable && column.systemType !== undefined)
    if (own.length === 0) return []
    const ownChecks = checks.get(row.id) ?? []
    const visible = new Set(own.map((column) => column.name))
    const unique = uniqueKeysOf(keys.get(row.id) ?? [], visible)
    const writable = !rules.readOnly && !row.history
    const primary = unique.find((key) => key.primary)
    return {
      name: rules.nameOf(row.schema, row.name),
      source: { schema: row.schema, name: row.name },
      kind: row.view ? 'view' : 'table',
      ...(row.comment === undefined ? {} : { comment: row.comment }),
      columns: new Map(own.map((column) => [column.name, columnOf(column, ownChecks)])),
      primaryKey: primary?.columns ?? [],
      uniqueKeys: unique.filter((key) => !key.primary).map(({ name, columns }) => ({ name, columns })),
      foreignKeys: foreignKeysOf(foreignKeys.get(row.id) ?? [], rules.nameOf),
      checks: ownChecks
        .filter(({ expression }) => own.every((column) => !isJsonCheck(expression, column.name)))
        .map(({ name, expression }): Check => ({ name, expression })),
      relationships: new Map(),
      ...(row.rows === undefined ? {} : { rows: row.rows }),
      can: {
        read: true,
        create: writable && row.insert,
        update: writable && row.update,
        delete: writable && row.delete,
      },
    }
  })
}

function columnOf(row: ColumnRow, checks: readonly CheckRow[]): Column {
  const systemType = row.systemType ?? ''
  // Before there was a type for JSON, a check made one of a text.
  const json = checks.some(({ expression }) => isJsonCheck(expression, row.name))
  const type = json ? 'json' : scalarTypeOf(systemType)
  const length = type === 'json' ? undefined : lengthOf(systemType, row.maxLength)
  const values = checks.map(({ expression }) => listedIn(expression, row.name)).find((list) => list !== undefined)
  const money = /money$/.test(systemType)
  return {
    name: row.name,
    type,
    nativeType: nativeTypeOf(systemType, row.maxLength, row.precision, row.scale),
    ...(length === undefined || values !== undefined ? {} : { length }),
    ...(type === 'decimal' ? { precision: row.precision, scale: money ? 4 : row.scale } : {}),
    ...(row.collation === undefined ? {} : { collation: row.collation }),
    nullable: row.nullable,
    ...(row.default === undefined ? {} : { default: row.default }),
    generated: row.generated,
    identity: row.identity,
    ...(row.comment === undefined ? {} : { comment: row.comment }),
    ...(values === undefined ? {} : { values }),
  }
}

/** `(isjson([doc])>(0))`, `(isjson([doc])=(1))`, `(isjson([doc],VALUE)=(1))`. */
function isJsonCheck(expression: string, column: string): boolean {
  const said = expression.toLowerCase().replaceAll(' ', '')
  const name = quote(column).toLowerCase().replaceAll(' ', '')
  return ['>(0)', '=(1)'].some((end) =>
    ['', ',value', ',object', ',array', ',scalar'].some((kind) => said === `(isjson(${name}${kind})${end})`),
  )
}

/** The values of a check that lists them, which the server writes `([a]='y' OR [a]='x')`, the last one first. */
function listedIn(expression: string, column: string): readonly string[] | undefined {
  const name = quote(column).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const one = `${name}=N?'((?:[^']|'')*)'`
  if (!new RegExp(`^\\(+${one}(?: OR ${one})*\\)+$`).test(expression)) return undefined
  return [...expression.matchAll(new RegExp(one, 'g'))].map((match) => (match[1] ?? '').replaceAll("''", "'")).reverse()
}

interface FoundKey extends UniqueKey {
  readonly primary: boolean
}

/** A unique index of some rows only makes nothing unique, unless it leaves out just the NULLs of its own columns. */
function uniqueKeysOf(rows: readonly KeyRow[], visible: ReadonlySet<string>): FoundKey[] {
  return [...groupBy(rows, ({ key }) => key)].flatMap(([name, parts]) => {
    const columns = parts.map((part) => part.column)
    const filter = parts[0]?.filter
    const nulls = columns.map((column) => `${quote(column)} IS NOT NULL`)
    const whole = filter === undefined || filter === `(${nulls.join(' AND ')})`
    const seen = columns.every((column) => visible.has(column))
    return whole && seen ? { name, columns, primary: parts[0]?.primary ?? false } : []
  })
}
