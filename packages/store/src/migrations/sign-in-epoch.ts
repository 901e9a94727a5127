import type { Knex } from 'knex'
import type { Migration } from './migrations.js'

/** Counts how often everything that a user had opened was closed, for what is kept in browsers and not here. */
export const signInEpoch: Migration = {
  name: '009_sign_in_epoch',
  async up(knex: Knex) {
    await knex.schema.alterTable('users', (table) => {
      table.integer('epoch').notNullable().defaultTo(0)
    })
  },
  async down(knex: Knex) {
    await knex.schema.alterTable('users', (table) => {
      table.dropColumn('epoch')
    })
  },
}
