import { suggest } from '../nearest.js'
import type { AcrossRelationship, Catalog, Relationship, Table } from './catalog.js'

/** A relationship that the database does not declare: from the configuration of a service. */
export interface VirtualRelationship {
  /** Absent: named as a declared one. */
  readonly name?: string
  readonly kind: Relationship['kind']
  readonly table: string
  readonly columns: readonly string[]
  readonly to: {
    /** Absent: the service itself. */
    readonly service?: string
    readonly table: string
    readonly columns: readonly string[]
  }
  readonly junction?: NonNullable<Relationship['junction']>
}

/**
 * The catalog with the relationships of the configuration: those within the service like declared ones, from both of
 * their ends; those to other services under `across`, from theirs. What names a table or a column that is not there is
 * left out; `virtualProblems` says what is wrong with it.
 */
export function withVirtual(catalog: Catalog, virtual: readonly VirtualRelationship[]): Catalog {
  const known = virtual.filter((one) => virtualProblems(one, catalog, undefined).length === 0)
  if (known.length === 0) return catalog
  const tables = new Map(catalog.tables)
  const own = known.filter(({ to }) => to.service === undefined)
  for (const one of own) addRelationship(tables, one.table, forward(one))
  for (const one of own) addRelationship(tables, one.to.table, backward(one))
  for (const one of known) if (one.to.service !== undefined) addAcross(tables, one, one.to.service)
  return { ...catalog, tables }
}

/** What is wrong with a relationship, for people. `other`: the catalog of the service that it leads to, where known. */
export function virtualProblems(one: VirtualRelationship, own: Catalog, other: Catalog | undefined): string[] {
  const { table, columns, to, junction } = one
  const target = to.service === undefined ? own : other
  return [
    ...placeProblems(own, table, columns),
    ...(target ? placeProblems(target, to.table, to.columns) : []),
    ...(junction ? placeProblems(own, junction.table, [...junction.columns, ...junction.foreignColumns]) : []),
  ]
}

function placeProblems(catalog: Catalog, name: string, columns: readonly string[]): string[] {
  const table = catalog.tables.get(name)
  if (!table) return [`there is no table \`${name}\`. ${suggest(name, 'Tables', catalog.tables.keys())}`]
  return columns
    .filter((column) => !table.columns.has(column))
    .map((column) => `\`${name}\` has no column \`${column}\`. ${suggest(column, 'Columns', table.columns.keys())}`)
}

function forward({ name, kind, columns, to, junction }: VirtualRelationship): Relationship {
  const derived = junction
    ? `${to.table}_by_${junction.table}`
    : `${to.table}_by_${(kind === 'belongs_to' ? columns : to.columns).join('_')}`
  return {
    name: name ?? derived,
    kind,
    columns,
    table: to.table,
    foreignColumns: to.columns,
    ...(junction ? { junction } : {}),
  }
}

function backward({ kind, table, columns, to, junction }: VirtualRelationship): Relationship {
  const back: VirtualRelationship = {
    kind: kind === 'belongs_to' ? 'has_many' : kind === 'has_many' ? 'belongs_to' : 'many_to_many',
    table: to.table,
    columns: to.columns,
    to: { table, columns },
    ...(junction
      ? { junction: { table: junction.table, columns: junction.foreignColumns, foreignColumns: junction.columns } }
      : {}),
  }
  return forward(back)
}

function addRelationship(tables: Map<string, Table>, to: string, relationship: Relationship): void {
  const table = tables.get(to)
  if (!table || [...table.relationships.values()].some((known) => isSame(known, relationship))) return
  const name = freeName(table, relationship.name)
  tables.set(to, { ...table, relationships: new Map([...table.relationships, [name, { ...relationship, name }]]) })
}

function addAcross(tables: Map<string, Table>, one: VirtualRelationship, service: string): void {
  const table = tables.get(one.table)
  if (!table || one.kind === 'many_to_many') return
  const made = forward(one)
  const name = freeName(table, made.name)
  const { columns, foreignColumns } = made
  const across: AcrossRelationship = { name, kind: one.kind, columns, service, table: one.to.table, foreignColumns }
  tables.set(one.table, { ...table, across: new Map([...(table.across ?? []), [name, across]]) })
}

/** A name that is taken gets `_2`, `_3`, as those of declared relationships do. */
function freeName(table: Table, wanted: string): string {
  let name = wanted
  for (let n = 2; table.relationships.has(name) || table.across?.has(name); n++) name = `${wanted}_${n}`
  return name
}

function isSame(a: Relationship, b: Relationship): boolean {
  const text = ({ kind, columns, table, foreignColumns, junction }: Relationship) =>
    JSON.stringify([kind, columns, table, foreignColumns, junction?.table, junction?.columns, junction?.foreignColumns])
  return text(a) === text(b)
}
