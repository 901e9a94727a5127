import type { ApiKey, JsonObject } from '@gatehouse/core'
import { endpointColumns, grantColumns, keyColumns, limitColumns, present, type Row } from './access-columns.js'
import { mirror } from './mirror.js'
import { rememberedRoles, remembering } from './remembered-rows.js'
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
