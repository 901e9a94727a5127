import { isDeepStrictEqual } from 'node:util'
import type { ApiKey, JsonObject, JsonValue } from '@gatehouse/core'
import { jsonOf, type Scope } from './scope.js'

/** A role as the configuration would have it, with its grants. */
export interface StoredRole {
  readonly name: string
  readonly description?: string
  readonly grants: readonly JsonObject[]
}

export interface StoredService {
  readonly name: string
  readonly type: string
  readonly label?: string
  readonly description?: string
  /** The service's keys as the configuration would have them, sealed. */
  readonly sealed: string
}

export interface StoredEndpoint {
  readonly name: string
  readonly settings: JsonObject
}

/** What of access was made through the API. */
export interface StoredAccess {
  readonly roles: readonly StoredRole[]
  readonly keys: readonly ApiKey[]
  readonly services: readonly StoredService[]
  readonly limits: readonly JsonObject[]
  readonly endpoints: readonly StoredEndpoint[]
}

/** What the configuration defines, as rows to be looked at. */
export interface FileRows {
  readonly tenants: readonly JsonObject[]
  readonly roles: readonly StoredRole[]
  /** With `hash`. */
  readonly api_keys: readonly JsonObject[]
  readonly services: readonly JsonObject[]
  readonly limits: readonly JsonObject[]
  readonly mcp_endpoints: readonly JsonObject[]
}

export interface AccessRows {
  access(): Promise<StoredAccess>
  tenants(): Promise<readonly string[]>
  /** The hash of a key of the configuration, which was made for it or given by it. */
  fileKey(name: string): Promise<string | undefined>
  /** Shows what the configuration defines beside what was made through the API. */
  mirror(file: FileRows): Promise<void>
  /** Deletes all that the tenant has, but for its audit. */
  removeAll(): Promise<void>
  /** By name of key: when it was used last, ISO 8601. */
  noteUses(uses: ReadonlyMap<string, string>): Promise<void>
  sealedServices(): Promise<readonly { readonly id: string; readonly name: string; readonly sealed: string }[]>
  /** False where it was changed meanwhile. */
  resealService(id: string, before: string, sealed: string): Promise<boolean>
}

const grantColumns = ['service', 'resource', 'verbs', 'surfaces', 'fields', 'rows', 'max_rows', 'timeout', 'deny']
const keyColumns = ['name', 'hash', 'roles', 'attributes', 'expires', 'revoked', 'addresses']
const limitColumns = ['per', 'role', 'service', 'resource', 'operation', 'rate', 'period']
const endpointColumns = ['services', 'default_limit', 'max_limit', 'api_keys', 'read_only']
const jsonColumns = new Set(['verbs', 'surfaces', 'fields', 'roles', 'attributes', 'addresses', 'config', 'services'])
const flags = new Set(['deny', 'api_keys', 'read_only', 'revoked'])

/** Those that others refer to come last. */
const ownTables = [
  'memberships',
  'sessions',
  'reset_codes',
  'sign_in_attempts',
  'sign_in_flows',
  'users',
  'grants',
  'roles',
  'services',
  'limits',
  'mcp_endpoints',
  'api_keys',
  'oauth_consents',
  'oauth_grants',
  'oauth_clients',
] as const

type Row = Readonly<Record<string, unknown>>

