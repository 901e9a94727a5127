import { hash } from 'node:crypto'
import type { OAuthClient, OAuthStore } from '@gatehouse/core'
import type { Knex } from 'knex'

interface Row {
  readonly id: string
  readonly kind: OAuthClient['kind']
  readonly name: string
  readonly redirect_uris: string
  readonly auth_method: OAuthClient['authMethod']
  readonly secret_hash: string | null
  readonly grant_types: string
  readonly tenant: string | null
  readonly endpoint: string | null
  readonly roles: string
  readonly attributes: string
  readonly expires: number | string | null
}

type Clients = Pick<
  OAuthStore,
  'findClient' | 'addClient' | 'saveClient' | 'configuredClients' | 'removeClient' | 'countRegistered' | 'prolongClient'
>

export function clientsOf(knex: Knex): Clients {
  return {
    async findClient(id) {
      const row: Row | undefined = await knex('oauth_clients').where({ id }).first()
      return row && clientOf(row)
    },
    async addClient(client, now) {
      const row = { ...rowOf(client), created: now }
      await knex('oauth_clients').insert(row).onConflict('id').ignore()
    },
    async saveClient(client, now) {
      const row = { ...rowOf(client), created: now }
      await knex('oauth_clients').insert(row).onConflict('id').merge()
    },
    async configuredClients() {
      const rows: Row[] = await knex('oauth_clients').where({ kind: 'configured' }).orderBy('id')
      return rows.map(clientOf)
    },
    async removeClient(id) {
      await knex('oauth_grants')
        .where({ client_hash: hash('sha256', id) })
        .delete()
      await knex('oauth_clients').where({ id }).delete()
    },
    async countRegistered(now) {
      const counted: { n?: number | string } | undefined = await knex('oauth_clients')
        .where({ kind: 'registered' })
        .where('expires', '>=', now)
        .count({ n: '*' })
        .first()
      return Number(counted?.n ?? 0)
    },
    async prolongClient(id, expires) {
      await knex('oauth_clients').where({ id, kind: 'registered' }).where('expires', '<', expires).update({ expires })
    },
  }
}

function rowOf(client: OAuthClient): Row {
  return {
    id: client.id,
    kind: client.kind,
    name: client.name,
    redirect_uris: JSON.stringify(client.redirectUris),
    auth_method: client.authMethod,
    secret_hash: client.secretHash ?? null,
    grant_types: JSON.stringify(client.grantTypes),
    tenant: client.endpoint?.tenant ?? null,
    endpoint: client.endpoint?.name ?? null,
    roles: JSON.stringify(client.roles),
    attributes: JSON.stringify(client.attributes),
    expires: client.expires ?? null,
  }
}

function clientOf(row: Row): OAuthClient {
  const { id, kind, name, secret_hash, tenant, endpoint, expires } = row
  return {
    id,
    kind,
    name,
    redirectUris: JSON.parse(row.redirect_uris),
    authMethod: row.auth_method,
    grantTypes: JSON.parse(row.grant_types),
    roles: JSON.parse(row.roles),
    attributes: JSON.parse(row.attributes),
    ...(secret_hash !== null && { secretHash: secret_hash }),
    ...(tenant !== null && endpoint !== null && { endpoint: { tenant, name: endpoint } }),
    ...(expires !== null && { expires: Number(expires) }),
  }
}
