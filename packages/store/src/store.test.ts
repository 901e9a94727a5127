import { spawn } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiKey, ChainedEvent, KeptAnswer, StoredEvent } from '@gatehouse/core'
import knexModule from 'knex'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdempotency } from './idempotency.js'
import { openKnex } from './open-knex.js'
import { openStore, type Store } from './store.js'
import { storeLocation } from './store-url.js'

const directory = mkdtempSync(join(tmpdir(), 'store-'))
afterAll(() => rmSync(directory, { recursive: true }))

interface Place {
  readonly url: string
  remove(): Promise<void>
}

/** A new, empty database on each server that the machine has. */
const places: Record<string, () => Promise<Place | { skipped: string }>> = {
  sqlite: async () => ({
    url: `sqlite:${join(directory, 'made', `${randomBytes(4).toString('hex')}.db`)}`,
    remove: async () => {},
  }),
  postgres: () => onServer('POSTGRES', 'pg', '"'),
  mariadb: () => onServer('MARIADB', 'mysql2', '`'),
}

async function onServer(variable: string, client: string, quote: string): Promise<Place | { skipped: string }> {
  const server = process.env[`GATEHOUSE_TEST_${variable}`]
  if (server === undefined) {
    return { skipped: process.env[`GATEHOUSE_TEST_${variable}_SKIPPED`] ?? `GATEHOUSE_TEST_${variable} is not set` }
  }
  const name = `store_${randomBytes(4).toString('hex')}`
  const own = new URL(server)
  own.pathname = `/${name}`
  const run = async (sql: string) => {
    const knex = knexModule.knex({ client, connection: server })
    await knex.raw(sql)
    await knex.destroy()
  }
  await run(`CREATE DATABASE ${quote}${name}${quote}`)
  return { url: own.href, remove: () => run(`DROP DATABASE ${quote}${name}${quote}`) }
}

const hostile = 'tab\t newline\n quote " \' back\\slash $1 ? é 😀 </script>'

/** An event in its place, hashed in no way that matters here. */
function event(seq: number, chain = 'c1', change: Record<string, unknown> = {}): ChainedEvent {
  const text = JSON.stringify({
    time: '2026-11-21T01:43:00.123Z',
    request_id: `r${seq}`,
    tenant: 'default',
    principal: 'key:demo',
    client: hostile,
    surface: 'rest',
    service: 'salesdb',
    operation: 'get_table_data',
    effect: 'read',
    resource: '_table/orders',
    arguments: { filter: hostile, list: [1, 2.5, null, true], z: 1, a: { b: '' } },
    rows: 12,
    masked: ['email'],
    decision: 'allowed',
    status: 200,
    duration_ms: 1.234,
    ...change,
  })
  return { chain, seq, previous_hash: hash('sha256', `${seq - 1}`), hash: hash('sha256', `${seq}`), event: text }
}

const eventsOf = async (store: Store): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = []
  for await (const stored of store.audit.read()) events.push(stored)
  return events
}

