import type { Knex } from 'knex'

/** What Gatehouse remembers about itself, by name. */
export interface Settings {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  remove(name: string): Promise<void>
}

export function createSettings(knex: Knex): Settings {
  return {
    async get(name) {
      const row: { value: string } | undefined = await knex('settings').where({ name }).first('value')
      return row?.value
    },
    async set(name, value) {
      await knex('settings').insert({ name, value }).onConflict('name').merge()
    },
    async remove(name) {
      await knex('settings').where({ name }).delete()
    },
  }
}
