import type { Column, Grant, Mask, Table, TableAbilities } from '@gatehouse/core'
import { showsPlainly, sightOf } from './sight.js'

/**
 * A table as these grants show it, but for its relationships and foreign keys, which depend on other tables too;
 * undefined where they show nothing of it. The same object where they hide nothing.
 */
export function narrowTable(table: Table, grants: readonly Grant[]): Table | undefined {
  const reading = grants.filter((grant) => grant.verbs.has('read'))
  const columns = narrowColumns(table, grants, reading)
  const can = narrowAbilities(table, columns, grants)
  if (columns.size === 0 || !(can.read || can.create || can.update || can.delete)) return undefined
  const keyed = reading.length > 0 ? reading : grants
  const keeps = (names: readonly string[]) => keyed.some((grant) => showsPlainly(grant, names))
  const everyRow = reading.some((grant) => grant.rows === undefined)
  const whole = columns.size === table.columns.size
  const unchanged =
    whole &&
    [...columns.values()].every((column) => column.mask === undefined) &&
    sameAbilities(can, table.can) &&
    (everyRow || table.rows === undefined)
  if (unchanged) return table
  const { rows, ...rest } = table
  return {
    ...rest,
    columns,
    can,
    primaryKey: keeps(table.primaryKey) ? table.primaryKey : [],
    uniqueKeys: table.uniqueKeys.filter((key) => keeps(key.columns)),
    // A check is the database's own SQL: which columns it names cannot be told for sure.
    checks: whole ? table.checks : [],
    ...(everyRow && rows !== undefined ? { rows } : {}),
  }
}

function narrowColumns(table: Table, grants: readonly Grant[], reading: readonly Grant[]): ReadonlyMap<string, Column> {
  const columns = new Map<string, Column>()
  for (const column of table.columns.values()) {
    if (grants.every((grant) => sightOf(grant, column.name) === 'hidden')) continue
    const mask = maskOf(column.name, reading.length > 0 ? reading : grants)
    columns.set(column.name, mask === undefined ? column : { ...column, mask })
  }
  return columns
}

/** None where a grant shows the column as it is; `null` where it can be written and not read. */
function maskOf(column: string, grants: readonly Grant[]): Mask | undefined {
  let mask: Mask = 'null'
  let found = false
  for (const grant of grants) {
    const sight = sightOf(grant, column)
    if (sight === 'plain') return undefined
    if (sight === 'hidden' || found) continue
    mask = sight
    found = true
  }
  return mask
}

function narrowAbilities(table: Table, columns: ReadonlyMap<string, Column>, grants: readonly Grant[]): TableAbilities {
  const needed = [...table.columns.values()]
    .filter((column) => !(column.nullable || column.default !== undefined || column.identity || column.generated))
    .map((column) => column.name)
  const writable = [...columns.values()].filter((column) => !column.generated)
  const some = (test: (grant: Grant) => boolean) => grants.some(test)
  return {
    read:
      table.can.read &&
      some((grant) => grant.verbs.has('read') && [...columns.keys()].some((name) => sightOf(grant, name) !== 'hidden')),
    create: table.can.create && some((grant) => grant.verbs.has('create') && showsPlainly(grant, needed)),
    update:
      table.can.update &&
      some((grant) => grant.verbs.has('update') && writable.some((column) => sightOf(grant, column.name) === 'plain')),
    delete: table.can.delete && some((grant) => grant.verbs.has('delete')),
  }
}

function sameAbilities(a: TableAbilities, b: TableAbilities): boolean {
  return a.read === b.read && a.create === b.create && a.update === b.update && a.delete === b.delete
}
