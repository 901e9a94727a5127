import type { AcrossRelationship, Catalog, Services, Table } from '@gatehouse/core'
import { type GrantsOn, tableResource } from './narrow.js'
import { showsPlainly } from './sight.js'

/** Another service, and what the caller may do there. */
interface Elsewhere {
  readonly catalog: Catalog
  readonly grants: GrantsOn
}

/** The catalogs of the services that relationships of this one lead to; of one that is not there yet, an empty one. */
export function catalogsAcross(catalog: Catalog, services: Services): ReadonlyMap<string, Catalog> {
  const found = new Map<string, Catalog>()
  for (const table of catalog.tables.values()) {
    for (const { service } of table.across?.values() ?? []) {
      const other = services.find(service)
      if (other) found.set(service, other.catalog)
    }
  }
  return found
}

/**
 * Leaves the caller the relationships to other services that it may follow: where it may read the columns that link, as
 * they are, on both sides.
 */
export function narrowAcross(
  catalog: Catalog,
  own: GrantsOn,
  elsewhere: (service: string) => Elsewhere | undefined,
): Catalog {
  if (![...catalog.tables.values()].some((table) => table.across)) return catalog
  const tables = new Map<string, Table>()
  for (const [name, table] of catalog.tables) {
    const { across, ...rest } = table
    if (!across) {
      tables.set(name, table)
      continue
    }
    const seen = [...across].filter(
      ([, relationship]) =>
        reads(own, name, relationship.columns) && leads(relationship, elsewhere(relationship.service)),
    )
    tables.set(name, seen.length > 0 ? { ...rest, across: new Map(seen) } : rest)
  }
  return { ...catalog, tables }
}

function leads({ table, foreignColumns }: AcrossRelationship, other: Elsewhere | undefined): boolean {
  const target = other?.catalog.tables.get(table)
  if (!other || !target?.can.read) return false
  return foreignColumns.every((column) => target.columns.has(column)) && reads(other.grants, table, foreignColumns)
}

function reads(grants: GrantsOn, table: string, columns: readonly string[]): boolean {
  return grants(tableResource(table, 'database')).some(
    (grant) => grant.verbs.has('read') && showsPlainly(grant, columns),
  )
}
