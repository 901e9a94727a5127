import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import { migrationNames, migrationSource } from './migrations/migrations.js'

const tableName = 'migrations'
const pauseMs = 200
const mostAttempts = 300

/**
 * Brings the schema up to date. Processes that start together take turns: one makes the schema, the others wait for
 * it up to a minute, which a busy server may well take.
 */
export async function migrate(knex: Knex): Promise<void> {
  for (let attempt = 1; !(await upToDate(knex)); attempt++) {
    try {
      await knex.migrate.latest({ migrationSource, tableName })
    } catch (failed) {
      if (attempt >= mostAttempts || !otherIsAtIt(failed)) throw failed
      await pause(pauseMs)
    }
  }
}

/** One look, so that a start with nothing to do takes no lock. */
async function upToDate(knex: Knex): Promise<boolean> {
  if (!(await knex.schema.hasTable(tableName))) return false
  const rows: { name: string }[] = await knex(tableName).select('name')
  const done = new Set(rows.map(({ name }) => name))
  return migrationNames.every((name) => done.has(name))
}

/** Locked by another process, or a table that another has made meanwhile. */
function otherIsAtIt(failed: unknown): boolean {
  return failed instanceof Error && /lock|busy|exist|duplicate/i.test(`${failed.name} ${failed.message}`)
}
