import type { Catalog, ForeignKey, Grant, Relationship, Routine, Service, Table } from '@gatehouse/core'
import { narrowTable } from './narrow-table.js'
import { showsPlainly } from './sight.js'

/** The grants that govern a resource for one caller: `_table/orders`, `_proc/report`. */
export type GrantsOn = (resource: string) => readonly Grant[]

/**
 * The catalog as one caller sees it: what is hidden from it is not there, what is masked says so, and `can` is what it
 * may do. `version` names the narrowed catalog.
 */
export function narrow(
  catalog: Catalog,
  grantsOn: GrantsOn,
  version: string,
  family: Service['family'] = 'database',
): Catalog {
  const tables = new Map<string, Table>()
  const reading = new Map<string, readonly Grant[]>()
  for (const table of catalog.tables.values()) {
    const grants = grantsOn(tableResource(table.name, family))
    const seen = grants.length === 0 ? undefined : narrowTable(table, grants)
    if (!seen) continue
    tables.set(table.name, seen)
    if (seen.can.read) {
      reading.set(
        table.name,
        grants.filter((grant) => grant.verbs.has('read')),
      )
    }
  }
  for (const [name, seen] of tables) tables.set(name, narrowLinks(seen, tables, reading))
  return { tables, routines: narrowRoutines(catalog, grantsOn), version }
}

/** Gatehouse's own tables are resources of their own name: `audit`. */
export function tableResource(table: string, family: Service['family']): string {
  return family === 'system' ? table : `_table/${table}`
}

export function routineResource(routine: Routine): string {
  return `${routine.kind === 'procedure' ? '_proc' : '_func'}/${routine.name}`
}

function narrowLinks(
  table: Table,
  tables: ReadonlyMap<string, Table>,
  reading: ReadonlyMap<string, readonly Grant[]>,
): Table {
  const readable = (name: string, columns: readonly string[]) =>
    reading.get(name)?.some((grant) => showsPlainly(grant, columns)) ?? false
  const follows = ({ columns, table: other, foreignColumns, junction }: Relationship) =>
    readable(table.name, columns) &&
    readable(other, foreignColumns) &&
    (!junction || readable(junction.table, [...junction.columns, ...junction.foreignColumns]))
  const seesKey = (key: ForeignKey) =>
    key.columns.every((column) => table.columns.has(column)) &&
    key.referencedColumns.every((column) => tables.get(key.references)?.columns.has(column))
  const relationships = [...table.relationships].filter(([, relationship]) => follows(relationship))
  const foreignKeys = table.foreignKeys.filter(seesKey)
  if (relationships.length === table.relationships.size && foreignKeys.length === table.foreignKeys.length) return table
  return { ...table, foreignKeys, relationships: new Map(relationships) }
}

function narrowRoutines(catalog: Catalog, grantsOn: GrantsOn): Catalog['routines'] {
  const routines = new Map<string, readonly Routine[]>()
  for (const [name, overloads] of catalog.routines) {
    const granted = overloads.filter((routine) =>
      grantsOn(routineResource(routine)).some((grant) => grant.verbs.has('execute')),
    )
    if (granted.length > 0) routines.set(name, granted.length === overloads.length ? overloads : granted)
  }
  return routines
}
