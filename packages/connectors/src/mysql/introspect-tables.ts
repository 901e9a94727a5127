import type { Check, Column, Table, TableAbilities, UniqueKey } from '@gatehouse/core'
import { foreignKeysOf } from '../sql/foreign-keys.js'
import { groupBy } from '../sql/group-by.js'
import type { tableFilter } from '../sql/table-filter.js'
import type { Flavour } from './flavour.js'
import type {
  CheckRow,
  ColumnRow,
  ForeignKeyRow,
  KeyRow,
  ParameterRow,
  RoutineRow,
  TableRow,
} from './introspect-queries.js'
import { listedIn, membersOf, scalarTypeOf } from './native-type.js'
import type { Privileges } from './privileges.js'
import { textLiteral } from './text-sql.js'

/** What the queries found in one schema. */
export interface Found {
  readonly tables: readonly TableRow[]
  readonly views: readonly { readonly name: string; readonly writable: boolean }[]
  readonly columns: readonly ColumnRow[]
  readonly keys: readonly KeyRow[]
  readonly foreignKeys: readonly ForeignKeyRow[]
  readonly checks: readonly CheckRow[]
  readonly routines: readonly RoutineRow[]
  readonly parameters: readonly ParameterRow[]
}

export interface TableRules {
  nameOf(schema: string, name: string): string
  readonly filter: ReturnType<typeof tableFilter>
  readonly privileges: Privileges
  /** Nothing can be written on this server. */
  readonly readOnly: boolean
  readonly flavour: Flavour
}

const kinds: ReadonlyMap<string, Table['kind']> = new Map([
  ['BASE TABLE', 'table'],
  ['SYSTEM VERSIONED', 'table'],
  ['VIEW', 'view'],
])

/** mysql2 gives up the connection over columns that are called so. */
const unreadable = new Set([
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
])

export function tablesOf(found: Found, rules: TableRules): Table[] {
  const columns = groupBy(found.columns, ({ table }) => table)
  const keys = groupBy(found.keys, ({ table }) => table)
  const foreignKeys = groupBy(found.foreignKeys, ({ table }) => table)
  const checks = groupBy(found.checks, ({ table }) => table)
  const writableViews = new Set(found.views.filter((view) => view.writable).map((view) => view.name))
  const tables: Table[] = []
  for (const row of found.tables) {
    const kind = kinds.get(row.type)
    if (!kind || !rules.filter(row.schema, row.name)) continue
    // A column that cannot be read does not exist here.
    const own = (columns.get(row.name) ?? []).filter((column) => may(column, 'select') && !unreadable.has(column.name))
    if (own.length === 0) continue
    const ownChecks = checks.get(row.name) ?? []
    const unique = uniqueKeysOf(keys.get(row.name) ?? [], new Set(own.map((column) => column.name)))
    const writable = !rules.readOnly && (kind === 'table' || writableViews.has(row.name))
    tables.push({
      name: rules.nameOf(row.schema, row.name),
      source: { schema: row.schema, name: row.name },
      kind,
      // A view whose tables are gone has an error for a comment, others the word VIEW.
      ...(kind === 'table' && row.comment !== '' ? { comment: row.comment } : {}),
      columns: new Map(own.map((column) => [column.name, columnOf(column, ownChecks, rules.flavour)])),
      primaryKey: unique.find((key) => key.name === 'PRIMARY')?.columns ?? [],
      uniqueKeys: unique.filter((key) => key.name !== 'PRIMARY'),
      foreignKeys: foreignKeysOf(foreignKeys.get(row.name) ?? [], rules.nameOf),
      checks: ownChecks
        .filter((check) => !isJsonCheck(check))
        .map(({ name, expression }): Check => ({ name, expression })),
      relationships: new Map(),
      ...(kind === 'table' && row.rows !== undefined ? { rows: row.rows } : {}),
      can: abilitiesOf(row, own, writable, rules.privileges),
    })
  }
  return tables
}

function may(column: ColumnRow, privilege: string): boolean {
  return column.privileges.split(',').includes(privilege)
}

function abilitiesOf(
  row: TableRow,
  columns: readonly ColumnRow[],
  writable: boolean,
  privileges: Privileges,
): TableAbilities {
  return {
    read: true,
    create: writable && columns.some((column) => may(column, 'insert')),
    update: writable && columns.some((column) => may(column, 'update')),
    delete: writable && privileges.mayDelete(row.schema, row.name),
  }
}

function columnOf(row: ColumnRow, checks: readonly CheckRow[], flavour: Flavour): Column {
  // MariaDB's JSON is a text with a check; the check is named for the column.
  const json = checks.some((check) => check.name === row.name && isJsonCheck(check))
  const type = json ? 'json' : scalarTypeOf(row.dataType, row.columnType)
  const members = membersOf(row.columnType)
  const values = members ?? listed(row.name, checks)
  const sized = type === 'text' || type === 'binary'
  const set = defaultOf(row, flavour)
  return {
    name: row.name,
    type,
    nativeType: row.columnType,
    ...(sized && members === undefined && row.length !== undefined ? { length: row.length } : {}),
    ...(type === 'decimal' && row.precision !== undefined ? { precision: row.precision } : {}),
    ...(type === 'decimal' && row.scale !== undefined ? { scale: row.scale } : {}),
    nullable: row.nullable,
    ...(set === undefined ? {} : { default: set }),
    generated:
      row.expression !== '' || /\b(virtual|stored|persistent) generated\b|^(virtual|persistent)/.test(row.extra),
    identity: row.extra.includes('auto_increment'),
    ...(row.comment === '' ? {} : { comment: row.comment }),
    ...(values === undefined ? {} : { values }),
  }
}

function isJsonCheck({ name, expression }: CheckRow): boolean {
  return expression === `json_valid(\`${name.replaceAll('`', '``')}\`)`
}

function listed(column: string, checks: readonly CheckRow[]): readonly string[] | undefined {
  for (const check of checks) {
    const list = listedIn(check.expression)
    if (list?.column === column) return list.values
  }
  return undefined
}

/** MariaDB writes defaults as SQL; MySQL writes plain values without quotes, and marks what is an expression. */
function defaultOf(row: ColumnRow, flavour: Flavour): string | undefined {
  if (row.default === undefined) return undefined
  if (flavour.mariadb) return row.default === 'NULL' ? undefined : row.default
  if (row.extra.includes('default_generated') || /^(bit|b'|current_timestamp)/i.test(row.default)) return row.default
  return /^-?\d+(\.\d+)?$/.test(row.default) ? row.default : textLiteral(row.default)
}

/** Keys on expressions and on beginnings of texts do not make values unique as a whole. */
function uniqueKeysOf(rows: readonly KeyRow[], readable: ReadonlySet<string>): UniqueKey[] {
  return [...groupBy(rows, ({ key }) => key)].flatMap(([name, parts]) => {
    const columns = parts.flatMap(({ column, prefix }) =>
      column !== undefined && !prefix && readable.has(column) ? [column] : [],
    )
    return columns.length === parts.length ? [{ name, columns }] : []
  })
}
