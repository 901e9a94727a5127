import { hash, randomBytes } from 'node:crypto'
import type { IdempotencyStore, KeyState } from '@gatehouse/core'
import type { Knex } from 'knex'

interface Row {
  readonly fingerprint: string
  readonly owner: string
  readonly status: number | null
  readonly headers: string | null
  readonly body: Uint8Array | null
}

const day = 24 * 60 * 60 * 1000
const hour = 60 * 60 * 1000

/**
 * Answers by Idempotency-Key, shared by all processes on the store, kept for 24 hours. A key whose process died before
 * it had an answer stays `running` for that time: whether its request was carried out is not known.
 */
export function createIdempotency(knex: Knex, now: () => number = Date.now): IdempotencyStore {
  let cleaned = 0

  const clean = async (time: number) => {
    if (time - cleaned < hour) return
    cleaned = time
    await knex('idempotency_keys')
      .where('begun', '<', time - day)
      .delete()
  }

  return {
    async begin(principal, key, fingerprint): Promise<KeyState> {
      const time = now()
      await clean(time)
      const id = idOf(principal, key)
      const owner = randomBytes(16).toString('hex')
      await knex('idempotency_keys')
        .where({ id })
        .where('begun', '<', time - day)
        .delete()
      await knex('idempotency_keys').insert({ id, fingerprint, owner, begun: time }).onConflict('id').ignore()
      const row: Row | undefined = await knex('idempotency_keys').where({ id }).first()
      if (!row) return { state: 'running' }
      if (row.owner === owner) return { state: 'begun' }
      if (row.fingerprint !== fingerprint) return { state: 'mismatch' }
      if (row.status === null) return { state: 'running' }
      const answer = {
        status: row.status,
        headers: JSON.parse(row.headers ?? '[]'),
        body: new Uint8Array(row.body ?? []),
      }
      return { state: 'done', answer }
    },
    async complete(principal, key, { status, headers, body }) {
      await knex('idempotency_keys')
        .where({ id: idOf(principal, key) })
        .update({ status, headers: JSON.stringify(headers), body: Buffer.from(body) })
    },
    async abandon(principal, key) {
      await knex('idempotency_keys')
        .where({ id: idOf(principal, key) })
        .delete()
    },
  }
}

function idOf(principal: string, key: string): string {
  return hash('sha256', JSON.stringify([principal, key]))
}
