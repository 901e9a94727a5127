import { auditTextLimits as limits } from '@gatehouse/core'
import type { Knex } from 'knex'
import { createTable } from './create-table.js'
import type { Migration } from './migrations.js'

/** How each database declares an instant with milliseconds, and a long text. */
const types = {
  'better-sqlite3': { time: 'TIMESTAMPTZ', longText: 'TEXT' },
  pg: { time: 'timestamptz(3)', longText: 'text' },
  // The default is said, since the first timestamp of a table may otherwise change with its row.
  mysql2: { time: 'timestamp(3) DEFAULT CURRENT_TIMESTAMP(3)', longText: 'longtext' },
}

/**
 * The audit events. Members of the event are columns, so that they can be searched; `event` is the exact text that the
 * hash is made of. The table is named as callers know it, since it is served as a table of the service `system`.
 */
export const auditEvents: Migration = {
  name: '001_audit_events',
  async up(knex: Knex) {
    const { time, longText } = types[knex.client.driverName as keyof typeof types]
    await createTable(knex, 'audit', (table) => {
      table.bigIncrements('id')
      table.specificType('time', time).notNullable().index()
      table.string('request_id', limits.request_id).notNullable()
      table.string('tenant', limits.tenant).notNullable()
      table.string('principal', limits.principal).notNullable().index()
      table.string('on_behalf_of', limits.on_behalf_of)
      table.string('client', limits.client)
      table.string('address', limits.address)
      table.string('surface', limits.surface).notNullable()
      table.string('service', limits.service).notNullable()
      table.string('operation', limits.operation).notNullable()
      table.string('effect', limits.effect).notNullable()
      table.string('resource', limits.resource).notNullable()
      table.json('arguments').notNullable()
      table.text('policy')
      table.string('fingerprint', limits.fingerprint)
      table.bigInteger('rows')
      table.json('masked')
      table.string('decision', limits.decision).notNullable()
      table.string('reason', limits.reason)
      table.integer('status').notNullable()
      table.double('duration_ms').notNullable()
      table.string('chain', 64).notNullable()
      table.bigInteger('seq').notNullable()
      table.string('previous_hash', 64).notNullable()
      table.string('hash', 64).notNullable()
      table.string('seal', 64)
      table.specificType('event', longText).notNullable()
      table.unique(['chain', 'seq'])
    })
  },
  async down(knex: Knex) {
    await knex.schema.dropTable('audit')
  },
}
