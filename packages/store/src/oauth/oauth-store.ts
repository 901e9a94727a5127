import type { OAuthStore } from '@gatehouse/core'
import type { Knex } from 'knex'
import { consentsOf } from './consents.js'
import { grantsOf } from './grants.js'
import { clientsOf } from './oauth-clients.js'
import { tokensOf } from './tokens.js'

/** What the authorization server for MCP keeps: clients, grants, codes, tokens and consents. */
export function createOAuthStore(knex: Knex): OAuthStore {
  return {
    ...clientsOf(knex),
    ...grantsOf(knex),
    ...tokensOf(knex),
    ...consentsOf(knex),
    async sweep(now) {
      await knex('oauth_codes').where('expires', '<', now).delete()
      await knex('oauth_tokens').where('expires', '<', now).delete()
      await knex('oauth_clients').where('expires', '<', now).delete()
      // A grant without a code or token left can never have one again. A new one has no code for a moment.
      await knex('oauth_grants')
        .where('created', '<', now - 60_000)
        .whereNotExists(knex('oauth_codes').whereRaw('oauth_codes.grant_id = oauth_grants.id'))
        .whereNotExists(knex('oauth_tokens').whereRaw('oauth_tokens.grant_id = oauth_grants.id'))
        .delete()
    },
  }
}
