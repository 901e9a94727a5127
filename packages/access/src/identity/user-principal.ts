import type { Membership, Principal, SignedIn, StoredUser } from '@gatehouse/core'
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

/** The user in its own tenant, with the others where it is a member. */
export function signedIn(user: StoredUser, tenant: string, memberships: readonly Membership[] = []): SignedIn {
  return {
    userId: user.id,
    name: user.name,
    ...(user.email !== undefined && { email: user.email }),
    provider: user.provider,
    roles: user.roles,
    attributes: user.attributes,
    tenants: [tenant, ...memberships.map((membership) => membership.tenant)],
    epoch: user.epoch,
  }
}

/** The same person in one of its tenants: with what it has there, and nothing of what it has elsewhere. */
export function actingIn(person: SignedIn, tenant: string, memberships: readonly Membership[]): SignedIn | undefined {
  const membership = memberships.find((known) => known.tenant === tenant)
  return membership && { ...person, roles: membership.roles, attributes: membership.attributes }
}
