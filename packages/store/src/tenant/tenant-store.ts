import type { IdentityStore } from '@gatehouse/core'
import type { Knex } from 'knex'
import { type AccessRows, accessOf } from './access-rows.js'
import { attemptsOf } from './attempts.js'
import { providerUsersOf, type Renewals } from './provider-users.js'
import { reached, scopeOf } from './scope.js'
import { sessionsOf } from './sessions.js'
import { type NewUser, usersOf } from './users.js'

/** All of the store that belongs to one tenant, and no way to another one's. */
export interface TenantStore extends IdentityStore, AccessRows, Renewals {
  noUsers(): Promise<boolean>
  addUser(user: NewUser): Promise<boolean>
}

/** Throws `unavailable` from each of its functions when the store cannot be reached. */
export function createTenantStore(knex: Knex, tenant: string): TenantStore {
  const scope = scopeOf(knex, tenant)
  const parts = {
    ...usersOf(scope),
    ...sessionsOf(scope),
    ...providerUsersOf(scope),
    ...attemptsOf(scope),
    ...accessOf(scope),
  }
  const reaching = Object.entries(parts).map(([name, ask]) => [
    name,
    (...given: readonly unknown[]) => reached((ask as (...given: readonly unknown[]) => Promise<unknown>)(...given)),
  ])
  // Each function is the one above, with its failures named.
  return { tenant, ...(Object.fromEntries(reaching) as typeof parts) }
}
