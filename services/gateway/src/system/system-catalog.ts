import type { Catalog, Column, Table } from '@gatehouse/core'
import type { SystemTable } from './system-table.js'

/** The store's catalog as callers of the system service see it: the tables that have rules, without what is hidden. */
export function systemCatalog(inner: Catalog, specs: readonly SystemTable[]): Catalog {
  const tables = new Map<string, Table>()
  for (const spec of specs) {
    const table = inner.tables.get(spec.name)
    if (table) tables.set(spec.name, shownTable(table, spec, specs))
  }
  const names = specs.map(({ name }) => name).join()
  return { tables, routines: new Map(), version: `${inner.version}/${names}` }
}

function shownTable(table: Table, spec: SystemTable, specs: readonly SystemTable[]): Table {
  const shown = (name: string) => specs.some((other) => other.name === name)
  const seen = (columns: readonly string[]) => columns.every((name) => !spec.hidden.includes(name))
  const columns = new Map<string, Column>()
  for (const [name, column] of table.columns) {
    if (spec.hidden.includes(name)) continue
    const { default: _default, ...rest } = column
    const kept = spec.kept.includes(name)
    columns.set(name, {
      ...rest,
      ...(kept && { generated: true }),
      ...(spec.filled.includes(name) && { default: '' }),
    })
  }
  const relationships = new Map(
    [...table.relationships].filter(
      ([, { table: other, junction }]) => shown(other) && (!junction || shown(junction.table)),
    ),
  )
  const { create, update, remove } = spec.rules
  return {
    ...table,
    columns,
    relationships,
    comment: spec.description,
    uniqueKeys: table.uniqueKeys.filter((key) => seen(key.columns)),
    foreignKeys: table.foreignKeys.filter((key) => seen(key.columns) && shown(key.references)),
    checks: [],
    can: { read: true, create: create !== undefined, update: update !== undefined, delete: remove !== undefined },
  }
}
