import { hash, randomBytes } from 'node:crypto'
import { Failure, type IdempotencyStore, type KeptAnswer, type KeyState } from '@gatehouse/core'
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
 * Throws `unavailable` when the store cannot be reached.
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

  const begin = async (id: string, fingerprint: string): Promise<KeyState> => {
    const time = now()
    await clean(time)
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
    const { status, headers, body } = row
    return { state: 'done', answer: { status, headers: JSON.parse(headers ?? '[]'), body: new Uint8Array(body ?? []) } }
  }

  const complete = async (id: string, { status, headers, body }: KeptAnswer) => {
    const answer = { status, headers: JSON.stringify(headers), body: Buffer.from(body) }
    await knex('idempotency_keys').where({ id }).update(answer)
  }

  const abandon = async (id: string) => {
    await knex('idempotency_keys').where({ id }).delete()
  }

  return {
    begin: (principal, key, fingerprint) => reached(begin(idOf(principal, key), fingerprint)),
    complete: (principal, key, answer) => reached(complete(idOf(principal, key), answer)),
    abandon: (principal, key) => reached(abandon(idOf(principal, key))),
  }
}

async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    throw new Failure('unavailable', 'The store cannot be reached', { retryAfter: 5, cause })
  }
}

function idOf(principal: string, key: string): string {
  return hash('sha256', JSON.stringify([principal, key]))
}
