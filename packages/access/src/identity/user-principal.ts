import type { Principal, SignedIn, StoredUser } from '@gatehouse/core'
import { principalId } from '../principal-id.js'

/** A user as a caller. Frozen, since it is shared by all calls of a session. */
export function userPrincipal(user: StoredUser, tenant: string): Principal {
  return principalOf(principalId('user', user.name, tenant), user.name, user.roles, user.attributes, tenant)
}

export function principalOf(
  id: string,
  name: string,
  given: readonly string[],
  attributes: Principal['attributes'],
  tenant: string,
): Principal {
  const roles = [...new Set(given)].sort()
  return Object.freeze({ id, kind: 'user', name, roles, attributes, tenant, scope: JSON.stringify(roles) })
}

export function signedIn(user: StoredUser, tenant: string): SignedIn {
  return {
    userId: user.id,
    name: user.name,
    ...(user.email !== undefined && { email: user.email }),
    provider: user.provider,
    roles: user.roles,
    attributes: user.attributes,
    tenants: [tenant],
  }
}
