import type { Knex } from 'knex'
import { createTable } from './create-table.js'
import type { Migration } from './migrations.js'

/**
 * OAuth clients as the system service shows them. `source`: `file` (of the configuration), `api` (made through the system
 * service), `self` (registered itself). `secret` and `rotate` are never filled: rules turn them into a hash. `expires` is
 * in milliseconds since 1970. Clients of the step before were those of the configuration, which are made anew, and such
 * as had registered themselves, which do so again.
 */
export const oauthClients: Migration = {
  name: '006_oauth_clients',
  async up(knex: Knex) {
    await knex.schema.dropTable('oauth_clients')
    await createTable(knex, 'oauth_clients', (table) => {
      table.bigIncrements('id')
      table.string('tenant', 64).notNullable()
      table.string('client_id', 190).notNullable().unique()
      table.string('kind', 16).notNullable()
      table.string('name', 190).notNullable()
      table.string('endpoint', 64)
      table.json('redirect_uris').notNullable()
      table.string('auth_method', 32).notNullable()
      table.string('secret', 64)
      table.boolean('rotate')
      table.string('secret_hash', 64)
      table.json('grant_types').notNullable()
      table.json('roles').notNullable()
      table.json('attributes').notNullable()
      table.bigInteger('expires').index()
      table.string('source', 8).notNullable()
      table.string('created', 32).notNullable()
      table.string('changed', 32).notNullable()
      table.index(['tenant', 'source'])
    })
  },
  async down(knex: Knex) {
    await knex.schema.dropTable('oauth_clients')
    await knex.schema.createTable('oauth_clients', (table) => {
      table.string('id', 190).primary()
    })
  },
}
