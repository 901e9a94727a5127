import { defaultTenant, redirectProblem } from '@gatehouse/access'
import { type JsonObject, type JsonSchema, type JsonValue, parseDuration } from '@gatehouse/core'
import { listOf, objectOf } from './json-parts.js'
import type { Problem } from './problems.js'

/** The authorization server for MCP. Milliseconds. */
export interface OAuthConfig {
  readonly code: number
  readonly accessToken: number
  readonly refreshToken: number
  readonly registration: { readonly enabled: boolean; readonly perHour: number; readonly most: number }
  readonly metadataDocuments: boolean
  /** Pages of the operator's own, by endpoint. */
  readonly loginPages: Readonly<Record<string, string>>
  readonly clients: readonly OAuthClientConfig[]
}

interface OAuthClientConfig {
  readonly tenant: string
  readonly endpoint: string
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, JsonValue>>
}

const duration: JsonSchema = { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)?$' }
const strings: JsonSchema = { type: 'array', items: { type: 'string' } }
const closed = (properties: Record<string, JsonSchema>, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

export const oauthSchema: JsonSchema = closed({
  code: { ...duration, description: 'Life of an authorization code, at most 10m. Default 10m' },
  access_token: { ...duration, description: 'Default 1h' },
  refresh_token: { ...duration, description: 'Each use makes a new one. Default 7d' },
  registration: closed({
    enabled: { type: 'boolean', description: 'Clients may register themselves. Default true' },
    per_hour: { type: 'integer', minimum: 1, description: 'Registrations of one address. Default 60' },
    max: { type: 'integer', minimum: 1, description: 'Registered clients at a time. Default 10000' },
  }),
  metadata_documents: {
    type: 'boolean',
    description: 'The id of a client may be the URL of its metadata. Default true',
  },
  login_pages: {
    type: 'object',
    additionalProperties: { type: 'string', pattern: '^https?://' },
    description: 'By MCP endpoint: a page of your own that asks for the password',
  },
  clients: {
    type: 'array',
    items: closed(
      {
        name: { type: 'string', pattern: '^[\\w.-]{1,100}$' },
        endpoint: { type: 'string', description: 'Default default' },
        tenant: { type: 'string', description: 'Default default' },
        redirect_uris: { ...strings, description: 'None: it acts in its own name only' },
        roles: { ...strings, description: 'In its own name (client_credentials). None: it acts for people only' },
        attributes: { type: 'object' },
      },
      ['name'],
    ),
  },
})

const tenMinutes = 10 * 60_000

/** What the schema cannot say. `file` is the whole configuration. */
export function oauthProblems(file: JsonObject): Problem[] {
  const problems: Problem[] = []
  const oauth = objectOf(file.oauth)
  const add = (path: Problem['path'], message: string) => problems.push({ path: ['oauth', ...path], message })
  const tenants = objectOf(file.tenants)
  const endpointsOf = (tenant: string) => {
    const own = tenant === defaultTenant ? file : objectOf(tenants[tenant])
    const named = Object.keys(objectOf(own.mcp))
    return named.length > 0 ? named : ['default']
  }
  for (const name of ['code', 'access_token', 'refresh_token'] as const) {
    const text = oauth[name]
    if (typeof text !== 'string') continue
    const given = parseDuration(text) ?? 0
    if (given < 1000) add([name], 'has to be at least 1s')
    if (name === 'code' && given > tenMinutes) add([name], 'a code lives for ten minutes at most')
  }
  for (const name of Object.keys(objectOf(oauth.login_pages))) {
    if (!endpointsOf(defaultTenant).includes(name)) add(['login_pages', name], `there is no MCP endpoint \`${name}\``)
  }
  const names = new Set<string>()
  for (const [i, entry] of listOf(oauth.clients).entries()) {
    const { tenant, endpoint, name, redirectUris, roles } = clientOf(objectOf(entry))
    const path = ['clients', i]
    const isThere = tenant === defaultTenant || tenants[tenant] !== undefined
    if (!isThere) add([...path, 'tenant'], `there is no tenant \`${tenant}\``)
    else if (!endpointsOf(tenant).includes(endpoint)) {
      add([...path, 'endpoint'], `there is no MCP endpoint \`${endpoint}\``)
    }
    const known = Object.keys(objectOf((tenant === defaultTenant ? file : objectOf(tenants[tenant])).roles))
    for (const role of roles) if (!known.includes(role)) add([...path, 'roles'], `there is no role \`${role}\``)
    for (const uri of redirectUris) {
      const problem = redirectProblem(uri)
      if (problem !== undefined) add([...path, 'redirect_uris'], problem)
    }
    if (redirectUris.length === 0 && roles.length === 0) add(path, 'a client needs `redirect_uris`, or `roles`')
    const key = JSON.stringify([tenant, endpoint, name])
    if (names.has(key)) add([...path, 'name'], `two clients of one endpoint are named \`${name}\``)
    names.add(key)
  }
  return problems
}

/** Fills in the defaults. The value has passed the schema. */
export function oauthOf(value: JsonValue | undefined): OAuthConfig {
  const oauth = objectOf(value)
  const registration = objectOf(oauth.registration)
  const lifetime = (name: string, fallback: string) =>
    parseDuration(typeof oauth[name] === 'string' ? oauth[name] : fallback) ?? 0
  return {
    code: lifetime('code', '10m'),
    accessToken: lifetime('access_token', '1h'),
    refreshToken: lifetime('refresh_token', '7d'),
    registration: {
      enabled: registration.enabled !== false,
      perHour: typeof registration.per_hour === 'number' ? registration.per_hour : 60,
      most: typeof registration.max === 'number' ? registration.max : 10_000,
    },
    metadataDocuments: oauth.metadata_documents !== false,
    loginPages: Object.fromEntries(
      Object.entries(objectOf(oauth.login_pages)).map(([name, url]) => [name, String(url)]),
    ),
    clients: listOf(oauth.clients).map((client) => clientOf(objectOf(client))),
  }
}

function clientOf(client: JsonObject): OAuthClientConfig {
  const text = (name: string, fallback: string) => {
    const value = client[name]
    return typeof value === 'string' ? value : fallback
  }
  return {
    tenant: text('tenant', defaultTenant),
    endpoint: text('endpoint', 'default'),
    name: text('name', ''),
    redirectUris: listOf(client.redirect_uris).map(String),
    roles: listOf(client.roles).map(String),
    attributes: Object.fromEntries(
      Object.entries(objectOf(client.attributes)).map(([name, value]) => [name, value ?? null]),
    ),
  }
}
