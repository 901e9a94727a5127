import type { OAuthClient } from '@gatehouse/core'
import { type Clients, requireEndpoint } from './clients.js'
import type { Endpoints, Protected } from './endpoints.js'
import { OAuthError } from './oauth-error.js'
import { type Parameters, required } from './parameters.js'
import { isChallenge } from './pkce.js'
import { matchesRedirect } from './redirect-uri.js'
import { scopesWanted } from './scopes.js'

/** A request for authorization that holds. */
export interface AuthorizationRequest {
  readonly client: OAuthClient
  readonly redirectUri: string
  readonly state: string | undefined
  readonly endpoint: Protected
  /** As they were asked for: what they come to depends on the organisation that the person chooses. */
  readonly scopes: readonly string[]
  /** The tenant that the person has chosen, once they have; not checked here. */
  readonly organisation: string | undefined
  readonly challenge: string
  /** The person is to be asked, whatever was agreed to before. */
  readonly askAgain: boolean
}

/** To whom the answer goes, right or wrong. */
export type ReplyTo = Pick<AuthorizationRequest, 'client' | 'redirectUri' | 'state'>

/**
 * Who asks, and where the answer goes. Until both are sure, nothing is sent anywhere: what this throws is for the person
 * to see.
 */
export async function replyToOf(parameters: Parameters, clients: Clients): Promise<ReplyTo> {
  const client = await clients.find(required(parameters, 'client_id'))
  const given = parameters.get('redirect_uri')
  const [only] = client.redirectUris
  const redirectUri = given ?? (client.redirectUris.length === 1 ? only : undefined)
  if (redirectUri === undefined) throw new OAuthError('invalid_request', '`redirect_uri` is missing')
  if (!client.redirectUris.some((registered) => matchesRedirect(registered, redirectUri))) {
    throw new OAuthError('invalid_request', '`redirect_uri` is none of those that this client has registered')
  }
  return { client, redirectUri, state: parameters.get('state') }
}

/** What is asked for. What this throws is told to the client. */
export function requestOf(
  parameters: Parameters,
  replyTo: ReplyTo,
  endpoints: Endpoints,
  here: Protected,
): AuthorizationRequest {
  if (required(parameters, 'response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', '`response_type` is `code`')
  }
  if ((parameters.get('response_mode') ?? 'query') !== 'query') {
    throw new OAuthError('invalid_request', '`response_mode` is `query`')
  }
  for (const name of ['request', 'request_uri']) {
    if (parameters.has(name)) throw new OAuthError('invalid_request', `\`${name}\` is not supported`)
  }
  if (!replyTo.client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'This client acts in its own name only')
  }
  const challenge = required(parameters, 'code_challenge')
  // Without a method it would be `plain` (RFC 7636, 4.3), which protects nothing.
  if (parameters.get('code_challenge_method') !== 'S256' || !isChallenge(challenge)) {
    throw new OAuthError('invalid_request', '`code_challenge_method` is `S256`, `code_challenge` has 43 characters')
  }
  const endpoint = endpoints.meant(parameters.get('resource'), here)
  requireEndpoint(replyTo.client, endpoint)
  return {
    ...replyTo,
    endpoint,
    challenge,
    scopes: scopesWanted(parameters.get('scope'), endpoint),
    organisation: parameters.get('organisation'),
    askAgain: (parameters.get('prompt') ?? '').split(' ').includes('consent'),
  }
}

/** The address that an answer goes to, with who answers in it (RFC 9207). What the address has already, stays. */
export function answerUrl(
  issuer: string,
  { redirectUri, state }: Pick<ReplyTo, 'redirectUri' | 'state'>,
  answer: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({ ...answer, ...(state !== undefined && { state }), iss: issuer })
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}
