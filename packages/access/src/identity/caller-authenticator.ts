import { type Authenticator, type Credentials, Failure, type Principal } from '@gatehouse/core'
import { type Issuers, looksLikeJwt } from './issuers.js'
import { wrongCredentials } from './local-sign-in.js'
import { sessionPrefix } from './session-token.js'

/** Each way to say who calls; one that is absent is refused. */
export interface Ways {
  readonly keys: { authenticate(credentials: Credentials): Principal }
  readonly sessions?: { authenticate(token: string): Principal | Promise<Principal> }
  readonly issuers?: Issuers
  readonly basic?: {
    authenticate(basic: NonNullable<Credentials['basic']>, address: string | undefined): Principal | Promise<Principal>
  }
}

/**
 * Who calls, by whatever it shows. What a token is, its own form says, so nothing is tried twice. Sessions, passwords
 * and tokens of outside issuers are for REST: an MCP endpoint takes tokens that were made for it, and keys.
 *
 * Where a key comes with a session, both must be good, and the caller is the user.
 */
export function createCallerAuthenticator({ keys, sessions, issuers, basic }: Ways): Authenticator {
  const person = (credentials: Credentials): Principal | Promise<Principal> | undefined => {
    const { bearer, endpoint } = credentials
    if (bearer?.startsWith(sessionPrefix)) {
      if (!sessions || endpoint !== undefined) throw elsewhere(endpoint)
      return sessions.authenticate(bearer)
    }
    if (bearer !== undefined && looksLikeJwt(bearer)) {
      if (!issuers || endpoint !== undefined) throw elsewhere(endpoint)
      return issuers.authenticate(bearer)
    }
    if (bearer === undefined && credentials.basic && endpoint === undefined && basic) {
      return basic.authenticate(credentials.basic, credentials.address)
    }
    return undefined
  }
  return {
    authenticate(credentials) {
      if (credentials.apiKey === undefined) return person(credentials) ?? keys.authenticate(credentials)
      if (credentials.bearer === undefined && !credentials.basic) return keys.authenticate(credentials)
      keys.authenticate(credentials)
      return person(credentials) ?? keys.authenticate(credentials)
    },
  }
}

function elsewhere(endpoint: string | undefined): Failure {
  if (endpoint === undefined) return wrongCredentials()
  return new Failure('unauthenticated', 'These credentials are not for MCP', {
    hint: 'Sign in with the authorization server of this endpoint',
  })
}
