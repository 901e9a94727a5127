import {
  type Catalog,
  Failure,
  type Filter,
  type Grant,
  type Principal,
  parseFilter,
  type Table,
} from '@gatehouse/core'
import { withAttributes } from './attributes.js'

const parsed = new WeakMap<Grant, WeakMap<Table, Filter>>()

/**
 * The rows of a grant as a filter with the caller's attributes still open, or undefined for all rows. Parsed once,
 * against the whole catalog: a policy may name columns that the caller does not see. Throws `internal` where it does
 * not parse, so that nothing is answered under it.
 */
export function rowPolicy(grant: Grant, table: Table, catalog: Catalog): Filter | undefined {
  if (grant.rows === undefined) return undefined
  const known = parsed.get(grant)?.get(table)
  if (known) return known
  const policy = parsePolicy(grant.rows, grant.role, table, catalog)
  const byTable = parsed.get(grant) ?? new WeakMap<Table, Filter>()
  parsed.set(grant, byTable.set(table, policy))
  return policy
}

/** False where the grant's policy means nothing on the table: a pattern takes in tables that lack its columns. */
export function fits(grant: Grant, table: Table, catalog: Catalog): boolean {
  try {
    rowPolicy(grant, table, catalog)
    return true
  } catch (thrown) {
    if (thrown instanceof Failure) return false
    throw thrown
  }
}

function parsePolicy(rows: string, role: string, table: Table, catalog: Catalog): Filter {
  try {
    return parseFilter(rows, { table, catalog, attributes: true })
  } catch (cause) {
    throw new Failure('internal', 'A row policy of your roles cannot be applied, so nothing is answered', {
      hint: 'An administrator finds the reason in the log, under the request id of this answer',
      cause: new Error(`The row policy of role ${role} on ${table.name} does not parse: ${rows}`, { cause }),
    })
  }
}

const fixed = new WeakSet<Filter>()
const bound = new WeakMap<Filter, WeakMap<Principal, Filter>>()

/**
 * The policy with the caller's attributes as values; itself where it names none. The same principal object gets the
 * same filter object. Throws `forbidden` that names an attribute which the caller does not have.
 */
export function bindPolicy(policy: Filter, principal: Principal): Filter {
  if (fixed.has(policy)) return policy
  const known = bound.get(policy)?.get(principal)
  if (known) return known
  const filter = withAttributes(policy, principal)
  if (filter === policy) {
    fixed.add(policy)
    return policy
  }
  const byPrincipal = bound.get(policy) ?? new WeakMap<Principal, Filter>()
  bound.set(policy, byPrincipal.set(principal, filter))
  return filter
}
