import { type Changes, Failure, type OAuthGrant, type OAuthStore, type Principal, type SignIn } from '@gatehouse/core'
import { Lookups } from '../lookups.js'
import { defaultTenant, principalId } from '../principal-id.js'
import type { Endpoints } from './endpoints.js'
import { scopesBehind } from './scopes.js'

/** Access tokens as credentials. */
export interface AccessTokens {
  /**
   * Who the token of a hash speaks for at one endpoint, at once where it is known already. Throws `unauthenticated`, in the same
   * words for tokens that are unknown, expired, revoked, or for another endpoint.
   */
  authenticate(hash: string, at: Door): Principal | Promise<Principal>
  /** The other tenant that the token of a hash acts in, at an endpoint of the default tenant; undefined: in no other. */
  memberOf(hash: string, endpoint: string): string | undefined | Promise<string | undefined>
  /** A grant and all its tokens are worth nothing from now on, in every process. */
  revoke(grant: Pick<OAuthGrant, 'id' | 'tenant'>): Promise<void>
  /** One token was taken back, and the rest of its grant stays. */
  forget(grant: Pick<OAuthGrant, 'id' | 'tenant'>): Promise<void>
  close(): void
}

/** Where a token is shown. */
interface Door {
  /** Who serves the call. */
  readonly tenant: string
  /** The tenant whose endpoint it is: the same, but for members. */
  readonly home: string
  readonly endpoint: string
}

interface Known extends Door {
  readonly principal: Principal
  readonly grantId: string
  readonly userId: string | undefined
  /** When it is to be looked up again: it expires then, or a minute has gone by. */
  readonly until: number
}

/** Tokens that are known in memory. Those that came first go first. */
const mostKnown = 20_000
/** What ends a token is heard of; a minute is for what was not. */
const rememberedMs = 60_000

export function createAccessTokens(
  store: OAuthStore,
  signInOf: (tenant: string) => SignIn,
  endpoints: Endpoints,
  changes: Changes | undefined,
  now: () => number,
): AccessTokens {
  const known = new Lookups<Known>(mostKnown, now)
  const hear = (tenant: string, about: string | undefined) => {
    const [kind, id] =
      about === undefined ? [] : [about.slice(0, about.indexOf(':')), about.slice(about.indexOf(':') + 1)]
    if (kind === 'grant') known.forgetWhere((entry) => entry.grantId === id)
    else if (kind === 'user') known.forgetWhere((entry) => entry.userId === id)
    else if (kind === undefined) known.forgetWhere((entry) => entry.home === tenant)
  }
  // Tenants come and go, so one is listened to from when a token of its own is looked up.
  const listening = new Map<string, () => void>()
  const listen = (tenant: string) => {
    if (!changes || listening.has(tenant)) return
    const stop = changes.listen(tenant, 'users', (about) => hear(tenant, about))
    listening.set(tenant, stop)
  }

  const load = (hash: string, home: string): Promise<Known> => {
    listen(home)
    // Of a tenant that is not listened to, nothing is kept: the token was shown at a wrong door.
    return known.share(
      hash,
      () => read(hash),
      (entry) => entry.home === home,
    )
  }
  const read = async (hash: string): Promise<Known> => {
    const found = await store.findToken(hash)
    const time = now()
    if (found?.value.kind !== 'access' || found.grant.revoked || found.value.expires <= time) throw invalid()
    const { value: token, grant } = found
    const door = grant.memberOf === undefined ? undefined : endpoints.find(grant.tenant, grant.endpoint)
    const scopes = door ? scopesBehind(token.scopes, door) : token.scopes
    return {
      principal: principalOf(await asItIsNow(store, signInOf, grant), scopes),
      grantId: grant.id,
      userId: grant.userId,
      tenant: actsIn(grant),
      home: grant.tenant,
      endpoint: grant.endpoint,
      until: Math.min(token.expires, time + rememberedMs),
    }
  }
  const admitted = (entry: Known, { tenant, home, endpoint }: Door): Principal => {
    const here = entry.tenant === tenant && entry.home === home && entry.endpoint === endpoint
    if (!here) throw invalid()
    return entry.principal
  }
  const elsewhere = ({ tenant, home, endpoint }: Known, at: string) =>
    home === defaultTenant && tenant !== home && endpoint === at ? tenant : undefined
  const forget = async ({ id, tenant }: Pick<OAuthGrant, 'id' | 'tenant'>) => {
    known.forgetWhere((entry) => entry.grantId === id)
    await changes?.announce(tenant, 'users', `grant:${id}`)
  }

  return {
    authenticate(hash, at) {
      const entry = known.get(hash)
      if (entry) return admitted(entry, at)
      return load(hash, at.home).then((loaded) => admitted(loaded, at))
    },
    memberOf(hash, endpoint) {
      const entry = known.get(hash)
      if (entry) return elsewhere(entry, endpoint)
      return load(hash, defaultTenant).then((loaded) => elsewhere(loaded, endpoint))
    },
    async revoke(grant) {
      await store.revokeGrant(grant.id)
      await forget(grant)
    },
    forget,
    close() {
      for (const stop of listening.values()) stop()
    },
  }
}

