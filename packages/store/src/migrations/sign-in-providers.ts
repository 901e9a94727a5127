import type { Knex } from 'knex'
import { createTable } from './create-table.js'
import type { Migration } from './migrations.js'

/**
 * People of outside providers. `subject` is whom the provider means; `claims` what it said at last, as far as roles need
 * it; `renewal` (sealed) by what it can be asked again, by one process at a time until `renewing` (milliseconds since
 * 1970). `sign_in_flows` are sign-ins on their way.
 */
export const signInProviders: Migration = {
  name: '007_sign_in_providers',
  async up(knex: Knex) {
    await knex.schema.alterTable('users', (table) => {
      table.string('subject', 255)
      table.json('claims')
      table.text('renewal', 'mediumtext')
      table.bigInteger('renewing').notNullable().defaultTo(0)
      table.unique(['tenant', 'provider', 'subject'])
    })
    await knex.schema.alterTable('sessions', (table) => {
      table.text('sign_out_hint', 'mediumtext')
    })
    await createTable(knex, 'sign_in_flows', (table) => {
      table.string('tenant', 64).notNullable()
      table.string('hash', 64).notNullable()
      table.text('sealed').notNullable()
      table.text('answer', 'mediumtext')
      table.bigInteger('expires').notNullable().index()
      table.primary(['tenant', 'hash'])
    })
  },
  async down(knex: Knex) {
    await knex.schema.dropTable('sign_in_flows')
    await knex.schema.alterTable('sessions', (table) => table.dropColumn('sign_out_hint'))
    await knex.schema.alterTable('users', (table) => {
      table.dropUnique(['tenant', 'provider', 'subject'])
      table.dropColumns('subject', 'claims', 'renewal', 'renewing')
    })
  },
}
