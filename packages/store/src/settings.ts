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

/** Secrets among the settings, for who seals them anew. */
export interface SealedSettings {
  list(): Promise<readonly { readonly name: string; readonly sealed: string }[]>
  replace(name: string, before: string, sealed: string): Promise<boolean>
}

const prefix = 'secret:'

export function createSealedSettings(knex: Knex): SealedSettings {
  return {
    async list() {
      const rows: { name: string; value: string }[] = await knex('settings').where('name', 'like', `${prefix}%`)
      return rows.map(({ name, value }) => ({ name: name.slice(prefix.length), sealed: value }))
    },
    async replace(name, before, sealed) {
      const secrets = knex('settings').where({ name: `${prefix}${name}`, value: before })
      return (await secrets.update({ value: sealed })) > 0
    },
  }
}
