import { isJsonObject, type JsonObject, type JsonValue, type OAuthClient, type OAuthGrantType } from '@gatehouse/core'
import { OAuthError } from './oauth-error.js'
import { isRedirectUri } from './redirect-uri.js'

const grantTypes: readonly OAuthGrantType[] = ['authorization_code', 'refresh_token', 'client_credentials']
const authMethods = ['none', 'client_secret_basic', 'client_secret_post'] as const

/** What a client says of itself, checked. */
export type ClientMetadata = Pick<OAuthClient, 'name' | 'redirectUris' | 'authMethod' | 'grantTypes'>

/** Reads RFC 7591 metadata of a client that acts for people. Throws `invalid_client_metadata` or `invalid_redirect_uri`. */
export function clientMetadata(value: JsonValue | undefined, fallback: OAuthClient['authMethod']): ClientMetadata {
  if (value === undefined || !isJsonObject(value)) throw refused('The metadata is a JSON object')
  const method = value.token_endpoint_auth_method ?? fallback
  const authMethod = authMethods.find((known) => known === method)
  if (!authMethod) throw refused(`\`token_endpoint_auth_method\` is one of ${authMethods.join(', ')}`)
  const responses = textsOf(value, 'response_types') ?? ['code']
  if (!responses.includes('code')) throw refused('`response_types` has to have `code`')
  return {
    name: nameOf(value),
    redirectUris: redirectUrisOf(value),
    authMethod,
    grantTypes: grantTypesOf(value),
  }
}

function redirectUrisOf(metadata: JsonObject): readonly string[] {
  const uris = textsOf(metadata, 'redirect_uris') ?? []
  if (uris.length === 0 || uris.length > 20) {
    throw new OAuthError('invalid_redirect_uri', '`redirect_uris` is a list of 1 to 20 addresses')
  }
  const wrong = uris.find((uri) => !isRedirectUri(uri))
  if (wrong === undefined) return uris
  throw new OAuthError(
    'invalid_redirect_uri',
    'A redirect address is https, http to this very machine (127.0.0.1, [::1], localhost) or of a scheme of its own, without a fragment',
  )
}

/** Those that we have, of those that it names. By default what people are asked with, and a way to go on afterwards. */
function grantTypesOf(metadata: JsonObject): readonly OAuthGrantType[] {
  const named = textsOf(metadata, 'grant_types')
  if (!named) return ['authorization_code', 'refresh_token']
  const known = grantTypes.filter((type) => named.includes(type) && type !== 'client_credentials')
  if (!known.includes('authorization_code')) throw refused('`grant_types` has to have `authorization_code`')
  return known
}

function nameOf(metadata: JsonObject): string {
  const name = metadata.client_name
  if (name !== undefined && typeof name !== 'string') throw refused('`client_name` is a text')
  // Without what a person cannot see, or what turns the direction of the text around it.
  const plain = (name ?? '').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()
  return plain.slice(0, 100) || 'A program without a name'
}

function textsOf(metadata: JsonObject, name: string): readonly string[] | undefined {
  const value = metadata[name]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw refused(`\`${name}\` is a list`)
  return value.map((item: JsonValue) => {
    if (typeof item !== 'string') throw refused(`\`${name}\` is a list of texts`)
    return item
  })
}

function refused(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description)
}
