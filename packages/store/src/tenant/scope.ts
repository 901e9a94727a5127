import { Failure } from '@gatehouse/core'
import type { Knex } from 'knex'

/** Tables whose rows each belong to one tenant. */
type TenantTable =
  | 'users'
  | 'sessions'
  | 'reset_codes'
  | 'sign_in_attempts'
  | 'sign_in_flows'
  | 'roles'
  | 'grants'
  | 'services'
  | 'limits'
  | 'mcp_endpoints'
  | 'api_keys'
  | 'oauth_clients'
  | 'oauth_grants'
  | 'oauth_consents'
  | 'tenants'
  | 'memberships'

/**
 * The store as one tenant sees it. The tenant is part of every question by construction: what is asked for here can
 * neither leave it out nor name another one.
 */
export interface Scope {
  readonly tenant: string
  /** Rows of the tenant, to be read, changed or deleted. */
  rows(table: TenantTable): Knex.QueryBuilder
  /** One row, or several with the same columns. */
  insert(table: TenantTable, rows: object | readonly object[]): Knex.QueryBuilder
  /** All or nothing. */
  together<T>(work: (scope: Scope) => Promise<T>): Promise<T>
}

export function scopeOf(knex: Knex, tenant: string): Scope {
  return {
    tenant,
    rows: (table) => knex(table).where(`${table}.tenant`, tenant),
    insert: (table, rows) => knex(table).insert([rows].flat().map((row) => ({ ...row, tenant }))),
    together: (work) => knex.transaction((transaction) => work(scopeOf(transaction, tenant))),
  }
}

/** The store's answer, or `unavailable` where it has none. */
export async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('unavailable', 'The store cannot be reached', { retryAfter: 5, cause })
  }
}

/** JSON of a column, whichever database and driver it came from. */
export function jsonOf<T>(value: unknown, otherwise: T): T {
  if (value === null || value === undefined) return otherwise
  return (typeof value === 'string' ? JSON.parse(value) : value) as T
}
