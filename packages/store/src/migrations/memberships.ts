import type { Knex } from 'knex'
import { createTable } from './create-table.js'
import type { Migration } from './migrations.js'

/** Users of the default tenant who may act in others too. They go with their user, and with the tenant. */
export const memberships: Migration = {
  name: '008_memberships',
  async up(knex: Knex) {
    await createTable(knex, 'memberships', (table) => {
      table.bigIncrements('id')
      table.string('tenant', 64).notNullable()
      table.bigInteger('user_id').unsigned().notNullable().references('id').inTable('users').onDelete('CASCADE')
      table.bigInteger('tenant_id').unsigned().notNullable().references('id').inTable('tenants').onDelete('CASCADE')
      table.json('roles').notNullable()
      table.json('attributes').notNullable()
      table.string('created', 32).notNullable()
      table.string('changed', 32).notNullable()
      table.unique(['tenant', 'user_id', 'tenant_id'])
    })
    await knex.schema.alterTable('oauth_grants', (table) => {
      table.string('member_of', 64)
    })
  },
  async down(knex: Knex) {
    await knex.schema.alterTable('oauth_grants', (table) => {
      table.dropColumn('member_of')
    })
    await knex.schema.dropTable('memberships')
  },
}