describe.each(Object.entries(places))('store on %s', (_, open) => {
  let place: Place | undefined
  let store: Store | undefined
  let skipped: string | undefined
  beforeAll(async () => {
    const opened = await open()
    if ('skipped' in opened) skipped = opened.skipped
    else {
      place = opened
      store = await openStore(opened.url, { durable: true })
    }
  })
  afterAll(async () => {
    await store?.close()
    await place?.remove()
  })
  const onStore = (name: string, test: (store: Store, url: string) => Promise<void>) =>
    it(name, async ({ skip }) => {
      if (!store || !place) return skip(skipped ?? 'The store could not be opened')
      await test(store, place.url)
    })

  onStore('gives back the events as they were, with their members in columns', async (own) => {
    const written = [
      event(0),
      {
        ...event(1, 'c1', { policy: 'a = {user.b}', reason: 'invalid: no', fingerprint: 'f', on_behalf_of: 'user:x' }),
        seal: 'ab',
      },
      event(2, 'c1', { rows: undefined, masked: undefined, client: undefined, duration_ms: 0, arguments: {} }),
    ]
    await own.audit.append(written)
    const read = await eventsOf(own)
    expect(read.map(({ columns: _, ...place }) => place)).toEqual(written)
    for (const { columns, event: text } of read) {
      const members = JSON.parse(text)
      for (const [name, value] of Object.entries(columns ?? {})) {
        const isJson = name === 'arguments' || name === 'masked'
        expect(isJson && value !== null ? JSON.parse(String(value)) : value, name).toEqual(members[name] ?? null)
      }
    }
  })

  onStore('takes the same events again without harm', async (own) => {
    const before = (await eventsOf(own)).length
    await own.audit.append([event(1), event(2), event(3)])
    expect((await eventsOf(own)).length).toBe(before + 1)
  })

  onStore('keeps the order of many events, and of several writers at once', async (own, url) => {
    const others = await Promise.all([openStore(url), openStore(url)])
    const writers = [own, ...others]
    await Promise.all(
      writers.map(async ({ audit }, writer) => {
        for (let batch = 0; batch < 5; batch++) {
          await audit.append(Array.from({ length: 300 }, (_, i) => event(batch * 300 + i, `many${writer}`)))
        }
      }),
    )
    const read = await eventsOf(own)
    for (const writer of writers.keys()) {
      const seqs = read.filter(({ chain }) => chain === `many${writer}`).map(({ seq }) => seq)
      expect(seqs).toEqual(Array.from({ length: 1_500 }, (_, i) => i))
    }
    await Promise.all(others.map((other) => other.close()))
  })

  onStore('knows the ends of the chains that started last', async (own) => {
    await own.audit.append(Array.from({ length: 40 }, (_, i) => event(0, `z${String(i).padStart(3, '0')}`)))
    await own.audit.append([event(1, 'z039')])
    const heads = await own.audit.heads()
    expect(heads).toHaveLength(32)
    expect(heads[0]).toEqual({ chain: 'z039', seq: 1, hash: event(1).hash })
    expect(heads[31]).toEqual({ chain: 'z008', seq: 0, hash: event(0).hash })
  })

  onStore('fails when the events cannot be written', async (own) => {
    await expect(own.audit.append([event(0, 'bad', { principal: undefined })])).rejects.toBeInstanceOf(Error)
    expect((await eventsOf(own)).filter(({ chain }) => chain === 'bad')).toEqual([])
  })

  onStore('keeps API keys', async (own) => {
    const key: ApiKey = {
      name: 'b',
      hash: hash('sha256', 'b'),
      roles: ['analyst'],
      attributes: { country: 'DE' },
      expires: '2027-12-31',
      revoked: true,
      addresses: ['10.0.0.0/8'],
    }
    await own.keys.insert(key)
    await own.keys.save('a', hash('sha256', 'old'))
    await own.keys.save('a', hash('sha256', 'a'))
    expect(await own.keys.find('a')).toBe(hash('sha256', 'a'))
    expect(await own.keys.find('none')).toBeUndefined()
    expect(await own.keys.findByHash(key.hash)).toEqual(key)
    expect(await own.keys.findByHash(hash('sha256', 'old'))).toBeUndefined()
    expect((await own.keys.list()).map(({ name }) => name)).toEqual(['a', 'b'])
  })

  onStore('keeps settings and secrets', async (own) => {
    const key = randomBytes(32)
    await own.settings.set('x', '1')
    await own.settings.set('x', '2')
    expect(await own.settings.get('x')).toBe('2')
    await own.secrets(key).put('db', hostile)
    await own.secrets(key).put('other', 'secret')
    expect(await own.secrets(key).get('db')).toBe(hostile)
    expect(await own.settings.get('secret:db')).not.toContain('tab')
    await expect(own.secrets(randomBytes(32)).get('db')).rejects.toThrow('cannot be decrypted')
    await own.settings.set('secret:db', (await own.settings.get('secret:other')) ?? '')
    await expect(own.secrets(key).get('db')).rejects.toThrow('cannot be decrypted')
    await own.secrets(key).remove('db')
    expect(await own.secrets(key).get('db')).toBeUndefined()
  })

  onStore('answers a repeated Idempotency-Key once and for all', async ({ idempotency }) => {
    const answer: KeptAnswer = {
      status: 200,
      headers: ['content-type', 'application/json'],
      body: Buffer.from([0, 255, 10]),
    }
    expect(await idempotency.begin('p', 'k', 'f')).toEqual({ state: 'begun' })
    expect(await idempotency.begin('p', 'k', 'f')).toEqual({ state: 'running' })
    expect(await idempotency.begin('p', 'k', 'g')).toEqual({ state: 'mismatch' })
    expect(await idempotency.begin('q', 'k', 'g')).toEqual({ state: 'begun' })
    await idempotency.complete('p', 'k', answer)
    expect(await idempotency.begin('p', 'k', 'f')).toEqual({
      state: 'done',
      answer: { ...answer, body: new Uint8Array(answer.body) },
    })
    await idempotency.abandon('q', 'k')
    expect(await idempotency.begin('q', 'k', 'h')).toEqual({ state: 'begun' })
  })

  onStore('gives an Idempotency-Key to one of many, and forgets it after a day', async (_own, url) => {
    const knex = openKnex(storeLocation(url), false)
    let now = Date.now()
    const clocked = createIdempotency(knex, () => now)
    const states = await Promise.all(Array.from({ length: 20 }, () => clocked.begin('p', 'race', 'f')))
    expect(states.filter(({ state }) => state === 'begun')).toHaveLength(1)
    expect(states.filter(({ state }) => state === 'running')).toHaveLength(19)
    now += 25 * 60 * 60 * 1000
    expect(await clocked.begin('p', 'race', 'other')).toEqual({ state: 'begun' })
    await knex.destroy()
  })

  onStore('opens again, and from several processes at once', async (_own, url) => {
    const again = await Promise.all(Array.from({ length: 4 }, () => openStore(url)))
    expect(await again[0]?.keys.find('a')).toBe(hash('sha256', 'a'))
    await Promise.all(again.map((each) => each.close()))
  })
})

