import type { Check, Column, ForeignKey, Table, TableAbilities, UniqueKey } from '@gatehouse/core'
import { groupBy } from '../sql/group-by.js'
import type { tableFilter } from '../sql/table-filter.js'
import type {
  CheckRow,
  ColumnRow,
  CommentRow,
  GrantRow,
  IdentityRow,
  IndexRow,
  KeyRow,
  TableRow,
  TriggerRow,
  ViewColumnRow,
} from './introspect-queries.js'
import { nativeTypeOf, scalarTypeOf, type TypeChoices } from './native-type.js'
import { isJsonCheck, listedIn, numberedBy } from './table-text.js'

/** What the queries found of one owner. */
export interface Found {
  readonly owner: string
  readonly tables: readonly TableRow[]
  readonly columns: readonly ColumnRow[]
  readonly comments: readonly CommentRow[]
  readonly identities: readonly IdentityRow[]
  readonly keys: readonly KeyRow[]
  readonly indexes: readonly IndexRow[]
  readonly checks: readonly CheckRow[]
  readonly triggers: readonly TriggerRow[]
  readonly viewColumns: readonly ViewColumnRow[]
  readonly grants: readonly GrantRow[]
}

export interface TableRules {
  nameOf(owner: string, name: string): string
  readonly filter: ReturnType<typeof tableFilter>
  /** The user whose tables are its own. */
  readonly user: string
  /** `SELECT ANY TABLE` and its kin. */
  readonly systemPrivileges: ReadonlySet<string>
  /** Nothing is to be written, whatever the user may do. */
  readonly readOnly: boolean
  readonly choices: TypeChoices
}

export interface FoundTable {
  readonly table: Table
  /** What the errors call the primary key. */
  readonly primaryKeyName: string | undefined
}

export function tablesOf(found: Found, rules: TableRules): FoundTable[] {
  const columns = groupBy(found.columns, ({ table }) => table)
  const keys = groupBy(found.keys, ({ table }) => table)
  const indexes = groupBy(found.indexes, ({ table }) => table)
  const checks = groupBy(found.checks, ({ table }) => table)
  const triggers = groupBy(found.triggers, ({ table }) => table)
  const identities = groupBy(found.identities, ({ table }) => table)
  const grants = groupBy(found.grants, ({ table }) => table)
  const comments = new Map(found.comments.map((row) => [row.table, row.comment]))
  const views = new Map(found.viewColumns.map((row) => [row.table, row]))
  const tables: FoundTable[] = []
  for (const row of found.tables) {
    if (!rules.filter(found.owner, row.name)) continue
    const may = privilegesOn(found.owner, grants.get(row.name) ?? [], rules)
    if (!may('SELECT')) continue
    const parts: Parts = {
      columns: columns.get(row.name) ?? [],
      checks: checks.get(row.name) ?? [],
      triggers: triggers.get(row.name) ?? [],
      identities: identities.get(row.name) ?? [],
    }
    const own = new Map(parts.columns.flatMap((column) => columnOf(column, parts, rules)))
    if (own.size === 0) continue
    const constraints = keysOf(keys.get(row.name) ?? [], own, found.owner, rules)
    const unique = [...constraints.unique, ...uniqueIndexesOf(indexes.get(row.name) ?? [], own)]
    const comment = comments.get(row.name)
    tables.push({
      primaryKeyName: constraints.primary?.name,
      table: {
        name: rules.nameOf(found.owner, row.name),
        source: { schema: found.owner, name: row.name },
        kind: row.kind === 'TABLE' ? 'table' : 'view',
        ...(comment === undefined ? {} : { comment }),
        columns: own,
        primaryKey: constraints.primary?.columns ?? [],
        uniqueKeys: unique,
        foreignKeys: constraints.foreign,
        checks: parts.checks
          .filter((check) => !isNotNull(check) && !isJsonCheck(check.expression))
          .map(({ name, expression }): Check => ({ name, expression })),
        relationships: new Map(),
        ...(row.rows === undefined ? {} : { rows: row.rows }),
        ...(isAnyCase(own.keys()) ? { anyCase: true } : {}),
        can: abilitiesOf(row, views.get(row.name), parts.triggers, may, rules),
      },
    })
  }
  return tables
}

function isAnyCase(names: Iterable<string>): boolean {
  const all = [...names]
  return new Set(all.map((name) => name.toLowerCase())).size === all.length
}

interface Parts {
  readonly columns: readonly ColumnRow[]
  readonly checks: readonly CheckRow[]
  readonly triggers: readonly TriggerRow[]
  readonly identities: readonly IdentityRow[]
}