/** Roles may have changed since the token was made. Where nobody can tell those of a person, they are as they were then. */
async function asItIsNow(
  store: OAuthStore,
  signInOf: (tenant: string) => SignIn,
  grant: OAuthGrant,
): Promise<OAuthGrant> {
  if (grant.userId === undefined) {
    const client = await store.findClient(grant.clientId)
    if (!client) throw invalid()
    return { ...grant, name: client.name, roles: client.roles, attributes: client.attributes }
  }
  try {
    const person = await signInOf(grant.tenant).current(grant.userId, actsIn(grant))
    if (!person?.tenants.includes(actsIn(grant))) throw invalid()
    const { name, roles, attributes } = person
    return { ...grant, name, roles, attributes }
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'unavailable') return grant
    throw thrown
  }
}

/** The tenant whose data a grant is about. */
export function actsIn({ tenant, memberOf }: Pick<OAuthGrant, 'tenant' | 'memberOf'>): string {
  return memberOf ?? tenant
}

type Parties = Pick<OAuthGrant, 'userId' | 'name' | 'clientId' | 'tenant' | 'memberOf'>

/**
 * The id of whom a grant speaks for: the user, the client itself, or a member, whose name may be that of a user of the
 * tenant as well.
 */
export function grantPrincipal({ userId, name, clientId, tenant, memberOf }: Parties): string {
  if (userId === undefined) return principalId('client', clientId, tenant)
  return memberOf === undefined ? principalId('user', name, tenant) : principalId('member', name, memberOf)
}

const unlimited = ['*:read', '*:write', '*:execute']

function principalOf(grant: OAuthGrant, scopes: readonly string[]): Principal {
  const roles = [...new Set(grant.roles)].sort()
  const limited = !unlimited.every((scope) => scopes.includes(scope))
  const own = grant.userId === undefined
  return Object.freeze({
    id: grantPrincipal(grant),
    kind: own ? 'client' : 'user',
    // Row policies may go by it, so it is no name that a user of the tenant can have.
    name: grant.memberOf === undefined ? grant.name : `member:${grant.name}`,
    roles,
    attributes: grant.attributes,
    tenant: actsIn(grant),
    scope: JSON.stringify(roles) + (limited ? ` of ${[...scopes].sort().join(' ')}` : ''),
    ...(limited && { scopes: new Set(scopes) }),
    ...(!own && { actor: principalId('client', grant.clientId, actsIn(grant)) }),
  })
}

function invalid(): Failure {
  return new Failure('unauthenticated', 'This access token is not valid here', {
    hint: 'Ask for authorization again: the header WWW-Authenticate says where',
  })
}
