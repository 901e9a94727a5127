import { type Authenticator, Failure } from '@gatehouse/core'
import { defaultTenant } from '../principal-id.js'
import type { AccessTokens } from './access-tokens.js'
import type { Endpoints } from './endpoints.js'
import { looksLikeAccessToken } from './secret-text.js'

/**
 * What is shown at an MCP endpoint: an access token that was made for it, or an API key where it takes keys; never a
 * session of REST, nor a token that somebody else has issued. What comes from elsewhere than MCP is left to `inner`,
 * which knows no access tokens.
 */
export function mcpAuthenticator(
  inner: Authenticator,
  tokens: AccessTokens,
  endpoints: Endpoints,
  tenant = defaultTenant,
): Authenticator {
  return {
    authenticate(credentials) {
      const { endpoint, bearer, apiKey, address } = credentials
      if (endpoint === undefined || apiKey !== undefined || bearer === undefined) return inner.authenticate(credentials)
      if (looksLikeAccessToken(bearer)) return tokens.authenticate(bearer, tenant, endpoint)
      if (endpoints.find(tenant, endpoint)?.apiKeys) {
        return inner.authenticate({ apiKey: bearer, endpoint, ...(address !== undefined && { address }) })
      }
      throw new Failure('unauthenticated', 'These credentials are not valid', {
        hint: 'This endpoint takes access tokens only: the header WWW-Authenticate says where to get one',
      })
    },
  }
}