type May = (privilege: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE') => boolean

function privilegesOn(owner: string, grants: readonly GrantRow[], rules: TableRules): May {
  if (owner === rules.user) return () => true
  const granted = new Set(grants.map((row) => row.privilege))
  return (privilege) =>
    granted.has(privilege) ||
    rules.systemPrivileges.has(`${privilege} ANY TABLE`) ||
    (privilege === 'SELECT' && (granted.has('READ') || rules.systemPrivileges.has('READ ANY TABLE')))
}

function abilitiesOf(
  row: TableRow,
  view: ViewColumnRow | undefined,
  triggers: readonly TriggerRow[],
  may: May,
  rules: TableRules,
): TableAbilities {
  const instead = (event: string) =>
    triggers.some((trigger) => trigger.event.startsWith('INSTEAD OF') && trigger.event.includes(event))
  const takes = (event: string, itself: boolean | undefined) => {
    if (rules.readOnly) return false
    return (
      row.kind === 'TABLE' || (row.kind === 'VIEW' ? instead(event) || itself === true : false) || isMaterialized(row)
    )
  }
  return {
    read: true,
    create: takes('INSERT', row.updatable && view?.insertable) && may('INSERT'),
    update: takes('UPDATE', row.updatable && view?.updatable) && may('UPDATE'),
    delete: takes('DELETE', row.updatable && view?.deletable) && may('DELETE'),
  }
}

function isMaterialized(row: TableRow): boolean {
  return row.kind === 'MVIEW' && row.updatable
}

function isNotNull({ expression }: CheckRow): boolean {
  return /^"[^"]*" IS NOT NULL$/i.test(expression)
}

function columnOf(row: ColumnRow, parts: Parts, rules: TableRules): (readonly [string, Column])[] {
  const sized = /CHAR/.test(row.dataType) ? row.charLength : row.dataType === 'RAW' ? row.dataLength : undefined
  const native = {
    name: row.dataType,
    ...(row.precision === undefined ? {} : { precision: row.precision }),
    ...(row.scale === undefined ? {} : { scale: row.scale }),
    ...(sized === undefined ? {} : { length: sized }),
  }
  const identity = parts.identities.find((found) => found.column === row.name)
  const numbered =
    identity !== undefined || /\.?"?NEXTVAL"?$/i.test(row.default ?? '') || numberedBy(row.name, parts.triggers)
  const json = parts.checks.some((check) => isJsonCheck(check.expression, row.name))
  const found = scalarTypeOf(native, rules.choices)
  // Values that have no text are not there.
  if (found === undefined) return []
  // What the server numbers is whole, however wide the column.
  const whole = numbered && row.dataType === 'NUMBER' && (row.scale ?? 0) === 0 && found !== 'integer'
  const type = json ? 'json' : whole ? 'bigint' : found
  const values = parts.checks
    .map((check) => listedIn(check.expression))
    .find((list) => list?.column === row.name)?.values
  const column: Column = {
    name: row.name,
    type,
    nativeType: nativeTypeOf(native),
    ...(sized !== undefined && (type === 'text' || type === 'binary') ? { length: sized } : {}),
    ...(type === 'decimal' && row.precision !== undefined && row.dataType === 'NUMBER'
      ? { precision: row.precision }
      : {}),
    ...(type === 'decimal' && row.scale !== undefined && row.scale > 0 && row.dataType === 'NUMBER'
      ? { scale: row.scale }
      : {}),
    nullable: row.nullable,
    ...(row.default === undefined || row.default === '' || identity || row.virtual ? {} : { default: row.default }),
    generated: row.virtual || identity?.always === true,
    identity: numbered,
    ...(row.comment === '' ? {} : { comment: row.comment }),
    ...(values === undefined || type !== 'text' ? {} : { values }),
  }
  return [[row.name, column]]
}

interface Keys {
  readonly primary: UniqueKey | undefined
  readonly unique: readonly UniqueKey[]
  readonly foreign: readonly ForeignKey[]
}

/** Keys with a column that is not shown are not there. */
function keysOf(rows: readonly KeyRow[], columns: ReadonlyMap<string, Column>, owner: string, rules: TableRules): Keys {
  const found = [...groupBy(rows, ({ key }) => key)].filter(([, parts]) =>
    parts.every((part) => columns.has(part.column)),
  )
  const ofKind = (kind: string) => found.filter(([, [first]]) => first?.kind === kind)
  const uniqueKey = ([name, parts]: (typeof found)[number]): UniqueKey => ({
    name,
    columns: parts.map((part) => part.column),
  })
  return {
    primary: ofKind('P').map(uniqueKey)[0],
    unique: ofKind('U').map(uniqueKey),
    foreign: ofKind('R').flatMap(([name, parts]) => {
      const [first] = parts
      // The other table is out of sight.
      if (!first || parts.some((part) => part.otherColumn === '')) return []
      return {
        name,
        columns: parts.map((part) => part.column),
        references: rules.nameOf(first.otherOwner === '' ? owner : first.otherOwner, first.otherTable),
        referencedColumns: parts.map((part) => part.otherColumn),
      }
    }),
  }
}

function uniqueIndexesOf(rows: readonly IndexRow[], columns: ReadonlyMap<string, Column>): UniqueKey[] {
  return [...groupBy(rows, ({ index }) => index)]
    .filter(([, parts]) => parts.every(({ column }) => columns.has(column)))
    .map(([name, parts]) => ({ name, columns: parts.map(({ column }) => column) }))
}
