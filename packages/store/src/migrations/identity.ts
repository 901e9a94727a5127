import type { Knex } from 'knex'
import { createTable } from './create-table.js'
import type { Migration } from './migrations.js'

/**
 * Tenants and all that is theirs. Columns `tenant`, `source` (`file`: mirrored from the configuration; `api`: made
 * through the system service) and every hash or sealed text are never shown; `password`, `key`, `rotate` and `code` are
 * never filled: they are there so that the system service can take them in, and rules turn them into something else.
 * Instants are ISO 8601 texts in UTC.
 */
export const identity: Migration = {
  name: '004_identity',
  async up(knex: Knex) {
    const create = (name: string, columns: (table: Knex.CreateTableBuilder) => void) => createTable(knex, name, columns)
    const own = (table: Knex.CreateTableBuilder) => {
      table.bigIncrements('id')
      table.string('tenant', 64).notNullable()
    }
    const dated = (table: Knex.CreateTableBuilder) => {
      table.string('created', 32).notNullable()
      table.string('changed', 32).notNullable()
    }
    const sourced = (table: Knex.CreateTableBuilder, ...unique: string[]) => {
      table.string('source', 8).notNullable()
      if (unique.length > 0) table.unique(['tenant', 'source', ...unique])
      else table.index(['tenant', 'source'])
      dated(table)
    }
    const ofUser = (table: Knex.CreateTableBuilder) =>
      table.bigInteger('user_id').unsigned().notNullable().references('id').inTable('users').onDelete('CASCADE')

    await create('tenants', (table) => {
      own(table)
      table.string('name', 64).notNullable()
      table.string('label', 190)
      sourced(table, 'name')
    })
    await create('users', (table) => {
      own(table)
      table.string('name', 190).notNullable()
      table.string('login', 190).notNullable()
      table.string('email', 190)
      table.string('label', 190)
      table.string('password', 1024)
      table.string('password_hash', 255)
      table.string('provider', 64).notNullable()
      table.json('roles').notNullable()
      table.json('attributes').notNullable()
      table.boolean('active').notNullable()
      table.string('last_sign_in', 32)
      dated(table)
      table.unique(['tenant', 'login'])
    })
    await create('sessions', (table) => {
      own(table)
      ofUser(table)
      table.string('hash', 64).notNullable().unique()
      table.string('provider', 64).notNullable()
      table.string('expires', 32).notNullable().index()
      table.string('address', 64)
      table.string('client', 190)
      table.string('created', 32).notNullable()
    })
    await create('reset_codes', (table) => {
      own(table)
      ofUser(table)
      table.string('code', 64)
      table.string('hash', 64).notNullable()
      table.string('expires', 32).notNullable().index()
      table.string('created', 32).notNullable()
    })
    await create('sign_in_attempts', (table) => {
      table.string('tenant', 64).notNullable()
      table.string('subject', 64).notNullable()
      table.integer('failures').notNullable()
      table.bigInteger('until').notNullable().index()
      table.primary(['tenant', 'subject'])
    })
    await create('roles', (table) => {
      own(table)
      table.string('name', 190).notNullable()
      table.text('description')
      sourced(table, 'name')
    })
    await create('grants', (table) => {
      own(table)
      table.bigInteger('role_id').unsigned().notNullable().references('id').inTable('roles').onDelete('CASCADE')
      table.string('service', 190).notNullable()
      table.string('resource', 190).notNullable()
      table.json('verbs')
      table.json('surfaces')
      table.json('fields')
      table.text('rows')
      table.integer('max_rows')
      table.string('timeout', 32)
      table.boolean('deny').notNullable().defaultTo(false)
      sourced(table)
    })
    await create('services', (table) => {
      own(table)
      table.string('name', 190).notNullable()
      table.string('type', 64).notNullable()
      table.string('label', 190)
      table.text('description')
      table.json('config').notNullable()
      table.text('sealed')
      sourced(table, 'name')
    })
    await create('limits', (table) => {
      own(table)
      table.string('per', 32).notNullable()
      table.string('role', 190)
      table.string('service', 190)
      table.string('resource', 190)
      table.string('operation', 190)
      table.integer('rate').notNullable()
      table.string('period', 16).notNullable()
      sourced(table)
    })
    await create('mcp_endpoints', (table) => {
      own(table)
      table.string('name', 64).notNullable()
      table.json('services')
      table.integer('default_limit')
      table.integer('max_limit')
      table.boolean('api_keys')
      table.boolean('read_only')
      sourced(table, 'name')
    })
    await create('revisions', (table) => {
      table.string('tenant', 64).notNullable()
      table.string('topic', 16).notNullable()
      table.bigInteger('revision').notNullable()
      table.primary(['tenant', 'topic'])
    })
    const before: { name: string; hash: string; created: string }[] = await knex('api_keys').select(
      'name',
      'hash',
      'created',
    )
    await knex.schema.dropTable('api_keys')
    await create('api_keys', (table) => {
      own(table)
      table.string('name', 190).notNullable()
      table.string('key', 64)
      table.boolean('rotate')
      table.string('hash', 64).notNullable().unique()
      table.json('roles').notNullable()
      table.json('attributes').notNullable()
      table.json('addresses')
      table.string('expires', 32)
      table.boolean('revoked').notNullable().defaultTo(false)
      table.string('last_used', 32)
      sourced(table, 'name')
    })
    for (const { name, hash, created } of before) {
      const empty = { roles: '[]', attributes: '{}', revoked: false }
      await knex('api_keys').insert({
        tenant: 'default',
        name,
        hash,
        ...empty,
        source: 'file',
        created,
        changed: created,
      })
    }
  },
  async down(knex: Knex) {
    const tables = ['api_keys', 'revisions', 'mcp_endpoints', 'limits', 'services', 'grants', 'roles']
    for (const table of [...tables, 'sign_in_attempts', 'reset_codes', 'sessions', 'users', 'tenants']) {
      await knex.schema.dropTable(table)
    }
  },
}
