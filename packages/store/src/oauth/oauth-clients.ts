import { hash } from 'node:crypto'
import type { OAuthClient, OAuthStore } from '@gatehouse/core'
import type { Knex } from 'knex'

interface Row {
  readonly client_id: string
  readonly kind: OAuthClient['kind']
  readonly name: string
  readonly tenant: string
  readonly endpoint: string | null
  readonly redirect_uris: unknown
  readonly auth_method: OAuthClient['authMethod']
  readonly secret_hash: string | null
  readonly grant_types: unknown
  readonly roles: unknown
  readonly attributes: unknown
  readonly expires: number | string | null
}

type Clients = Pick<
  OAuthStore,
  'findClient' | 'addClient' | 'saveClient' | 'fileClients' | 'removeClient' | 'countRegistered' | 'prolongClient'
>

export function clientsOf(knex: Knex): Clients {
  const insert = (client: OAuthClient, now: number) => {
    const at = new Date(now).toISOString()
    return knex('oauth_clients')
      .insert({ ...rowOf(client), created: at, changed: at })
      .onConflict('client_id')
  }
  return {
    async findClient(id) {
      const row: Row | undefined = await knex('oauth_clients').where({ client_id: id }).first()
      return row && clientOf(row)
    },
    async addClient(client, now) {
      await insert(client, now).ignore()
    },
    async saveClient(client, now) {
      await insert(client, now).merge()
    },
    async fileClients() {
      const rows: Row[] = await knex('oauth_clients').where({ source: 'file' }).orderBy('client_id')
      return rows.map(clientOf)
    },
    async removeClient(id) {
      await knex('oauth_grants')
        .where({ client_hash: hash('sha256', id) })
        .delete()
      await knex('oauth_clients').where({ client_id: id }).delete()
    },
    async countRegistered(now) {
      const counted: { n?: number | string } | undefined = await knex('oauth_clients')
        .where({ source: 'self' })
        .where('expires', '>=', now)
        .count({ n: '*' })
        .first()
      return Number(counted?.n ?? 0)
    },
    async prolongClient(id, expires) {
      await knex('oauth_clients')
        .where({ client_id: id, source: 'self' })
        .where('expires', '<', expires)
        .update({ expires })
    },
  }
}

/** Clients that registered themselves are of no tenant; the administrators of the default one see them. */
function rowOf(client: OAuthClient): Row & { readonly source: string } {
  return {
    client_id: client.id,
    kind: client.kind,
    name: client.name,
    tenant: client.endpoint?.tenant ?? 'default',
    endpoint: client.endpoint?.name ?? null,
    redirect_uris: JSON.stringify(client.redirectUris),
    auth_method: client.authMethod,
    secret_hash: client.secretHash ?? null,
    grant_types: JSON.stringify(client.grantTypes),
    roles: JSON.stringify(client.roles),
    attributes: JSON.stringify(client.attributes),
    expires: client.expires ?? null,
    source: client.kind === 'registered' ? 'self' : 'file',
  }
}

function clientOf(row: Row): OAuthClient {
  const { client_id, kind, name, secret_hash, tenant, endpoint, expires } = row
  return {
    id: client_id,
    kind,
    name,
    redirectUris: jsonOf(row.redirect_uris),
    authMethod: row.auth_method,
    grantTypes: jsonOf(row.grant_types),
    roles: jsonOf(row.roles),
    attributes: jsonOf(row.attributes),
    ...(secret_hash !== null && { secretHash: secret_hash }),
    ...(endpoint !== null && { endpoint: { tenant, name: endpoint } }),
    ...(expires !== null && { expires: Number(expires) }),
  }
}

/** PostgreSQL's driver has parsed it already. */
function jsonOf<T>(value: unknown): T {
  return (typeof value === 'string' ? JSON.parse(value) : value) as T
}
