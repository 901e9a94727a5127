import { type Authenticator, type Credentials, Failure } from '@gatehouse/core'
import { defaultTenant } from '../principal-id.js'
import type { AccessTokens } from './access-tokens.js'
import type { Endpoints } from './endpoints.js'
import { hashText, looksLikeAccessToken } from './secret-text.js'

/**
 * What is shown at an MCP endpoint: an access token that was made for it, or an API key where it takes keys; never a
 * session of REST, nor a token that somebody else has issued. What comes from elsewhere than MCP is left to `inner`,
 * which knows no access tokens.
 *
 * A token is hashed once for each Credentials object, which a surface keeps for as long as a connection shows the same.
 */
export function mcpAuthenticator(
  inner: Authenticator,
  tokens: AccessTokens,
  endpoints: Endpoints,
  tenant = defaultTenant,
): Authenticator {
  const hashes = new WeakMap<Credentials, string>()
  const keys = new WeakMap<Credentials, Credentials>()
  return {
    authenticate(credentials) {
      const { endpoint, bearer, apiKey, home = tenant } = credentials
      // Where another tenant's members come in, nothing counts but what says that they are.
      if (home !== tenant && (apiKey !== undefined || bearer === undefined || !looksLikeAccessToken(bearer))) {
        throw noKeys()
      }
      if (apiKey === undefined && bearer === undefined && takesTokensOnly(endpoints, tenant, endpoint)) {
        throw new Failure('unauthenticated', 'Credentials are missing', { hint: whereTokensAre })
      }
      if (endpoint === undefined || apiKey !== undefined || bearer === undefined) return inner.authenticate(credentials)
      let hash = hashes.get(credentials)
      if (hash !== undefined) return tokens.authenticate(hash, { tenant, home, endpoint })
      if (looksLikeAccessToken(bearer)) {
        hash = hashText(bearer)
        hashes.set(credentials, hash)
        return tokens.authenticate(hash, { tenant, home, endpoint })
      }
      if (!endpoints.find(tenant, endpoint)?.apiKeys) throw noKeys()
      const key = keys.get(credentials) ?? asKey(credentials, bearer)
      keys.set(credentials, key)
      return inner.authenticate(key)
    },
  }
}

/** As a key and as nothing else: where it was shown, a session counts for nothing. */
function asKey({ bearer: _, ...rest }: Credentials, apiKey: string): Credentials {
  return { ...rest, apiKey }
}

/** A key in `X-API-Key` is not even looked at there. */
function takesTokensOnly(endpoints: Endpoints, tenant: string, endpoint: string | undefined): boolean {
  return endpoint !== undefined && endpoints.find(tenant, endpoint)?.apiKeys === false
}

const whereTokensAre = 'This endpoint takes access tokens only: the header WWW-Authenticate says where to get one'

function noKeys(): Failure {
  return new Failure('unauthenticated', 'These credentials are not valid', { hint: whereTokensAre })
}
