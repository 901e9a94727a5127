import { execFile, spawn } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ChainedEvent, KeptAnswer, StoredEvent } from '@gatehouse/core'
import knexModule from 'knex'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdempotency } from './idempotency.js'
import { openKnex } from './open-knex.js'
import { createSealing } from './secrets.js'
import { openStore, type Store } from './store.js'
import { storeLocation } from './store-url.js'
import type { FileRows } from './tenant/access-rows.js'

const run = promisify(execFile)
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

  onStore('keeps of each tenant what is its own', async (own) => {
    const [one, two] = [own.tenant('one'), own.tenant('two')]
    const mallory = { name: 'Mallory', provider: 'local', roles: ['r'], passwordHash: 'h' }
    expect(await one.noUsers()).toBe(true)
    expect(await one.addUser(mallory)).toBe(true)
    expect(await one.addUser({ ...mallory, name: 'MALLORY ' })).toBe(false)
    expect(await two.noUsers()).toBe(true)
    const user = await one.findUser('mallory')
    expect(user).toMatchObject({ name: 'Mallory', roles: ['r'], attributes: {}, active: true, passwordHash: 'h' })
    const id = user?.id ?? ''
    expect(await two.findUser('mallory')).toBeUndefined()
    expect(await two.user(id)).toBeUndefined()
    await two.setPassword(id, 'stolen')
    expect((await one.user(id))?.passwordHash).toBe('h')
    const session = { hash: 's1', userId: id, provider: 'local', created: '2026-01-01', expires: '2099-01-01' }
    await one.openSession(session)
    expect((await one.session('s1'))?.user.name).toBe('Mallory')
    expect(await two.session('s1')).toBeUndefined()
    expect(await two.closeSession('s1')).toBe(false)
    await two.closeSessions(id)
    expect(await one.session('s1')).toBeDefined()
    await one.closeSessions(id, 's1')
    expect(await one.session('s1')).toBeDefined()
    expect(await one.closeSession('s1')).toBe(true)
    expect(await one.session('s1')).toBeUndefined()
  })

  onStore('counts attempts once, however many processes count them', async (own) => {
    const store = own.tenant('one')
    expect(await store.attempts('ann')).toBeUndefined()
    const first = { failures: 1, until: 5 }
    const quick = await Promise.all([1, 2, 3].map(() => store.noteAttempt('ann', undefined, first)))
    expect(quick.filter((won) => won)).toHaveLength(1)
    expect(await store.attempts('ann')).toEqual(first)
    expect(await own.tenant('two').attempts('ann')).toBeUndefined()
    expect(await store.noteAttempt('ann', { failures: 0, until: 0 }, { failures: 1, until: 0 })).toBe(false)
    expect(await store.noteAttempt('ann', first, { failures: 2, until: 7 })).toBe(true)
    await store.clearAttempts('ann')
    expect(await store.attempts('ann')).toBeUndefined()
  })

  onStore('shows what the configuration defines beside what was made', async (own) => {
    const store = own.tenant('one')
    const file: FileRows = {
      tenants: [],
      roles: [{ name: 'r', description: 'd', grants: [{ service: 's', resource: '*', verbs: ['read'] }] }],
      api_keys: [{ name: 'k', hash: hash('sha256', 'k'), roles: ['r'], attributes: {}, revoked: false }],
      services: [{ name: 's', type: 'sqlite', config: { a: 1 } }],
      limits: [{ per: 'key', rate: 5, period: 'minute' }],
      mcp_endpoints: [{ name: 'default', services: ['s'], api_keys: true }],
    }
    await store.mirror(file)
    await store.mirror(file)
    expect(await store.fileKey('k')).toBe(hash('sha256', 'k'))
    expect(await own.tenant('two').fileKey('k')).toBeUndefined()
    // What is in force from the store is only what was made there.
    expect(await store.access()).toEqual({ roles: [], keys: [], services: [], limits: [], endpoints: [] })
    await store.mirror({ ...file, api_keys: [] })
    expect(await store.fileKey('k')).toBeUndefined()
  })

  onStore('counts changes', async (own) => {
    expect(await own.revisions.bump('one', 'users')).toBe(1)
    expect(await own.revisions.bump('one', 'users')).toBe(2)
    expect(await own.revisions.bump('one', 'access')).toBe(1)
    expect(await own.revisions.all()).toEqual(
      expect.arrayContaining([
        { tenant: 'one', topic: 'users', revision: 2 },
        { tenant: 'one', topic: 'access', revision: 1 },
      ]),
    )
  })

  onStore('keeps settings and secrets', async (own) => {
    const key = randomBytes(32)
    const secrets = own.secrets(createSealing(() => [key]))
    await own.settings.set('x', '1')
    await own.settings.set('x', '2')
    expect(await own.settings.get('x')).toBe('2')
    await secrets.put('db', hostile)
    await secrets.put('other', 'secret')
    expect(await secrets.get('db')).toBe(hostile)
    expect(await own.settings.get('secret:db')).not.toContain('tab')
    const stranger = own.secrets(createSealing(() => [randomBytes(32)]))
    await expect(stranger.get('db')).rejects.toThrow('cannot be decrypted')
    await own.settings.set('secret:db', (await own.settings.get('secret:other')) ?? '')
    await expect(secrets.get('db')).rejects.toThrow('cannot be decrypted')
    await secrets.remove('db')
    expect(await secrets.get('db')).toBeUndefined()
  })

  onStore('seals secrets anew under a newer key, which a process that runs finds when it meets it', async (own) => {
    let keys = [randomBytes(32)]
    const running = createSealing(() => keys)
    await own.secrets(running).put('db', 'secret')
    keys = [randomBytes(32), ...keys]
    const rotating = createSealing(() => keys)
    for (const { name, sealed } of (await own.sealed.list()).filter((secret) => secret.name === 'db')) {
      if (rotating.isCurrent(sealed)) continue
      expect(await own.sealed.replace(name, sealed, rotating.seal(name, rotating.open(name, sealed)))).toBe(true)
      expect(await own.sealed.replace(name, sealed, 'stale')).toBe(false)
    }
    const sealed = (await own.settings.get('secret:db')) ?? ''
    expect(rotating.isCurrent(sealed)).toBe(true)
    expect(await own.secrets(running).get('db')).toBe('secret')
    await own.secrets(running).remove('db')
    await own.secrets(running).remove('other')
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
    expect(await again[0]?.tenant('one').attempts('ann')).toBeUndefined()
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

  it.for([
    { durable: true, start: 0 },
    { durable: false, start: 0 },
    { durable: false, start: 15 },
  ])('is written by a thread that gives way, unless callers wait for it: %o', async ({ durable, start }, { skip }) => {
    if (process.platform !== 'linux') return skip('Threads have priorities of their own on Linux alone')
    const url = `sqlite:${join(directory, `nice-${durable}-${start}.db`)}`
    const script = `
      import { readdirSync, readFileSync } from 'node:fs'
      import { openStore } from '@gatehouse/store'
      const store = await openStore(process.argv[1], { durable: ${durable} })
      await store.audit.append([${JSON.stringify(event(0))}])
      // proc_pid_stat(5), field 19; the name, in parentheses, may have spaces.
      const niceness = (id) => Number(readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ').at(-1).split(' ')[16])
      const all = readdirSync('/proc/self/task').map(niceness)
      console.log(JSON.stringify([niceness(process.pid), ...new Set(all.filter((n) => n !== niceness(process.pid)))]))
      await store.close()`
    const { stdout } = await run(
      'nice',
      ['-n', `${start}`, process.execPath, '--input-type=module', '-e', script, url],
      {
        cwd: join(import.meta.dirname, '..'),
      },
    )
    const own = Math.min(getPriority() + start, 19)
    expect(JSON.parse(stdout)).toEqual(durable ? [own] : [own, Math.min(own + 10, 19)])
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
