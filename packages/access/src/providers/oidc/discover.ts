import { Failure } from '@gatehouse/core'
import * as client from 'openid-client'
import { isThisMachine } from '../this-machine.js'
import type { OidcSettings } from './settings.js'

const timeoutSeconds = 10
/** Keys are looked up anew by the library; the rest of a provider's metadata seldom changes. */
const goodForMs = 60 * 60_000

/** What the provider says of itself (OpenID Connect Discovery 1.0), looked up when first needed, and each hour. */
export function createDiscovery(settings: OidcSettings, now: () => number): () => Promise<client.Configuration> {
  let found: { readonly configuration: Promise<client.Configuration>; readonly until: number } | undefined
  return () => {
    if (found && found.until > now()) return found.configuration
    const configuration = discover(settings)
    const entry = { configuration, until: now() + goodForMs }
    found = entry
    configuration.catch(() => {
      if (found === entry) found = undefined
    })
    return configuration
  }
}

async function discover(settings: OidcSettings): Promise<client.Configuration> {
  const { issuer, clientId, allowHttp, algorithms, clockSkewMs } = settings
  const execute = allowHttp ? [client.allowInsecureRequests] : []
  const options = { execute, timeout: timeoutSeconds, [client.customFetch]: guarded(allowHttp) }
  const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), options)
  const { supportsPKCE: _, ...metadata } = found.serverMetadata()
  if (metadata.issuer !== issuer) throw new Error(`The issuer names itself ${metadata.issuer}`)
  const said = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const accepted = said.filter((name) => algorithms.includes(name))
  if (accepted.length === 0) throw new Error(`ID tokens are signed by ${said.join(', ')}, none of which is accepted`)
  const configuration = new client.Configuration(
    { ...metadata, id_token_signing_alg_values_supported: accepted },
    clientId,
    { [client.clockTolerance]: clockSkewMs / 1000 },
    clientAuth(settings),
  )
  configuration.timeout = timeoutSeconds
  configuration[client.customFetch] = guarded(allowHttp)
  if (allowHttp) client.allowInsecureRequests(configuration)
  // By the issuer's published keys, though the token comes from the issuer itself: TLS may end before it.
  client.enableNonRepudiationChecks(configuration)
  return configuration
}

function clientAuth({ clientAuth, clientSecret }: OidcSettings): client.ClientAuth {
  switch (clientAuth) {
    case 'client_secret_basic':
      return client.ClientSecretBasic(clientSecret)
    case 'client_secret_post':
      return client.ClientSecretPost(clientSecret)
    case 'none':
      return client.None()
    default:
      return clientAuth satisfies never
  }
}

/** No redirects; and plain http to this machine only, where it is allowed at all. */
function guarded(allowHttp: boolean): client.CustomFetch {
  return (url, options) => {
    const { protocol, hostname } = new URL(url)
    const safe = protocol === 'https:' || (allowHttp && protocol === 'http:' && isThisMachine(hostname))
    if (!safe) throw new Error('A provider is asked by https')
    return fetch(url, { ...options, body: options.body as string | undefined, redirect: 'error' } as RequestInit)
  }
}

/** Errors of the library as ours: `unauthenticated` where the provider or the answer says no, else `unavailable`. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const cause = new Error(reasonOf(thrown))
  return isRefusal(thrown) ? refused(cause) : unavailable(cause)
}

/** The same at a renewal, but for what `isOver`: undefined. */
export function renewalFailure(thrown: unknown): Failure | undefined {
  if (isOver(thrown)) return undefined
  return thrown instanceof Failure ? thrown : unavailable(new Error(reasonOf(thrown)))
}

function unavailable(cause: Error): Failure {
  return new Failure('unavailable', 'The identity provider cannot be asked now', { retryAfter: 5, cause })
}

/** In the same words for whatever does not fit; the log has the reason. */
export function refused(cause: Error): Failure {
  return new Failure('unauthenticated', 'The provider did not sign you in', { cause })
}

/** For the log: what the library says, and what the provider said. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof client.AuthorizationResponseError || thrown instanceof client.ResponseBodyError) {
    return `${thrown.error}: ${thrown.error_description ?? 'no description'}`
  }
  if (!(thrown instanceof Error)) return 'Unknown'
  const { cause } = thrown
  return cause instanceof Error ? `${thrown.message}: ${cause.message}` : thrown.message
}

/** Our own credentials were refused: nothing that the person could mend. */
const ourFault = ['invalid_client', 'unauthorized_client', 'unsupported_grant_type']
const noAnswer = ['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR']

function isRefusal(thrown: unknown): boolean {
  if (thrown instanceof client.AuthorizationResponseError) {
    return !['server_error', 'temporarily_unavailable'].includes(thrown.error)
  }
  if (thrown instanceof client.ResponseBodyError) return isFinal(thrown) && !ourFault.includes(thrown.error)
  return thrown instanceof client.ClientError && !noAnswer.includes(thrown.code ?? '')
}

/** What an answer to a refresh token says where the person, or what was given for them, is good no more. */
const over = ['invalid_grant', 'interaction_required', 'login_required', 'consent_required', 'access_denied']

/**
 * Whether a person is not vouched for any more, which ends all that is open. That is only what the provider says in so
 * many words, or what we refuse ourselves: with a clock that is wrong, a key that is not known or too many questions,
 * the person is what they were.
 */
function isOver(thrown: unknown): boolean {
  if (thrown instanceof Failure) return thrown.code === 'unauthenticated'
  return thrown instanceof client.ResponseBodyError && isFinal(thrown) && over.includes(thrown.error)
}

/** Not 429, nor what a server says of itself. */
function isFinal({ status }: client.ResponseBodyError): boolean {
  return status < 500 && status !== 429
}
