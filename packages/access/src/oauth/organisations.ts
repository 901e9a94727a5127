import type { SignedIn } from '@gatehouse/core'
import type { AuthorizationRequest } from './authorization-request.js'
import type { Protected } from './endpoints.js'
import { scopesBehind, scopesElsewhere, scopesOf } from './scopes.js'
import type { OAuthServer } from './server.js'

/** A request for authorization in one organisation: the only one that there is for the person, or the one they chose. */
export interface Settled {
  readonly request: AuthorizationRequest
  /** The endpoint asked for, or that of the same name in the tenant where the person is a member. */
  readonly chosen: Protected
  /** As it is in that tenant. */
  readonly person: SignedIn
  readonly scopes: readonly string[]
}

/**
 * Where a person may act by way of an endpoint: in its tenant, and in those where they are a member and which have an
 * endpoint of that name. The own tenant is left out where they have no role there but do have another one to go to.
 */
export function organisationsFor(server: OAuthServer, endpoint: Protected, person: SignedIn): readonly Protected[] {
  const others = person.tenants
    .filter((tenant) => tenant !== endpoint.tenant)
    .flatMap((tenant) => server.endpoints.find(tenant, endpoint.name) ?? [])
  return person.roles.length > 0 || others.length === 0 ? [endpoint, ...others] : others
}

/** The request in the chosen organisation; undefined: the person has to choose. Throws `invalid_scope`. */
export async function settle(
  server: OAuthServer,
  request: AuthorizationRequest,
  person: SignedIn,
  organisations: readonly Protected[],
): Promise<Settled | undefined> {
  const { endpoint, scopes, organisation } = request
  const [only] = organisations
  const chosen = organisations.length === 1 ? only : organisations.find(({ tenant }) => tenant === organisation)
  if (!chosen) return undefined
  if (chosen === endpoint) return { request, chosen, person, scopes: scopesOf(scopes, endpoint) }
  const member = await server.signIn(endpoint.tenant).current(person.userId, chosen.tenant)
  return member && { request, chosen, person: member, scopes: scopesElsewhere(scopesBehind(scopes, endpoint), chosen) }
}

/** The tenant that the person acts in as a member; undefined in their own. */
export function memberOf({ request, chosen }: Settled): string | undefined {
  return chosen.tenant === request.endpoint.tenant ? undefined : chosen.tenant
}