export function accessOf(scope: Scope) {
  const made = async (table: Parameters<Scope['rows']>[0], columns: readonly string[] = ['*']): Promise<Row[]> =>
    await scope
      .rows(table)
      .where('source', 'api')
      .orderBy('id')
      .select([...columns])
  const grantOf = remembering((row) => present(row, grantColumns))
  const key = remembering(keyOf)
  const roles = rememberedRoles()
  return {
    /** What has not changed since the last time is the same object as then. */
    async access(): Promise<StoredAccess> {
      const grantRows = await made('grants', ['id', 'role_id', ...grantColumns])
      const grants = new Map<string, JsonObject[]>()
      for (const [i, grant] of grantOf(grantRows).entries()) {
        const role = String(grantRows[i]?.role_id)
        const of = grants.get(role) ?? []
        grants.set(role, of)
        of.push(grant)
      }
      return {
        roles: roles(await made('roles', ['id', 'name', 'description']), grants),
        keys: key(await made('api_keys', ['id', ...keyColumns])),
        services: (await made('services')).map((row) => ({
          name: String(row.name),
          type: String(row.type),
          ...(typeof row.label === 'string' && { label: row.label }),
          ...(typeof row.description === 'string' && { description: row.description }),
          sealed: String(row.sealed),
        })),
        limits: (await made('limits')).map((row) => present(row, limitColumns)),
        endpoints: (await made('mcp_endpoints')).map((row) => ({
          name: String(row.name),
          settings: present(row, endpointColumns),
        })),
      }
    },
    async tenants(): Promise<readonly string[]> {
      return (await made('tenants')).map((row) => String(row.name))
    },
    async fileKey(name: string): Promise<string | undefined> {
      const row: { hash: string } | undefined = await scope
        .rows('api_keys')
        .where({ source: 'file', name })
        .first('hash')
      return row?.hash
    },
    removeAll: () =>
      scope.together(async (own) => {
        for (const table of ownTables) await own.rows(table).delete()
      }),
    mirror: (file: FileRows) => scope.together((own) => mirror(own, file)),
    async noteUses(uses: ReadonlyMap<string, string>) {
      for (const [name, at] of uses) await scope.rows('api_keys').where({ name }).update({ last_used: at })
    },
    async sealedServices() {
      const rows: { id: number | string; name: string; sealed: string }[] = await scope
        .rows('services')
        .whereNotNull('sealed')
        .select('id', 'name', 'sealed')
      return rows.map(({ id, name, sealed }) => ({ id: String(id), name, sealed }))
    },
    async resealService(id: string, before: string, sealed: string) {
      return (await scope.rows('services').where({ id, sealed: before }).update({ sealed })) > 0
    },
  }
}

async function mirror(own: Scope, file: FileRows): Promise<void> {
  await mirrorNamed(own, 'tenants', file.tenants)
  await mirrorNamed(own, 'api_keys', file.api_keys)
  await mirrorNamed(own, 'services', file.services)
  await mirrorNamed(own, 'mcp_endpoints', file.mcp_endpoints)
  await mirrorNamed(
    own,
    'roles',
    file.roles.map(({ name, description = null }) => ({ name, description })),
  )
  const roles: { id: number | string; name: string }[] = await own
    .rows('roles')
    .where('source', 'file')
    .select('id', 'name')
  const ids = new Map(roles.map(({ id, name }) => [name, id]))
  const grants = file.roles.flatMap(({ name, grants: all }) =>
    all.map((g) => ({ ...g, role_id: Number(ids.get(name)) })),
  )
  await mirrorList(own, 'grants', grants, [...grantColumns, 'role_id'])
  await mirrorList(own, 'limits', file.limits, limitColumns)
}

/** Rows keep their ids for as long as their names stay. */
async function mirrorNamed(
  own: Scope,
  table: 'tenants' | 'api_keys' | 'services' | 'mcp_endpoints' | 'roles',
  wanted: readonly JsonObject[],
) {
  const rows: Row[] = await own.rows(table).where('source', 'file')
  const there = new Map(rows.map((row) => [String(row.name), row]))
  const at = new Date().toISOString()
  const made: object[] = []
  for (const want of wanted) {
    const row = columnsOf(want)
    const found = there.get(String(want.name))
    there.delete(String(want.name))
    if (!found) made.push({ ...row, source: 'file', created: at, changed: at })
    else if (differs(found, want, Object.keys(want))) {
      await own
        .rows(table)
        .where('id', String(found.id))
        .update({ ...row, changed: at })
    }
  }
  const gone = [...there.values()].map((row) => String(row.id))
  for (const part of parts(gone)) await own.rows(table).whereIn('id', part).delete()
  for (const part of parts(made)) await own.insert(table, part)
}