describe('store on sqlite, in trouble', () => {
  it('makes its schema once when several open it for the first time', async () => {
    const url = `sqlite:${join(directory, 'race', 'new.db')}`
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(url)))
    await Promise.all(stores.map((each, i) => each.audit.append([event(0, `c${i}`)])))
    const [first] = stores
    expect(first && (await eventsOf(first))).toHaveLength(4)
    for (const file of ['new.db', 'new.db-wal'])
      expect(statSync(join(directory, 'race', file)).mode & 0o777).toBe(0o600)
    await Promise.all(stores.map((each) => each.close()))
  })

  it('loses no event that was acknowledged when the process is killed', async () => {
    const url = `sqlite:${join(directory, 'killed.db')}`
    const script = `
      import { openStore } from '@gatehouse/store'
      const store = await openStore(process.argv[1], { durable: true })
      const template = ${JSON.stringify(event(0))}
      for (let seq = 0; ; seq++) {
        await store.audit.append([{ ...template, seq }])
        process.stdout.write(seq + '\\n')
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let acknowledged = ''
    child.stdout.on('data', (chunk) => {
      acknowledged += chunk
      if (acknowledged.length > 400) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.on('close', resolve))
    const seqs = acknowledged.slice(0, acknowledged.lastIndexOf('\n')).split('\n').map(Number)
    const store = await openStore(url)
    const kept = (await eventsOf(store)).map(({ seq }) => seq)
    await store.close()
    expect(seqs.length).toBeGreaterThan(100)
    expect(kept.slice(0, seqs.length)).toEqual(seqs)
  })

  it('refuses wrong URLs and databases that are not there, without showing the password', async () => {
    for (const url of ['oracle://x', 'sqlite:', 'postgres://u:p@host:port/d', '']) {
      await expect(openStore(url)).rejects.toMatchObject({ code: 'invalid' })
    }
    const down = openStore('postgres://user:hunter2@127.0.0.1:1/none')
    await expect(down).rejects.toMatchObject({ code: 'unavailable' })
    await expect(down).rejects.not.toThrow(/hunter2/)
  })
})
