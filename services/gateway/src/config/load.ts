import {
  type ConnectorType,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  nearest,
  parseDuration,
  parseSize,
} from '@gatehouse/core'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
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
import { administratorRole, reservedServices } from './names.js'
import { oauthOf, oauthProblems } from './oauth-config.js'
import { type Problem, problemsOf } from './problems.js'
import { providerProblems, providersOf } from './providers-config.js'
import { relationshipOf, relationshipProblems } from './relationships.js'
import { configSchema, serviceProperties, serviceSchema } from './schema.js'
import { readSource, type Source } from './source.js'

/** A configuration that holds, or everything that is wrong with it: `line 12: services.salesdb.type: ...`. */
export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly source: Source }
  | { readonly ok: false; readonly errors: readonly string[] }

/** Reads a configuration file's text. `types` validate the keys of their services. */
export function loadConfig(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  types: readonly ConnectorType[],
): Loaded {
  const source = readSource(text, env)
  const problems: Problem[] = [...source.problems]
  const value: unknown = source.value ?? {}
  // The schemas are our own: to check them at each start would take longer than to read the file.
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, meta: false, validateSchema: false })
  problems.push(...validate(ajv.compile(configSchema), value, []))
  if (isJsonObject(value)) {
    const parts = tenantsIn(value)
    for (const { part, below } of parts) problems.push(...serviceProblems(ajv, part, types, below))
    problems.push(...providerProblems(value, (schema, one, path) => validate(ajv.compile(schema), one, path)))
    if (problems.length === 0) {
      for (const { part, below } of parts) problems.push(...meaningProblems(part, below))
      problems.push(...signInProblems(value), ...oauthProblems(value))
    }
  }
  if (problems.length > 0 || !isJsonObject(value)) {
    const lines = problems.map((problem) => ({ line: source.line(problem.path), problem }))
    lines.sort((a, b) => a.line - b.line)
    return { ok: false, errors: lines.map(({ line, problem }) => `line ${line}: ${where(problem)}${problem.message}`) }
  }
  return { ok: true, config: configOf(value), source }
}

function where(problem: Problem): string {
  const path = problem.path.filter((step) => !String(step).startsWith('@')).join('.')
  return path === '' ? '' : `${path}: `
}

function validate(check: ValidateFunction, value: unknown, below: Problem['path']): Problem[] {
  return check(value) ? [] : problemsOf(check.errors ?? [], below)
}

/** The file itself, which is the default tenant, and each of its tenants, with where they stand. */
function tenantsIn(value: JsonObject): { readonly part: JsonObject; readonly below: Problem['path'] }[] {
  const tenants = Object.entries(objectOf(value.tenants))
  return [
    { part: value, below: [] },
    ...tenants.map(([name, part]) => ({ part: objectOf(part), below: ['tenants', name] })),
  ]
}

function signInProblems(value: JsonObject): Problem[] {
  const problems: Problem[] = []
  const tenants = new Map([['default', value], ...Object.entries(objectOf(value.tenants))])
  if (isJsonObject(value.tenants) && 'default' in value.tenants) {
    problems.push({ path: ['tenants', 'default'], message: 'the default tenant is the file itself' })
  }
  for (const [name, issuer] of Object.entries(objectOf(objectOf(value.sign_in).issuers))) {
    const path = ['sign_in', 'issuers', name]
    const { tenant: of, issuer: url, roles, default_roles: always } = objectOf(issuer)
    const tenant = tenants.get(text(of) ?? 'default')
    if (!tenant) {
      problems.push({ path: [...path, 'tenant'], message: `there is no tenant \`${text(of)}\`` })
      continue
    }
    const own = [...Object.keys(objectOf(objectOf(tenant).roles)), administratorRole]
    for (const role of [...Object.values(objectOf(roles)).flatMap(oneOrMany), ...(texts(always) ?? [])]) {
      if (!own.includes(role)) problems.push({ path: [...path, 'roles'], message: `there is no role \`${role}\`` })
    }
    const { protocol, hostname } = new URL(text(url) ?? '')
    if (protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
      problems.push({ path: [...path, 'issuer'], message: 'an issuer of another machine must be https' })
    }
  }
  return problems
}

function oneOrMany(value: JsonValue | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (texts(value) ?? [])
}

