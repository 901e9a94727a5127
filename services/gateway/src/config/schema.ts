import { issuerAlgorithms } from '@gatehouse/access'
import type { JsonSchema, ObjectSchema } from '@gatehouse/core'
import { oauthSchema } from './oauth-config.js'
import { promptsSchema } from './prompts-config.js'
import { providersSchema } from './providers-config.js'
import { relationshipsSchema } from './relationships-schema.js'

const strings: JsonSchema = { type: 'array', items: { type: 'string' } }
const durationText: JsonSchema = {
  type: 'string',
  pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)?$',
  description: 'A duration: 500ms, 30s, 5m, 1h; 0 is none',
}
/** What YAML reads as a number is seconds, as is a text without a unit: `refresh: 0`. */
const duration: JsonSchema = { ...durationText, type: ['string', 'number'], minimum: 0 }
const size: JsonSchema = {
  type: 'string',
  pattern: '^\\d+(\\.\\d+)?\\s*([kKmMgG]?[bB])?$',
  description: 'A size: 512kb, 10mb',
}
const closed = (properties: Record<string, JsonSchema>, required: readonly string[] = []): ObjectSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const named = (value: JsonSchema, names?: string): JsonSchema => ({
  type: 'object',
  additionalProperties: value,
  ...(names ? { propertyNames: { pattern: names } } : {}),
})

/** What every service has, whatever its type. */
export const serviceProperties: Readonly<Record<string, JsonSchema>> = {
  type: { type: 'string', description: 'The connector' },
  label: { type: 'string' },
  description: { type: 'string' },
  schemas: {
    ...strings,
    minItems: 1,
    description: 'Tables of other schemas are not seen; more than one: names are schema.table',
  },
  tables: closed({ include: strings, exclude: strings }),
  max_records: {
    type: 'integer',
    minimum: 1,
    maximum: 100_000,
    description: 'The page size where REST asks for none, and the most a page may have. Default 1000',
  },
  timeout: duration,
  pool: closed({ max: { type: 'integer', minimum: 1, maximum: 1000 }, idle: duration }),
  read_only: { type: 'boolean' },
  refresh: { ...duration, description: 'Look for schema changes this often; 0 never. Default 60s' },
  use_comments: {
    type: 'boolean',
    description: 'Comments of the database describe its tables and columns. Default true',
  },
  describe: named(closed({ description: { type: 'string' }, columns: named({ type: 'string' }) })),
  relationships: relationshipsSchema,
}

export const grantSchema = closed(
  {
    service: { type: 'string', description: 'A service, or * for all' },
    resource: {
      type: 'string',
      minLength: 1,
      description: '_table/customers exactly, a prefix such as _table/*, or *',
    },
    verbs: { type: 'array', items: { enum: ['read', 'create', 'update', 'delete', 'execute'] } },
    surfaces: { type: 'array', items: { enum: ['rest', 'mcp'] } },
    fields: closed({
      allow: strings,
      deny: strings,
      mask: named({ enum: ['null', 'redact', 'hash', 'partial', 'last4'] }),
    }),
    rows: { type: 'string', description: 'The rows that may be seen and written, in the filter language' },
    max_rows: { type: 'integer', minimum: 1 },
    timeout: durationText,
    deny: { type: 'boolean' },
  },
  ['service', 'resource'],
)

export const limitSchema = closed(
  {
    per: { enum: ['instance', 'principal', 'role', 'key', 'service', 'table', 'operation'] },
    role: { type: 'string' },
    service: { type: 'string' },
    resource: { type: 'string' },
    operation: { type: 'string' },
    rate: { type: 'integer', minimum: 1 },
    period: { enum: ['second', 'minute', 'hour', 'day'] },
  },
  ['per', 'rate', 'period'],
)

export const endpointSchema = closed({
  services: { anyOf: [{ const: '*' }, strings] },
  default_limit: { type: 'integer', minimum: 1, maximum: 1000 },
  max_limit: { type: 'integer', minimum: 1, maximum: 1000 },
  api_keys: { type: 'boolean' },
  read_only: { type: 'boolean' },
})

