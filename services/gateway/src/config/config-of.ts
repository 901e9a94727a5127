import { type JsonObject, type JsonValue, parseSize } from '@gatehouse/core'
import type {
  Config,
  EndpointConfig,
  GrantConfig,
  KeyConfig,
  LimitConfig,
  RoleConfig,
  ServiceConfig,
  TenantConfig,
} from './config.js'
import { listOf, milliseconds, objectOf, oneOrMany, text, texts } from './json-parts.js'
import { oauthOf } from './oauth-config.js'
import { promptsOf } from './prompts-config.js'
import { providersOf } from './providers-config.js'
import { relationshipOf } from './relationships.js'
import { serviceProperties } from './schema.js'

/** Fills in the defaults. The value has passed the schema, so its shapes are those that are asserted here. */
export function configOf(value: JsonObject): Config {
  const server = objectOf(value.server)
  const host = text(server.host) ?? '127.0.0.1'
  const port = typeof server.port === 'number' ? server.port : 8080
  const audit = objectOf(value.audit)
  const log = objectOf(value.log)
  return {
    server: {
      host,
      port,
      publicUrl: (
        text(server.public_url) ?? `http://${host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host}:${port}`
      ).replace(/\/$/, ''),
      allowedHosts: texts(server.allowed_hosts) ?? ['localhost', '127.0.0.1'],
      cors: { origins: texts(objectOf(server.cors).origins) ?? [] },
      bodyLimit: parseSize(text(server.body_limit) ?? '10mb') ?? 0,
      workers: typeof server.workers === 'number' ? server.workers : 1,
    },
    store: { url: text(objectOf(value.store).url) ?? 'sqlite:./data/gatehouse.db' },
    redis: value.redis === undefined ? undefined : { url: text(objectOf(value.redis).url) ?? '' },
    ...tenantOf(value, 'default'),
    signIn: signInOf(objectOf(value.sign_in)),
    tenants: Object.fromEntries(
      Object.entries(objectOf(value.tenants)).map(([name, tenant]) => [name, tenantOf(objectOf(tenant), name)]),
    ),
    oauth: oauthOf(value.oauth),
    audit: {
      mode: audit.mode === 'strict' ? 'strict' : 'buffered',
      flushMs: typeof audit.flush_ms === 'number' ? audit.flush_ms : 200,
      file: text(audit.file),
      redact: texts(audit.redact) ?? ['password', 'api_key'],
    },
    log: { level: text(log.level) ?? 'info', format: log.format === 'json' ? 'json' : 'pretty' },
  }
}

function tenantOf(value: JsonObject, name: string): TenantConfig {
  return {
    label: text(value.label) ?? name,
    services: Object.entries(objectOf(value.services)).map(([own, service]) => serviceOf(own, objectOf(service))),
    roles: (value.roles ?? {}) as unknown as Readonly<Record<string, RoleConfig & { grants: readonly GrantConfig[] }>>,
    keys: listOf(value.keys).map((key) => keyOf(objectOf(key))),
    limits: listOf(value.limits) as unknown as readonly LimitConfig[],
    mcp: endpointsOf(value.mcp),
    prompts: promptsOf(value.prompts),
  }
}

function signInOf(value: JsonObject): Config['signIn'] {
  return {
    sessionMs: milliseconds(value.session, '8h'),
    longestMs: milliseconds(value.session_max, '7d'),
    basic: value.basic !== false,
    passwordLength: typeof value.password_length === 'number' ? value.password_length : 12,
    providers: providersOf(value.providers),
    issuers: Object.entries(objectOf(value.issuers)).map(([name, entry]) => {
      const issuer = objectOf(entry)
      return {
        name,
        tenant: text(issuer.tenant) ?? 'default',
        issuer: text(issuer.issuer) ?? '',
        audience: oneOrMany(issuer.audience),
        algorithms: texts(issuer.algorithms) ?? ['RS256'],
        rolesClaim: text(issuer.roles_claim) ?? 'roles',
        roles: Object.fromEntries(
          Object.entries(objectOf(issuer.roles)).map(([claim, roles]) => [claim, oneOrMany(roles)]),
        ),
        defaultRoles: texts(issuer.default_roles) ?? [],
        attributes: Object.fromEntries(
          Object.entries(objectOf(issuer.attributes)).map(([attribute, claim]) => [attribute, String(claim)]),
        ),
        clockSkewMs: milliseconds(issuer.clock_skew, '30s'),
      }
    }),
  }
}

/** A service as the file has it, with its defaults filled in. */
export function serviceOf(name: string, service: JsonObject): ServiceConfig {
  const pool = objectOf(service.pool)
  const tables = objectOf(service.tables)
  const own = Object.fromEntries(Object.entries(service).filter(([key]) => !(key in serviceProperties)))
  return {
    name,
    type: text(service.type) ?? '',
    label: text(service.label) ?? name,
    description: text(service.description) ?? '',
    schemas: texts(service.schemas) ?? [],
    tables: { include: texts(tables.include) ?? ['*'], exclude: texts(tables.exclude) ?? [] },
    maxRecords: typeof service.max_records === 'number' ? service.max_records : 1000,
    timeoutMs: milliseconds(service.timeout, '30s'),
    pool: { max: typeof pool.max === 'number' ? pool.max : 10, idleMs: milliseconds(pool.idle, '30s') },
    readOnly: service.read_only === true,
    refreshMs: milliseconds(service.refresh, '60s'),
    useComments: service.use_comments !== false,
    describe: objectOf(service.describe) as ServiceConfig['describe'],
    relationships: listOf(service.relationships).map((one) => relationshipOf(objectOf(one))),
    own,
  }
}

function keyOf(key: JsonObject): KeyConfig {
  return {
    name: text(key.name) ?? '',
    roles: texts(key.roles) ?? [],
    attributes: objectOf(key.attributes),
    key: text(key.key) ?? '',
    expires: text(key.expires),
    addresses: texts(key.addresses),
  }
}

function endpointsOf(value: JsonValue | undefined): Config['mcp'] {
  const given = Object.entries(objectOf(value))
  const all: [string, JsonObject][] =
    given.length > 0 ? given.map(([name, e]) => [name, objectOf(e)]) : [['default', {}]]
  return Object.fromEntries(all.map(([name, endpoint]): [string, EndpointConfig] => [name, endpointOf(endpoint)]))
}

/** An MCP endpoint as the file has it, with its defaults filled in. */
export function endpointOf(endpoint: JsonObject): EndpointConfig {
  return {
    services: texts(endpoint.services) ?? '*',
    default_limit: typeof endpoint.default_limit === 'number' ? endpoint.default_limit : 100,
    max_limit: typeof endpoint.max_limit === 'number' ? endpoint.max_limit : 1000,
    api_keys: endpoint.api_keys !== false,
    read_only: endpoint.read_only === true,
  }
}
