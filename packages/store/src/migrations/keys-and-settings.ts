import type { Knex } from 'knex'
import type { Migration } from './migrations.js'

/** API keys (their hashes), and what Gatehouse remembers about itself. */
export const keysAndSettings: Migration = {
  name: '002_keys_and_settings',
  async up(knex: Knex) {
    await knex.schema.createTable('api_keys', (table) => {
      table.string('name', 190).primary()
      table.string('hash', 64).notNullable().unique()
      table.text('roles').notNullable()
      table.text('attributes').notNullable()
      table.string('expires', 32)
      table.boolean('revoked').notNullable()
      table.text('addresses')
      table.string('created', 32).notNullable()
    })
    await knex.schema.createTable('settings', (table) => {
      table.string('name', 190).primary()
      table.text('value').notNullable()
    })
  },
  async down(knex: Knex) {
    await knex.schema.dropTable('settings')
    await knex.schema.dropTable('api_keys')
  },
}
