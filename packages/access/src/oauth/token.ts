import type { OAuthClient, OAuthGrant, OAuthToken, SignedIn } from '@gatehouse/core'
import { actsIn, grantPrincipal } from './access-tokens.js'
import { requireEndpoint } from './clients.js'
import type { Protected } from './endpoints.js'
import { OAuthError } from './oauth-error.js'
import { type Parameters, required } from './parameters.js'
import { provesChallenge } from './pkce.js'
import { covers, scopesAsked } from './scopes.js'
import { hashText, makeGrantId, makeText } from './secret-text.js'
import type { OAuthServer } from './server.js'

/** One request to the token endpoint, from a client that has proved who it is. */
export interface TokenRequest {
  readonly client: OAuthClient
  readonly parameters: Parameters
  /** The endpoint whose address it was sent to. */
  readonly here: Protected
  readonly address: string | undefined
}

/** `POST .../token` */
export async function token(server: OAuthServer, request: TokenRequest): Promise<object> {
  const type = required(request.parameters, 'grant_type')
  switch (type) {
    case 'authorization_code':
      return byCode(server, allowed(request, type))
    case 'refresh_token':
      return byRefreshToken(server, allowed(request, type))
    case 'client_credentials':
      return byCredentials(server, allowed(request, type))
    default:
      throw new OAuthError(
        'unsupported_grant_type',
        '`grant_type` is authorization_code, refresh_token or client_credentials',
      )
  }
}

function allowed(request: TokenRequest, type: OAuthClient['grantTypes'][number]): TokenRequest {
  if (request.client.grantTypes.includes(type)) return request
  throw new OAuthError('unauthorized_client', `This client may not use ${type}`)
}

async function byCode(server: OAuthServer, request: TokenRequest): Promise<object> {
  const { parameters, client } = request
  const code = required(parameters, 'code')
  const used = await server.store.useCode(hashText(code), server.now())
  if (!used) throw invalidCode()
  const { value, grant, first } = used
  if (!first) {
    // Somebody has it who should not: what the first use has brought is taken back (RFC 6749, 4.1.2).
    await server.tokens.revoke(grant)
    note(server, request, grant, 'token', 'code used twice')
    throw invalidCode()
  }
  const redirectUri = parameters.get('redirect_uri')
  const holds =
    grant.clientId === client.id &&
    !grant.revoked &&
    value.expires > server.now() &&
    (redirectUri === undefined || redirectUri === value.redirectUri) &&
    provesChallenge(parameters.get('code_verifier'), value.challenge)
  if (!holds) {
    note(server, request, grant, 'token', 'code not proved')
    throw invalidCode()
  }
  requireAudience(server, request, grant)
  await server.registration?.used(client)
  return issue(server, request, grant, grant.scopes, 'token')
}

async function byRefreshToken(server: OAuthServer, request: TokenRequest): Promise<object> {
  const { parameters, client } = request
  const hash = hashText(required(parameters, 'refresh_token'))
  const held = await server.store.findToken(hash)
  // Before it is used up: nobody else can use up a client's token.
  if (held?.value.kind !== 'refresh' || held.grant.clientId !== client.id) throw invalidRefreshToken()
  requireAudience(server, request, held.grant)
  const scopes = narrowed(parameters.get('scope'), held.grant)
  // Before it is used up: while a provider cannot be asked, the client may come again with it.
  const person = await personNow(server, held.grant)
  const used = await server.store.useRefreshToken(hash, server.now())
  if (!used) throw invalidRefreshToken()
  const { value, grant, first } = used
  if (!first) {
    await server.tokens.revoke(grant)
    note(server, request, grant, 'refresh', 'refresh token used twice')
    throw invalidRefreshToken()
  }
  if (grant.revoked || value.expires <= server.now()) throw invalidRefreshToken()
  if (grant.userId !== undefined) {
    if (!person?.tenants.includes(actsIn(grant))) {
      await server.tokens.revoke(grant)
      note(server, request, grant, 'refresh', 'the user is gone')
      throw invalidRefreshToken()
    }
    await server.store.updateGrants(grant, person)
  }
  await server.registration?.used(client)
  return issue(server, request, grant, scopes, 'refresh')
}

/** The person of a grant that still stands, as its provider sees it now. */
async function personNow(server: OAuthServer, grant: OAuthGrant): Promise<SignedIn | undefined> {
  const { userId, tenant, revoked } = grant
  if (userId === undefined || revoked) return undefined
  return server.signIn(tenant).current(userId, actsIn(grant), { anew: true })
}

