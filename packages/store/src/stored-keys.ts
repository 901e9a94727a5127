import type { ApiKey } from '@gatehouse/core'
import type { Knex } from 'knex'

/** API keys in the store. Only hashes are kept. */
export interface StoredKeys {
  /** The hash of the key of that name. */
  find(name: string): Promise<string | undefined>
  /** Keeps the hash of a key that was made for the configuration; one of the same name is replaced. */
  save(name: string, hash: string): Promise<void>
  findByHash(hash: string): Promise<ApiKey | undefined>
  insert(key: ApiKey): Promise<void>
  /** In order of name. */
  list(): Promise<readonly ApiKey[]>
}

interface Row {
  readonly name: string
  readonly hash: string
  readonly roles: string
  readonly attributes: string
  readonly expires: string | null
  readonly revoked: boolean | number
  readonly addresses: string | null
}

export function createStoredKeys(knex: Knex): StoredKeys {
  const rowOf = ({ name, hash, roles, attributes, expires, revoked, addresses }: ApiKey) => ({
    name,
    hash,
    roles: JSON.stringify(roles),
    attributes: JSON.stringify(attributes),
    expires: expires ?? null,
    revoked,
    addresses: addresses ? JSON.stringify(addresses) : null,
    created: new Date().toISOString(),
  })
  return {
    async find(name) {
      const row: Pick<Row, 'hash'> | undefined = await knex('api_keys').where({ name }).first('hash')
      return row?.hash
    },
    async save(name, hash) {
      const row = rowOf({ name, hash, roles: [], attributes: {}, revoked: false })
      await knex('api_keys').insert(row).onConflict('name').merge()
    },
    async findByHash(hash) {
      const row: Row | undefined = await knex('api_keys').where({ hash }).first()
      return row && keyOf(row)
    },
    async insert(key) {
      await knex('api_keys').insert(rowOf(key))
    },
    async list() {
      const rows: Row[] = await knex('api_keys').orderBy('name')
      return rows.map(keyOf)
    },
  }
}

function keyOf({ name, hash, roles, attributes, expires, revoked, addresses }: Row): ApiKey {
  return {
    name,
    hash,
    roles: JSON.parse(roles),
    attributes: JSON.parse(attributes),
    ...(expires !== null && { expires }),
    revoked: Boolean(revoked),
    ...(addresses !== null && { addresses: JSON.parse(addresses) }),
  }
}
