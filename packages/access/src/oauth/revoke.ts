import type { OAuthClient } from '@gatehouse/core'
import { actsIn, grantPrincipal } from './access-tokens.js'
import { type Parameters, required } from './parameters.js'
import { hashText } from './secret-text.js'
import type { OAuthServer } from './server.js'

/**
 * `POST .../revoke` (RFC 7009). A refresh token ends all that was agreed to; an access token ends by itself alone. For
 * what is unknown, or another client's, the answer is the same: it is not valid.
 */
export async function revoke(
  server: OAuthServer,
  client: OAuthClient,
  parameters: Parameters,
  address: string | undefined,
): Promise<void> {
  const hash = hashText(required(parameters, 'token'))
  const found = await server.store.findToken(hash)
  if (!found || found.grant.clientId !== client.id) return
  const { value, grant } = found
  if (value.kind === 'refresh') await server.tokens.revoke(grant)
  else {
    await server.store.removeToken(hash)
    await server.tokens.forget(grant)
  }
  server.record({
    deed: 'revoke',
    tenant: actsIn(grant),
    endpoint: grant.endpoint,
    principal: grantPrincipal(grant),
    client: client.id,
    ...(address !== undefined && { address }),
  })
}