/** Rows without a name are replaced all together, where any is new. */
async function mirrorList(
  own: Scope,
  table: 'grants' | 'limits',
  wanted: readonly JsonObject[],
  columns: readonly string[],
) {
  const rows: Row[] = await own.rows(table).where('source', 'file').orderBy('id')
  const alike = rows.length === wanted.length && wanted.every((want, i) => !differs(rows[i] ?? {}, want, columns))
  if (alike) return
  await own.rows(table).where('source', 'file').delete()
  const at = new Date().toISOString()
  const made = wanted.map((want) => {
    const whole = Object.fromEntries(columns.map((name) => [name, want[name] ?? unset(name)]))
    return { ...columnsOf(whole), source: 'file', created: at, changed: at }
  })
  for (const part of parts(made)) await own.insert(table, part)
}

/** Few enough for the parameters of one statement. */
function* parts<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += 200) yield all.slice(from, from + 200)
}

/** What a column holds that the configuration says nothing of. */
function unset(name: string): JsonValue {
  return name === 'deny' ? false : null
}

function differs(found: Row, want: JsonObject, columns: readonly string[]): boolean {
  return columns.some((name) => {
    const value = want[name] ?? unset(name)
    const is = columnValue(name, found[name]) ?? null
    return (
      JSON.stringify(is) !== JSON.stringify(typeof value === 'number' && name === 'role_id' ? Number(value) : value)
    )
  })
}

function columnValue(name: string, value: unknown): JsonValue {
  if (value === null || value === undefined) return null
  if (jsonColumns.has(name)) return jsonOf<JsonValue>(value, null)
  if (flags.has(name)) return Boolean(value)
  return name === 'role_id' ? Number(value) : (value as JsonValue)
}

/** Values as a driver takes them. */
function columnsOf(row: JsonObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value !== null && typeof value === 'object' ? JSON.stringify(value) : value,
    ]),
  )
}

/** The named columns that have a value, as the configuration would have them. */
function present(row: Row, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, JsonValue][] => {
      const value = columnValue(name, row[name])
      return value === null || (name === 'deny' && value === false) ? [] : [[name, value]]
    }),
  )
}

/** Works out only what is new among rows that are read again and again. */
function remembering<T>(work: (row: Row) => T): (rows: readonly Row[]) => T[] {
  let known = new Map<string, { readonly row: Row; readonly value: T }>()
  return (rows) => {
    const next: typeof known = new Map()
    for (const row of rows) {
      const id = String(row.id)
      const before = known.get(id)
      next.set(id, before && sameRow(before.row, row) ? before : { row, value: work(row) })
    }
    known = next
    return [...next.values()].map(({ value }) => value)
  }
}

function sameRow(before: Row, row: Row): boolean {
  for (const name in row) {
    const value = row[name]
    // PostgreSQL's driver has parsed JSON already.
    if (before[name] !== value && !(typeof value === 'object' && isDeepStrictEqual(before[name], value))) return false
  }
  return true
}

/** A role is the same where its row and each of its grants are. */
function rememberedRoles(): (rows: readonly Row[], grants: ReadonlyMap<string, readonly JsonObject[]>) => StoredRole[] {
  let known = new Map<string, StoredRole>()
  return (rows, grants) => {
    const next: typeof known = new Map()
    for (const { id, name, description } of rows) {
      const role: StoredRole = {
        name: String(name),
        ...(typeof description === 'string' && { description }),
        grants: grants.get(String(id)) ?? [],
      }
      const before = known.get(String(id))
      next.set(String(id), before && sameRole(before, role) ? before : role)
    }
    known = next
    return [...next.values()]
  }
}

function sameRole(before: StoredRole, { name, description, grants }: StoredRole): boolean {
  if (before.name !== name || before.description !== description || before.grants.length !== grants.length) return false
  return grants.every((grant, i) => grant === before.grants[i])
}

function keyOf(row: Row): ApiKey {
  return {
    name: String(row.name),
    hash: String(row.hash),
    roles: jsonOf<string[]>(row.roles, []),
    attributes: jsonOf<ApiKey['attributes']>(row.attributes, {}),
    ...(typeof row.expires === 'string' && { expires: row.expires }),
    revoked: Boolean(row.revoked),
    ...(row.addresses !== null && { addresses: jsonOf<string[]>(row.addresses, []) }),
  }
}