/** The client in its own name: with the roles that an administrator gave it. */
async function byCredentials(server: OAuthServer, request: TokenRequest): Promise<object> {
  const { client, parameters, here } = request
  if (client.kind !== 'configured' || client.secretHash === undefined || !client.endpoint) {
    throw new OAuthError('unauthorized_client', 'This client has no rights of its own')
  }
  const own = server.endpoints.find(client.endpoint.tenant, client.endpoint.name)
  const endpoint = parameters.has('resource') ? server.endpoints.meant(parameters.get('resource'), here) : own
  if (!endpoint) throw new OAuthError('invalid_target', 'The MCP endpoint of this client is no more')
  requireEndpoint(client, endpoint)
  const asked = parameters.get('scope')
  const grant: OAuthGrant = {
    id: makeGrantId(),
    clientId: client.id,
    tenant: endpoint.tenant,
    endpoint: endpoint.name,
    // Its roles say what it may do; a scope narrows that where it asks for one.
    scopes: asked === undefined ? endpoint.scopes : scopesAsked(asked, endpoint),
    name: client.name,
    roles: client.roles,
    attributes: client.attributes,
    revoked: false,
  }
  await server.store.saveGrant(grant, server.now())
  return issue(server, request, grant, grant.scopes, 'token')
}

/** RFC 8707: the token is for the endpoint that was agreed to, whatever is asked for now. */
function requireAudience(server: OAuthServer, { parameters, here }: TokenRequest, grant: OAuthGrant): void {
  const resource = parameters.get('resource')
  if (resource === undefined) return
  const { tenant, name } = server.endpoints.meant(resource, here)
  if (tenant === grant.tenant && name === grant.endpoint) return
  throw new OAuthError('invalid_target', '`resource` is not the one that was agreed to')
}

function narrowed(asked: string | undefined, grant: OAuthGrant): readonly string[] {
  if (asked === undefined) return grant.scopes
  const scopes = asked.split(' ').filter((scope) => scope !== '')
  if (scopes.length > 0 && scopes.every((scope) => covers(grant.scopes, scope))) return scopes
  throw new OAuthError('invalid_scope', 'More cannot be asked for than was agreed to')
}

async function issue(
  server: OAuthServer,
  request: TokenRequest,
  grant: OAuthGrant,
  scopes: readonly string[],
  deed: 'token' | 'refresh',
): Promise<object> {
  const { lifetimes, store } = server
  const now = server.now()
  const access = makeText(grant.memberOf === undefined ? 'access' : 'member')
  const refresh = request.client.grantTypes.includes('refresh_token') && grant.userId !== undefined
  const refreshText = refresh ? makeText('refresh') : undefined
  const tokens: OAuthToken[] = [
    { hash: hashText(access), kind: 'access', grantId: grant.id, scopes, expires: now + lifetimes.accessToken },
  ]
  if (refreshText !== undefined) {
    const hash = hashText(refreshText)
    tokens.push({
      hash,
      kind: 'refresh',
      grantId: grant.id,
      scopes: grant.scopes,
      expires: now + lifetimes.refreshToken,
    })
  }
  await store.saveTokens(tokens)
  note(server, request, grant, deed)
  return {
    access_token: access,
    token_type: 'Bearer',
    expires_in: Math.floor(lifetimes.accessToken / 1000),
    ...(refreshText !== undefined && { refresh_token: refreshText }),
    scope: scopes.join(' '),
  }
}

function note(
  server: OAuthServer,
  { address }: TokenRequest,
  grant: OAuthGrant,
  deed: 'token' | 'refresh',
  refused?: string,
): void {
  const { endpoint, clientId, scopes } = grant
  server.record({
    deed,
    tenant: actsIn(grant),
    endpoint,
    principal: grantPrincipal(grant),
    client: clientId,
    scopes,
    ...(address !== undefined && { address }),
    ...(refused !== undefined && { refused }),
  })
}

/** In the same words for whatever is wrong with it. */
function invalidCode(): OAuthError {
  return new OAuthError('invalid_grant', 'The code is not valid: unknown, expired, used, or not for this request')
}

function invalidRefreshToken(): OAuthError {
  return new OAuthError('invalid_grant', 'The refresh token is not valid: unknown, expired, used or revoked')
}
