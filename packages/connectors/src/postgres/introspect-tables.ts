import type { Check, Column, ForeignKey, Table, TableAbilities, UniqueKey } from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'
import { type Constraints, constraintKey } from './constraints.js'
import { listedValues } from './listed-values.js'
import type { Types } from './types.js'

type Row = readonly Raw[]

/** What the queries of the same names answered. */
export interface Found {
  readonly tables: readonly Row[]
  readonly columns: readonly Row[]
  readonly keys: readonly Row[]
  readonly foreignKeys: readonly Row[]
  readonly checks: readonly Row[]
}

export interface TableRules {
  nameOf(schema: string, name: string): string
  filter(schema: string, name: string): boolean
  /** The whole database takes no writes. */
  readonly readOnly: boolean
  readonly otherRoles: boolean
}

/** Bits of pg_relation_is_updatable. */
const updates = 1 << 2
const inserts = 1 << 3
const deletes = 1 << 4

/** The columns of each key and constraint, hidden ones too: for hints in failures. */
export function constraintsOf(found: Found): Constraints {
  const schemas = new Map(found.tables.map((row) => [text(row[0]), text(row[1])]))
  const constraints = new Map<string, readonly string[]>()
  const learn = (row: Row, columns: readonly string[]) => {
    if (columns.length > 0) constraints.set(constraintKey(schemas.get(text(row[0])) ?? '', text(row[1])), columns)
  }
  for (const row of found.keys) learn(row, names(row[3]))
  for (const row of found.foreignKeys) learn(row, names(row[2]))
  for (const row of found.checks) learn(row, names(row[3]))
  return constraints
}

export function tablesOf(found: Found, types: Types, rules: TableRules): Table[] {
  const columns = byTable(found.columns)
  const keys = byTable(found.keys)
  const foreignKeys = byTable(found.foreignKeys)
  const checks = byTable(found.checks)
  const tables: Table[] = []
  for (const row of found.tables) {
    const [oid = '', schema = '', name = '', kind = ''] = row.slice(0, 4).map(text)
    if (!rules.filter(schema, name)) continue
    const can = abilities(row, kind, rules)
    if (!(can.read || can.create || can.update || can.delete)) continue
    const ownChecks: Check[] = (checks.get(oid) ?? []).map((c) => ({ name: text(c[1]), expression: text(c[2]) }))
    const all = rules.otherRoles || row[12] === 't' || !can.read
    const own = (columns.get(oid) ?? []).filter((column) => all || column[9] === 't')
    const { primaryKey, uniqueKeys } = keysOf(keys.get(oid) ?? [])
    const rows = Number(row[5])
    tables.push({
      name: rules.nameOf(schema, name),
      source: { schema, name },
      kind: kind === 'v' || kind === 'm' ? 'view' : 'table',
      ...comment(row[4]),
      columns: new Map(
        own.flatMap((column) => {
          const made = columnOf(column, types, ownChecks)
          return made ? [[made.name, made] as const] : []
        }),
      ),
      primaryKey,
      uniqueKeys,
      foreignKeys: (foreignKeys.get(oid) ?? []).map((key) => foreignKeyOf(key, rules)),
      checks: ownChecks,
      relationships: new Map(),
      triggers: row[13] !== 'f',
      ...(rows >= 0 && kind !== 'v' ? { rows } : {}),
      can,
    })
  }
  return tables.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function abilities(row: Row, kind: string, rules: TableRules): TableAbilities {
  const may = (index: number) => rules.otherRoles || (row[6] === 't' && row[index] === 't')
  const bits = kind === 'm' || rules.readOnly ? 0 : Number(row[11])
  return {
    read: may(7),
    create: may(8) && (bits & inserts) !== 0,
    update: may(9) && (bits & updates) !== 0,
    delete: may(10) && (bits & deletes) !== 0,
  }
}

function columnOf(row: Row, types: Types, checks: readonly Check[]): Column | undefined {
  const facts = types.facts(text(row[2]), Number(row[3]))
  if (!facts) return undefined
  const name = text(row[1])
  const identity = text(row[5])
  const expression = row[7] === null ? undefined : text(row[7])
  const serial = expression?.startsWith('nextval(') === true
  const values = facts.values ?? listedValues(name, checks, facts.checks)
  return {
    name,
    type: facts.type,
    nativeType: facts.nativeType,
    ...(facts.length === undefined ? {} : { length: facts.length }),
    ...(facts.precision === undefined ? {} : { precision: facts.precision }),
    ...(facts.scale === undefined ? {} : { scale: facts.scale }),
    nullable: row[4] !== 't' && !facts.notNull,
    ...(expression === undefined ? {} : { default: expression }),
    // GENERATED ALWAYS AS IDENTITY refuses values too.
    generated: text(row[6]) !== '' || identity === 'a',
    identity: identity !== '' || serial,
    ...comment(row[8]),
    ...(values ? { values } : {}),
  }
}

function keysOf(rows: readonly Row[]): { primaryKey: readonly string[]; uniqueKeys: UniqueKey[] } {
  let primaryKey: readonly string[] = []
  const uniqueKeys: UniqueKey[] = []
  for (const row of rows) {
    const columns = names(row[3])
    if (row[2] === 't') primaryKey = columns
    else uniqueKeys.push({ name: text(row[1]), columns })
  }
  return { primaryKey, uniqueKeys }
}

function foreignKeyOf(row: Row, rules: TableRules): ForeignKey {
  return {
    name: text(row[1]),
    columns: names(row[2]),
    references: rules.nameOf(text(row[3]), text(row[4])),
    referencedColumns: names(row[5]),
  }
}

function byTable(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  const tables = new Map<string, Row[]>()
  for (const row of rows) {
    const oid = text(row[0])
    const own = tables.get(oid)
    if (own) own.push(row)
    else tables.set(oid, [row])
  }
  return tables
}

function names(raw: Raw | undefined): readonly string[] {
  const parsed: unknown = JSON.parse(text(raw) || '[]')
  return Array.isArray(parsed) ? parsed.map(String) : []
}

function comment(raw: Raw | undefined): { comment?: string } {
  return raw === null || raw === undefined ? {} : { comment: text(raw) }
}

function text(raw: Raw | undefined): string {
  return raw === null || raw === undefined ? '' : String(raw)
}
