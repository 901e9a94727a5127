import { hash } from 'node:crypto'
import type { ConsentKey, OAuthStore } from '@gatehouse/core'
import type { Knex } from 'knex'

/** One row for a person, a client and an endpoint. */
export function consentsOf(knex: Knex): Pick<OAuthStore, 'consent' | 'saveConsent'> {
  return {
    async consent(key) {
      const row: { scopes: string } | undefined = await knex('oauth_consents')
        .where({ id: idOf(key) })
        .first('scopes')
      return row ? JSON.parse(row.scopes) : []
    },
    async saveConsent(key, scopes, now) {
      const row = {
        id: idOf(key),
        user_id: key.userId,
        client_id: key.clientId,
        tenant: key.tenant,
        endpoint: key.endpoint,
        scopes: JSON.stringify(scopes),
        changed: now,
      }
      await knex('oauth_consents').insert(row).onConflict('id').merge()
    },
  }
}

function idOf({ userId, clientId, tenant, endpoint }: ConsentKey): string {
  return hash('sha256', JSON.stringify([userId, clientId, tenant, endpoint]))
}
