import { hash } from 'node:crypto'
import type { OAuthGrant, OAuthStore } from '@gatehouse/core'
import type { Knex } from 'knex'

export interface GrantRow {
  readonly id: string
  readonly client_id: string
  readonly tenant: string
  readonly endpoint: string
  readonly member_of: string | null
  readonly scopes: string
  readonly user_id: string | null
  readonly name: string
  readonly roles: string
  readonly attributes: string
  readonly revoked: boolean | number
}

type Grants = Pick<OAuthStore, 'saveGrant' | 'updateGrants' | 'revokeGrant' | 'revokeGrants'>

export function grantsOf(knex: Knex): Grants {
  return {
    async saveGrant(grant, now) {
      await knex('oauth_grants').insert({
        id: grant.id,
        client_id: grant.clientId,
        // An id that is a URL is too long for an index.
        client_hash: hash('sha256', grant.clientId),
        tenant: grant.tenant,
        endpoint: grant.endpoint,
        member_of: grant.memberOf ?? null,
        scopes: JSON.stringify(grant.scopes),
        user_id: grant.userId ?? null,
        name: grant.name,
        roles: JSON.stringify(grant.roles),
        attributes: JSON.stringify(grant.attributes),
        revoked: grant.revoked,
        created: now,
      })
    },
    async updateGrants({ userId, tenant, memberOf }, { name, roles, attributes }) {
      if (userId === undefined) return
      await knex('oauth_grants')
        .where({ user_id: userId, tenant, member_of: memberOf ?? null })
        .update({ name, roles: JSON.stringify(roles), attributes: JSON.stringify(attributes) })
    },
    async revokeGrant(id) {
      await knex('oauth_grants').where({ id }).update({ revoked: true })
    },
    async revokeGrants(of) {
      await knex('oauth_grants').where(rowsOf(of)).update({ revoked: true })
    },
  }
}

function rowsOf(of: Parameters<OAuthStore['revokeGrants']>[0]): Readonly<Record<string, string>> {
  if ('clientId' in of) return { client_hash: hash('sha256', of.clientId) }
  return {
    ...('userId' in of && { user_id: of.userId }),
    ...(of.memberOf !== undefined && { member_of: of.memberOf }),
  }
}

/** The columns of a grant, named so that those of what it belongs to can stand beside them. */
export const grantColumns = {
  id: 'oauth_grants.id',
  client_id: 'oauth_grants.client_id',
  tenant: 'oauth_grants.tenant',
  endpoint: 'oauth_grants.endpoint',
  member_of: 'oauth_grants.member_of',
  scopes: 'oauth_grants.scopes',
  user_id: 'oauth_grants.user_id',
  name: 'oauth_grants.name',
  roles: 'oauth_grants.roles',
  attributes: 'oauth_grants.attributes',
  revoked: 'oauth_grants.revoked',
} as const satisfies Record<keyof GrantRow, string>

export function grantOf(row: GrantRow): OAuthGrant {
  return {
    id: row.id,
    clientId: row.client_id,
    tenant: row.tenant,
    endpoint: row.endpoint,
    ...(row.member_of !== null && { memberOf: row.member_of }),
    scopes: JSON.parse(row.scopes),
    ...(row.user_id !== null && { userId: row.user_id }),
    name: row.name,
    roles: JSON.parse(row.roles),
    attributes: JSON.parse(row.attributes),
    revoked: Boolean(row.revoked),
  }
}
