import type { JsonObject } from '@gatehouse/core'
import { afterEach, describe, expect, it } from 'vitest'
import type { Backend, OpenBackend } from '../backends/backend.js'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import type { Reply } from '../harness/api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { createMcpClient } from '../security/mcp-client.js'
import { type Line, lineTo } from './line.js'

const soon = { timeout: 30_000, interval: 200 }
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function opened(backend: Backend, skip: (why: string) => void): Promise<OpenBackend> {
  const database = await backend.open()
  if ('skipped' in database) {
    skip(`${backend.name}: ${database.skipped}`)
    throw new Error(database.skipped)
  }
  open.push(database)
  await database.run([
    `CREATE TABLE notes (id ${backend.types.identity}, word ${backend.types.name} NOT NULL)`,
    "INSERT INTO notes (word) VALUES ('one'), ('two'), ('three')",
  ])
  return database
}

async function gatewayOf(services: JsonObject, content: JsonObject = {}): Promise<RunningGateway> {
  const gateway = await startGateway({ ...content, services })
  open.push(gateway)
  return gateway
}

function expectDown(reply: Reply): void {
  expect(reply.status, reply.text).toBe(503)
  expect(reply.body.error.code).toBe('unavailable')
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
}

describe.each([postgres, mariadb])('$name', (backend) => {
  /** The database as a service behind a line. */
  async function behindLine(skip: (why: string) => void): Promise<{ line: Line; service: JsonObject }> {
    const database = await opened(backend, skip)
    const line = await lineTo(String(database.service.connection))
    open.push({ close: () => line.cut() })
    return { line, service: { ...database.service, connection: line.url, refresh: '0', timeout: '5s' } }
  }

  it('that is down at the start comes up by itself, and the others serve meanwhile', async ({ skip }) => {
    const { line, service } = await behindLine(skip)
    const other = await opened(sqlite, skip)
    line.cut()
    const gateway = await gatewayOf({ away: service, here: other.service })
    expect((await gateway.api().get('/here/_table/notes')).body.resource).toHaveLength(3)
    for (const path of ['/away/_table/notes', '/away/_table', '/away/_table/notes/1', '/away']) {
      expectDown(await gateway.api().get(path))
    }
    expectDown(await gateway.api().post('/away/_table/notes', { resource: [{ word: 'x' }] }))
    const listed = await gateway.api().get('')
    expect(listed.body.services.map(({ name }: { name: string }) => name)).toEqual(['away', 'here', 'system'])
    await line.restore()
    await expect.poll(async () => (await gateway.api().get('/away/_table/notes')).status, soon).toBe(200)
    const tool = await createMcpClient(gateway.url, gateway.key('admin')).call('away_get_tables', {})
    expect(tool.failed, tool.text).toBe(false)
  })

  it('that goes away under load comes back, without a wrong answer in between', async ({ skip }) => {
    const { line, service } = await behindLine(skip)
    const gateway = await gatewayOf({ shop: service })
    const api = gateway.api()
    const seen = new Map<number, number>()
    const acknowledged: string[] = []
    let stopped = false
    const caller = async (name: number) => {
      for (let i = 0; !stopped; i++) {
        const word = `${name}-${i}`
        const reply =
          i % 4 === 0
            ? await api.post('/shop/_table/notes', { resource: [{ word }] })
            : await api.get('/shop/_table/notes?ids=1,2,3&fields=word&order=id')
        seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1)
        if (reply.status !== 200) expectDown(reply)
        else if (i % 4 === 0) acknowledged.push(word)
        else expect(reply.body.resource).toEqual([{ word: 'one' }, { word: 'two' }, { word: 'three' }])
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    const callers = Promise.all([1, 2, 3, 4].map(caller))
    callers.catch(() => {
      stopped = true
    })
    for (let round = 0; round < 2; round++) {
      const before = seen.get(200) ?? 0
      await expect.poll(() => seen.get(200) ?? 0, soon).toBeGreaterThan(before + 20)
      const failed = seen.get(503) ?? 0
      line.cut()
      await expect.poll(() => seen.get(503) ?? 0, soon).toBeGreaterThan(failed + 10)
      await line.restore()
    }
    const before = seen.get(200) ?? 0
    await expect.poll(() => seen.get(200) ?? 0, soon).toBeGreaterThan(before + 20)
    stopped = true
    await callers
    const all = await api.get('/shop/_table/notes?limit=1000&fields=word')
    const words = all.body.resource.map(({ word }: { word: string }) => word)
    expect(words).toEqual(expect.arrayContaining(acknowledged))
    expect(new Set(words).size).toBe(words.length)
  })

  it('keeps its catalog when a refresh fails, and shows changes at the next one that does not', async ({ skip }) => {
    const database = await opened(backend, skip)
    const line = await lineTo(String(database.service.connection))
    open.push({ close: () => line.cut() })
    const gateway = await gatewayOf({ shop: { ...database.service, connection: line.url, refresh: '0' } })
    const api = gateway.api()
    line.cut()
    await database.run([`CREATE TABLE later (id ${backend.types.identity})`])
    const refused = await api.post('/system/services/shop/_refresh')
    expectDown(refused)
    await line.restore()
    await expect.poll(async () => (await api.get('/shop/_table/notes')).status, soon).toBe(200)
    await expect.poll(async () => (await api.post('/system/services/shop/_refresh')).status, soon).toBe(200)
    expect((await api.get('/shop/_table/later')).status).toBe(200)
  })
})

describe.each([sqlite, postgres, mariadb])('$name', (backend) => {
  it('shows changes of the schema by itself', async ({ skip }) => {
    const database = await opened(backend, skip)
    const gateway = await gatewayOf({ shop: { ...database.service, refresh: '300ms' } })
    const api = gateway.api()
    await database.run([`CREATE TABLE later (id ${backend.types.identity})`])
    await expect.poll(async () => (await api.get('/shop/_table/later')).status, soon).toBe(200)
    await database.run([`ALTER TABLE notes ADD COLUMN more ${backend.types.name}`])
    await expect.poll(async () => (await api.get('/shop/_table/notes?fields=id,more')).status, soon).toBe(200)
    await database.run(['DROP TABLE later'])
    await expect.poll(async () => (await api.get('/shop/_table/later')).status, soon).toBe(404)
  })
})