function serviceProblems(
  ajv: Ajv2020,
  value: JsonObject,
  types: readonly ConnectorType[],
  below: Problem['path'],
): Problem[] {
  const problems: Problem[] = []
  for (const [name, service] of Object.entries(objectOf(value.services))) {
    if (!isJsonObject(service) || typeof service.type !== 'string') continue
    const type = types.find((t) => t.type === service.type)
    if (!type) {
      const near = nearest(
        service.type,
        types.map((t) => t.type),
      )
      const known = types.map((t) => t.type).join(', ')
      const message = `there is no connector \`${service.type}\`.${near ? ` Did you mean \`${near}\`?` : ''} Connectors: ${known}`
      problems.push({ path: [...below, 'services', name, 'type'], message })
      continue
    }
    if (reservedServices.includes(name)) {
      problems.push({
        path: [...below, 'services', name],
        message: `the name \`${name}\` is taken by Gatehouse itself`,
      })
    }
    problems.push(...validate(ajv.compile(serviceSchema(type.config)), service, [...below, 'services', name]))
  }
  return problems
}

/** What a schema cannot say: names that must exist, values that must be unique. */
function meaningProblems(value: JsonObject, below: Problem['path']): Problem[] {
  const problems: Problem[] = []
  const roles = new Set([...Object.keys(objectOf(value.roles)), administratorRole])
  const services = new Set([...Object.keys(objectOf(value.services)), 'system'])
  const known = (kind: string, name: JsonValue | undefined, names: ReadonlySet<string>, path: Problem['path']) => {
    if (typeof name !== 'string' || names.has(name)) return
    // A look at each of very many names takes its time: whoever has so many problems reads the first ones.
    const near = problems.length < 100 ? nearest(name, [...names]) : undefined
    problems.push({ path, message: `there is no ${kind} \`${name}\`${near ? `. Did you mean \`${near}\`?` : ''}` })
  }
  for (const [role, entry] of Object.entries(objectOf(value.roles))) {
    for (const [i, grant] of listOf(isJsonObject(entry) ? entry.grants : undefined).entries()) {
      if (!isJsonObject(grant)) continue
      if (grant.service !== '*')
        known('service', grant.service, services, [...below, 'roles', role, 'grants', i, 'service'])
      if (grant.deny !== true && listOf(grant.verbs).length === 0) {
        problems.push({
          path: [...below, 'roles', role, 'grants', i],
          message: 'a grant needs `verbs`, or `deny: true`',
        })
      }
    }
  }
  problems.push(...relationshipProblems(objectOf(value.services), below))
  const names = new Set<string>()
  for (const [i, key] of listOf(value.keys).entries()) {
    if (!isJsonObject(key)) continue
    for (const [j, role] of listOf(key.roles).entries()) known('role', role, roles, [...below, 'keys', i, 'roles', j])
    if (typeof key.name === 'string' && names.has(key.name)) {
      problems.push({ path: [...below, 'keys', i, 'name'], message: `two keys are named \`${key.name}\`` })
    }
    names.add(String(key.name))
    if (typeof key.key === 'string' && key.key !== '' && key.key.length < 24) {
      problems.push({
        path: [...below, 'keys', i, 'key'],
        message: 'a key needs at least 24 characters, so that it cannot be guessed',
      })
    }
    if (typeof key.expires === 'string' && Number.isNaN(Date.parse(key.expires))) {
      problems.push({ path: [...below, 'keys', i, 'expires'], message: 'is no date such as 2027-12-31' })
    }
  }
  for (const [i, limit] of listOf(value.limits).entries()) {
    if (!isJsonObject(limit)) continue
    if (limit.role !== undefined) known('role', limit.role, roles, [...below, 'limits', i, 'role'])
    if (limit.service !== undefined) known('service', limit.service, services, [...below, 'limits', i, 'service'])
  }
  for (const [name, endpoint] of Object.entries(objectOf(value.mcp))) {
    if (!isJsonObject(endpoint)) continue
    for (const [i, service] of listOf(endpoint.services).entries()) {
      known('service', service, services, [...below, 'mcp', name, 'services', i])
    }
  }
  return problems
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

/** Fills in the defaults. The value has passed the schema, so its shapes are those that are asserted here. */
function configOf(value: JsonObject): Config {
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
  }
}

function signInOf(value: JsonObject): Config['signIn'] {
  return {
    sessionMs: parseDuration(text(value.session) ?? '8h') ?? 0,
    longestMs: parseDuration(text(value.session_max) ?? '7d') ?? 0,
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
        clockSkewMs: parseDuration(text(issuer.clock_skew) ?? '30s') ?? 0,
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
    timeoutMs: parseDuration(text(service.timeout) ?? '30s') ?? 0,
    pool: { max: typeof pool.max === 'number' ? pool.max : 10, idleMs: parseDuration(text(pool.idle) ?? '30s') ?? 0 },
    readOnly: service.read_only === true,
    refreshMs: parseDuration(text(service.refresh) ?? '60s') ?? 0,
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

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function texts(value: JsonValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined
}
