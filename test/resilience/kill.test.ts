import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import { query } from '../harness/api.js'
import { there } from '../harness/there.js'
import { type GatewayProcess, type Installation, install } from './gateway-process.js'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function notes(mode: 'strict' | 'buffered'): Promise<Installation> {
  const database = there(await sqlite.open())
  open.push(database)
  await database.run(['CREATE TABLE notes (id INTEGER PRIMARY KEY, word VARCHAR(40) NOT NULL)'])
  const installation = await install({
    services: { shop: database.service },
    audit: { mode, file: './data/audit.jsonl', flush_ms: 5_000 },
  })
  open.push(installation)
  return installation
}

/** Callers that insert until they are told to stop or nobody answers. */
function insertsInto(gateway: GatewayProcess) {
  const acknowledged: { readonly id: string; readonly word: string }[] = []
  const refused: string[] = []
  let stopped = false
  const caller = async (name: number) => {
    for (let i = 0; !stopped; i++) {
      const word = `${name}-${i}`
      const reply = await gateway.api.post('/shop/_table/notes', { resource: [{ word }] }).catch(() => undefined)
      if (!reply) return
      if (reply.status === 200) acknowledged.push({ id: reply.headers.get('x-request-id') ?? '', word })
      else refused.push(`${reply.status} ${reply.text}`)
    }
  }
  const ended = Promise.all([1, 2, 3, 4, 5, 6].map(caller))
  return {
    acknowledged,
    refused,
    async until(count: number) {
      await expect.poll(() => acknowledged.length, { timeout: 30_000, interval: 50 }).toBeGreaterThan(count)
    },
    async stop() {
      stopped = true
      await ended
    },
  }
}

/** What the store knows of inserts, page by page. */
async function audited(gateway: GatewayProcess): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  let cursor: string | undefined
  do {
    const parameters = { filter: "operation = 'create_records'", fields: 'id,request_id,status', limit: 1000 }
    const page = await gateway.api.get(`/system/audit${query({ ...parameters, ...(cursor ? { cursor } : {}) })}`)
    expect(page.status, page.text).toBe(200)
    for (const { request_id, status } of page.body.resource) {
      expect(found.has(request_id)).toBe(false)
      found.set(request_id, status)
    }
    cursor = page.body.meta.next_cursor
  } while (cursor !== undefined)
  return found
}

async function expectIntact(installation: Installation): Promise<void> {
  for (const args of [[], ['--file', 'data/audit.jsonl']]) {
    const verified = await installation.run('audit', 'verify', ...args)
    expect(verified.code, verified.out + verified.err).toBe(0)
    expect(JSON.parse(verified.out).ok).toBe(true)
  }
}

describe('a gateway under load', () => {
  it('that is killed has written down each call that it answered', async () => {
    const installation = await notes('strict')
    const all: { readonly id: string; readonly word: string }[] = []
    for (let round = 0; round < 2; round++) {
      const gateway = await installation.start()
      const inserts = insertsInto(gateway)
      await inserts.until(100)
      const { code } = await gateway.end('SIGKILL')
      expect(code).toBeNull()
      await inserts.stop()
      expect(inserts.refused).toEqual([])
      all.push(...inserts.acknowledged.map(({ id, word }) => ({ id, word: `${round}/${word}` })))
    }
    const again = await installation.start()
    const events = await audited(again)
    expect(all.filter(({ id }) => events.get(id) !== 200)).toEqual([])
    const stored = await again.api.get('/shop/_table/notes?count_only=true')
    expect(stored.body.meta?.count ?? stored.body).toBeGreaterThanOrEqual(all.length)
    expect((await again.end('SIGTERM')).code).toBe(0)
    await expectIntact(installation)
  })

  it('that is asked to end answers what runs, takes nothing new and writes its audit', async () => {
    const installation = await notes('buffered')
    const gateway = await installation.start()
    const inserts = insertsInto(gateway)
    await inserts.until(100)
    const running = Array.from({ length: 20 }, (_, i) =>
      gateway.api.post('/shop/_table/notes', { resource: [{ word: `last-${i}` }] }).then(
        (reply) => reply.status,
        () => 'cut off',
      ),
    )
    const ended = gateway.end('SIGTERM')
    const statuses = await Promise.all(running)
    const { code, err } = await ended
    expect(code, err).toBe(0)
    await inserts.stop()
    expect(inserts.refused).toEqual([])
    expect(await connects(gateway.url)).toBe(false)
    const answered = inserts.acknowledged.length + statuses.filter((status) => status === 200).length

    const again = await installation.start()
    const events = await audited(again)
    expect(inserts.acknowledged.filter(({ id }) => events.get(id) !== 200)).toEqual([])
    expect(events.size).toBe(answered)
    expect([...events.values()].every((status) => status === 200)).toBe(true)
    const stored = await again.api.get('/shop/_table/notes?count_only=true')
    expect(stored.body.meta?.count ?? stored.body).toBe(answered)
    expect((await again.end('SIGTERM')).code).toBe(0)
    await expectIntact(installation)
  })

  it('ends a slow request within its grace, and what the client gets is an answer', async () => {
    const database = there(await sqlite.open())
    open.push(database)
    const counting = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000000)'
    await database.run([`CREATE VIEW slowish AS ${counting} SELECT COUNT(*) AS n FROM n`])
    const installation = await install({ services: { shop: database.service } })
    open.push(installation)
    const gateway = await installation.start()
    const slow = gateway.api.get('/shop/_table/slowish')
    await new Promise((resolve) => setTimeout(resolve, 200))
    const ended = gateway.end('SIGTERM')
    const reply = await slow
    expect(reply.status, reply.text).toBe(200)
    expect(reply.body.resource).toEqual([{ n: 6_000_000 }])
    expect((await ended).code).toBe(0)
  })
})

function connects(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
