import type { Knex } from 'knex'
import { createTable } from './create-table.js'
import type { Migration } from './migrations.js'

/**
 * What the authorization server for MCP keeps. Of codes, tokens and secrets there are hashes (SHA-256, hex) only; times
 * are in milliseconds since 1970. Codes and tokens go with their grant.
 */
export const oauth: Migration = {
  name: '005_oauth',
  async up(knex: Knex) {
    const create = (name: string, columns: (table: Knex.CreateTableBuilder) => void) => createTable(knex, name, columns)
    const ofGrant = (table: Knex.CreateTableBuilder) => {
      table.string('hash', 64).primary()
      table.string('grant_id', 64).notNullable().references('id').inTable('oauth_grants').onDelete('CASCADE')
      table.bigInteger('expires').notNullable().index()
      table.bigInteger('used')
    }

    await create('oauth_clients', (table) => {
      table.string('id', 190).primary()
      table.string('kind', 16).notNullable()
      table.string('name', 190).notNullable()
      table.text('redirect_uris').notNullable()
      table.string('auth_method', 32).notNullable()
      table.string('secret_hash', 64)
      table.text('grant_types').notNullable()
      table.string('tenant', 64)
      table.string('endpoint', 64)
      table.text('roles').notNullable()
      table.text('attributes').notNullable()
      table.bigInteger('created').notNullable()
      table.bigInteger('expires').index()
    })
    await create('oauth_grants', (table) => {
      table.string('id', 64).primary()
      table.text('client_id').notNullable()
      table.string('client_hash', 64).notNullable().index()
      table.string('tenant', 64).notNullable()
      table.string('endpoint', 64).notNullable()
      table.text('scopes').notNullable()
      table.string('user_id', 190).index()
      table.string('name', 190).notNullable()
      table.text('roles').notNullable()
      table.text('attributes').notNullable()
      table.boolean('revoked').notNullable()
      table.bigInteger('created').notNullable().index()
    })
    await create('oauth_codes', (table) => {
      ofGrant(table)
      table.text('redirect_uri').notNullable()
      table.string('challenge', 64).notNullable()
    })
    await create('oauth_tokens', (table) => {
      ofGrant(table)
      table.string('kind', 8).notNullable()
      table.text('scopes').notNullable()
      table.index(['grant_id'])
    })
    await create('oauth_consents', (table) => {
      table.string('id', 64).primary()
      table.string('user_id', 190).notNullable().index()
      table.text('client_id').notNullable()
      table.string('tenant', 64).notNullable()
      table.string('endpoint', 64).notNullable()
      table.text('scopes').notNullable()
      table.bigInteger('changed').notNullable()
    })
  },
  async down(knex: Knex) {
    for (const table of ['oauth_consents', 'oauth_tokens', 'oauth_codes', 'oauth_grants', 'oauth_clients']) {
      await knex.schema.dropTable(table)
    }
  },
}
