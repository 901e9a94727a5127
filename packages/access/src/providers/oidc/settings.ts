import { isJsonObject, type JsonObject, type JsonValue, type ObjectSchema, parseDuration } from '@gatehouse/core'
import { issuerAlgorithms } from '../../identity/issuers.js'
import { isThisMachine } from '../this-machine.js'

/** A provider that speaks OpenID Connect. */
export interface OidcSettings {
  /** As it names itself, byte for byte. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly clientAuth: ClientAuth
  readonly scopes: readonly string[]
  /** The UserInfo endpoint is asked too, for what the ID token leaves out. */
  readonly userinfo: boolean
  /** What a person must have to be let in: `{ hd: example.com }`; one of several values is enough. */
  readonly requiredClaims: Readonly<Record<string, readonly JsonValue[]>>
  readonly nameClaim: string
  /** Of the authorization request, beside those of the protocol. */
  readonly parameters: Readonly<Record<string, string>>
  readonly algorithms: readonly string[]
  readonly clockSkewMs: number
  readonly signOut: boolean
  /** Plain http, on this machine. */
  readonly allowHttp: boolean
  /** Where groups are asked for that do not fit into a token. */
  readonly graphUrl: string | undefined
}

type ClientAuth = 'client_secret_basic' | 'client_secret_post' | 'none'

const strings = { type: 'array', items: { type: 'string' } } as const

export const oidcSchema: ObjectSchema = {
  type: 'object',
  properties: {
    issuer: { type: 'string', pattern: '^https?://', description: 'As the provider names itself, byte for byte' },
    client_id: { type: 'string', minLength: 1 },
    client_secret: { type: 'string', minLength: 1 },
    client_auth: {
      enum: ['client_secret_basic', 'client_secret_post', 'none'],
      description: 'Default client_secret_basic; none where there is no secret',
    },
    scopes: { ...strings, description: 'Default openid, profile, email; offline_access to ask again at a refresh' },
    userinfo: { type: 'boolean', description: 'Ask the UserInfo endpoint too. Default false' },
    required_claims: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: ['string', 'boolean', 'number'] }, { type: 'array', minItems: 1 }] },
      description: 'Only people with these are let in: { hd: example.com }',
    },
    name_claim: { type: 'string', description: 'Default preferred_username, else email' },
    parameters: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'More of the authorization request: { prompt: select_account }',
    },
    algorithms: { type: 'array', items: { enum: [...issuerAlgorithms] }, minItems: 1, description: 'Of ID tokens' },
    clock_skew: { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m)?$', description: 'Default 30s' },
    sign_out: { type: 'boolean', description: 'Signing out leads to the provider too. Default true' },
    allow_http: { type: 'boolean', description: 'The issuer is on this machine, without TLS' },
    graph_url: { type: 'string', pattern: '^http://', description: 'With allow_http alone' },
  },
  required: ['issuer', 'client_id'],
  additionalProperties: false,
}

export function oidcSettings(given: JsonObject): OidcSettings {
  const text = (key: string) => (typeof given[key] === 'string' ? given[key] : undefined)
  const list = (key: string) => (Array.isArray(given[key]) ? given[key].map(String) : undefined)
  const clientSecret = text('client_secret')
  const required = isJsonObject(given.required_claims) ? given.required_claims : {}
  const parameters = isJsonObject(given.parameters) ? given.parameters : {}
  return {
    issuer: text('issuer') ?? '',
    clientId: text('client_id') ?? '',
    clientSecret,
    clientAuth: clientAuthOf(text('client_auth'), clientSecret),
    scopes: list('scopes') ?? ['openid', 'profile', 'email'],
    userinfo: given.userinfo === true,
    requiredClaims: Object.fromEntries(
      Object.entries(required).map(([claim, value]) => [claim, Array.isArray(value) ? value : [value ?? null]]),
    ),
    nameClaim: text('name_claim') ?? 'preferred_username',
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
    algorithms: list('algorithms') ?? issuerAlgorithms,
    clockSkewMs: parseDuration(text('clock_skew') ?? '30s') ?? 0,
    signOut: given.sign_out !== false,
    allowHttp: given.allow_http === true,
    graphUrl: text('graph_url') ?? graphOf(text('issuer') ?? ''),
  }
}

function clientAuthOf(given: string | undefined, secret: string | undefined): ClientAuth {
  if (given === 'client_secret_post' || given === 'none') return given
  return secret === undefined ? 'none' : 'client_secret_basic'
}

/** What the protocol needs is ours to say. */
const ownParameters = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
]

export function oidcProblems(given: JsonObject): { readonly key: string; readonly message: string }[] {
  const { issuer, clientSecret, clientAuth, scopes, allowHttp, parameters } = oidcSettings(given)
  const problems: { key: string; message: string }[] = []
  const add = (key: string, message: string) => problems.push({ key, message })
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url?.search !== '' || url.hash !== '' || url.username !== '') add('issuer', 'is not the URL of an issuer')
  else if (url.protocol !== 'https:' && !(allowHttp && isThisMachine(url.hostname))) {
    add('issuer', 'an issuer must be https; on this machine it may be http with `allow_http: true`')
  }
  if (/\/(common|organizations|consumers)(\/|$)/.test(url?.pathname ?? '') && entraClouds.has(url?.hostname ?? '')) {
    add('issuer', 'name the tenant of Entra ID, whose issuer is https://login.microsoftonline.com/TENANT_ID/v2.0')
  }
  if (clientAuth !== 'none' && clientSecret === undefined) add('client_auth', `${clientAuth} needs a \`client_secret\``)
  if (clientAuth === 'none' && clientSecret !== undefined) add('client_secret', 'is not used with `client_auth: none`')
  if (!scopes.includes('openid')) add('scopes', '`openid` is missing')
  for (const name of Object.keys(parameters)) {
    if (ownParameters.includes(name)) add('parameters', `\`${name}\` is set by Gatehouse`)
  }
  const local = url?.protocol === 'http:' && isThisMachine(url.hostname) && allowHttp
  if (given.graph_url !== undefined && !local) add('graph_url', 'is for an issuer on this machine only')
  else if (typeof given.graph_url === 'string' && !isThisMachine(new URL(given.graph_url).hostname)) {
    add('graph_url', 'has to be on this machine')
  }
  return problems
}

/** Microsoft Graph of each cloud of Entra ID: known here, and never taken from a token. */
const entraClouds: ReadonlyMap<string, string> = new Map([
  ['login.microsoftonline.com', 'https://graph.microsoft.com/v1.0'],
  ['sts.windows.net', 'https://graph.microsoft.com/v1.0'],
  ['login.microsoftonline.us', 'https://graph.microsoft.us/v1.0'],
  ['login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn/v1.0'],
])

function graphOf(issuer: string): string | undefined {
  return URL.canParse(issuer) ? entraClouds.get(new URL(issuer).hostname) : undefined
}
