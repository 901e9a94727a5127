import type { Knex } from 'knex'
import type { Migration } from './migrations.js'

/** Answers by Idempotency-Key. `id` is a hash of the principal and the key; `begun` is in milliseconds since 1970. */
export const idempotencyKeys: Migration = {
  name: '003_idempotency_keys',
  async up(knex: Knex) {
    await knex.schema.createTable('idempotency_keys', (table) => {
      table.string('id', 64).primary()
      table.string('fingerprint', 190).notNullable()
      table.string('owner', 64).notNullable()
      table.bigInteger('begun').notNullable().index()
      table.integer('status')
      table.text('headers')
      if (knex.client.driverName === 'mysql2') table.specificType('body', 'longblob')
      else table.binary('body')
    })
  },
  async down(knex: Knex) {
    await knex.schema.dropTable('idempotency_keys')
  },
}
