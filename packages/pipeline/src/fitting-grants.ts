import type { Catalog, Service } from '@gatehouse/core'
import { type GrantsOn, tableResource } from './narrow.js'
import { fits } from './row-policy.js'

/**
 * The grants without what they cannot give: where the row policy of one means nothing on a table, its verbs allow
 * nothing there, whatever others allow. A table that nothing is left of does not exist for the caller.
 */
export function fittingGrants(grantsOn: GrantsOn, catalog: Catalog, family: Service['family']): GrantsOn {
  const prefix = tableResource('', family)
  return (resource) => {
    const grants = grantsOn(resource)
    if (grants.every(({ rows }) => rows === undefined) || !resource.startsWith(prefix)) return grants
    const table = catalog.tables.get(resource.slice(prefix.length))
    const unfit = table ? grants.filter((grant) => !fits(grant, table, catalog)) : []
    if (unfit.length === 0) return grants
    const lost = new Set(unfit.flatMap(({ verbs }) => [...verbs]))
    return grants
      .map((grant) => ({ ...grant, verbs: new Set([...grant.verbs].filter((verb) => !lost.has(verb))) }))
      .filter(({ verbs }) => verbs.size > 0)
  }
}