const issuer = closed(
  {
    issuer: { type: 'string', pattern: '^https?://', description: 'As the tokens name it, byte for byte' },
    audience: { anyOf: [{ type: 'string' }, { ...strings, minItems: 1 }], description: 'Whom its tokens are for: us' },
    algorithms: { type: 'array', items: { enum: [...issuerAlgorithms] }, minItems: 1, description: 'Default RS256' },
    roles_claim: { type: 'string', description: 'The claim with roles or groups. Default roles' },
    roles: named({ anyOf: [{ type: 'string' }, strings] }),
    default_roles: strings,
    attributes: named({ type: 'string', description: 'A claim, or a path to it: address.country' }),
    clock_skew: { ...duration, description: 'Default 30s' },
    tenant: { type: 'string', description: 'Whose callers they are. Default default' },
  },
  ['issuer', 'audience'],
)

/** What each tenant has of its own. */
const tenantProperties: Readonly<Record<string, JsonSchema>> = {
  services: named(
    { type: 'object', properties: { type: { type: 'string' } }, required: ['type'] },
    '^[a-z][a-z0-9_-]*$',
  ),
  roles: named(closed({ description: { type: 'string' }, grants: { type: 'array', items: grantSchema } }, ['grants'])),
  keys: {
    type: 'array',
    items: closed(
      {
        name: { type: 'string', pattern: '^[\\w.-]+$', description: 'Letters, digits, _ . -' },
        roles: { ...strings, minItems: 1 },
        attributes: { type: 'object' },
        key: {
          type: 'string',
          description: 'At least 24 characters. Empty: made at the first start and printed once',
        },
        expires: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}', description: 'The last day, or an instant' },
        addresses: { ...strings, minItems: 1, description: 'Addresses or networks that may use it: 10.0.0.0/8' },
      },
      ['name', 'roles'],
    ),
  },
  limits: {
    type: 'array',
    items: limitSchema,
  },
  mcp: named(endpointSchema, '^[a-z][a-z0-9_-]*$'),
  prompts: promptsSchema,
}

/** The whole file, but for the keys that a connector adds to its services. */
export const configSchema: ObjectSchema = {
  ...closed({
    server: closed({
      host: { type: 'string' },
      port: { type: 'integer', minimum: 0, maximum: 65_535 },
      public_url: { type: 'string', pattern: '^https?://', description: 'http://HOST:PORT or https://HOST' },
      allowed_hosts: strings,
      cors: closed({ origins: strings }),
      body_limit: size,
      workers: { type: 'integer', minimum: 1, maximum: 64 },
    }),
    store: closed(
      {
        url: {
          type: 'string',
          pattern: '^(sqlite:|postgres(ql)?://|mysql://|mariadb://)',
          description: 'sqlite:PATH, postgres://... or mysql://...',
        },
      },
      ['url'],
    ),
    redis: closed({ url: { type: 'string', pattern: '^rediss?://', description: 'redis://HOST:PORT' } }, ['url']),
    ...tenantProperties,
    tenants: named(closed({ label: { type: 'string' }, ...tenantProperties }), '^[a-z][a-z0-9-]{0,62}$'),
    sign_in: closed({
      session: { ...duration, description: 'Life of a session token, which can be renewed. Default 8h' },
      session_max: { ...duration, description: 'Life of a session, however often it is renewed. Default 7d' },
      basic: { type: 'boolean', description: 'HTTP Basic is accepted over REST. Default true' },
      password_length: { type: 'integer', minimum: 8, maximum: 128, description: 'Characters at least. Default 12' },
      issuers: named(issuer, '^[a-z][a-z0-9_-]*$'),
      providers: providersSchema,
    }),
    oauth: oauthSchema,
    audit: closed({
      mode: { enum: ['buffered', 'strict'] },
      flush_ms: { type: 'integer', minimum: 1, maximum: 60_000 },
      file: { type: 'string' },
      redact: strings,
    }),
    log: closed({
      level: { enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] },
      format: { enum: ['pretty', 'json'] },
    }),
  }),
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Configuration of Gatehouse',
}

/** The schema of one service: the common keys and those of its connector. */
export function serviceSchema(own: ObjectSchema): ObjectSchema {
  return {
    ...own,
    properties: { ...serviceProperties, ...own.properties },
    required: ['type', ...(own.required ?? [])],
    additionalProperties: false,
  }
}
