import { describe, expect, it } from 'vitest'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { query } from '../harness/api.js'
import { there } from '../harness/there.js'
import { createMcpClient } from '../security/mcp-client.js'
import { install } from './gateway-process.js'

describe.each([postgres, mariadb])('a store on $name', (backend) => {
  it('serves two replicas, keeps the audit and answers across restarts', async ({ skip }) => {
    const store = await backend.open()
    if ('skipped' in store) return skip(`${backend.name}: ${store.skipped}`)
    const shop = there(await sqlite.open())
    await shop.run(['CREATE TABLE notes (id INTEGER PRIMARY KEY, word VARCHAR(40) NOT NULL UNIQUE)'])
    const url = String(store.service.connection)
    const installation = await install({
      store: { url },
      services: { shop: shop.service },
      audit: { mode: 'strict' },
    })
    try {
      const [first, second] = await Promise.all([installation.start(), installation.start()])
      const once = { 'idempotency-key': 'one-note' }
      const created = await first.api.post('/shop/_table/notes', { resource: [{ word: 'größe 👍' }] }, once)
      expect(created.status, created.text).toBe(200)
      const again = await second.api.post('/shop/_table/notes', { resource: [{ word: 'größe 👍' }] }, once)
      expect([again.status, again.text]).toEqual([200, created.text])
      const refused = await first.api.post('/shop/_table/notes', { resource: [{ word: 'größe 👍' }] })
      expect(refused.status, refused.text).toBe(409)
      const read = await second.api.get('/shop/_table/notes?limit=1')
      expect(read.status).toBe(200)

      const eventOf = async (id: string | null) => {
        const found = await first.api.get(`/system/audit${query({ filter: `request_id = '${id}'` })}`)
        expect(found.status, found.text).toBe(200)
        expect(found.body.resource).toHaveLength(1)
        return found.body.resource[0]
      }
      expect(await eventOf(created.headers.get('x-request-id'))).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        principal: 'key:admin',
        surface: 'rest',
        service: 'shop',
        operation: 'create_records',
        resource: '_table/notes',
        arguments: { table_name: 'notes', records: [{ word: 'größe 👍' }] },
        decision: 'allowed',
        status: 200,
        rows: 1,
      })
      expect(await eventOf(refused.headers.get('x-request-id'))).toMatchObject({
        status: 409,
        reason: expect.stringMatching(/^conflict: /),
      })
      const event = await eventOf(read.headers.get('x-request-id'))
      expect(Math.abs(Date.parse(event.time) - Date.now())).toBeLessThan(10 * 60_000)

      const tool = await createMcpClient(first.url, first.key).call('system_aggregate_data', {
        table_name: 'audit',
        aggregates: [{ function: 'count', alias: 'calls' }],
        group_by: ['status'],
        filter: "operation = 'create_records'",
        order: 'status',
      })
      expect(JSON.parse(tool.content).resource).toEqual([
        { status: 200, calls: 2 },
        { status: 409, calls: 1 },
      ])
      expect((await first.api.send('DELETE', '/system/audit?force=true')).status).toBeGreaterThanOrEqual(403)

      const ends = await Promise.all([first.end('SIGTERM'), second.end('SIGKILL')])
      expect(ends.map(({ code }) => code)).toEqual([0, null])
      const third = await installation.start()
      expect((await third.api.post('/shop/_table/notes', { resource: [{ word: 'größe 👍' }] }, once)).text).toBe(
        created.text,
      )
      const events = await third.api.get('/system/audit?count_only=true')
      expect(events.status).toBe(200)
      expect((await third.end('SIGTERM')).code).toBe(0)
      const verified = await installation.run('audit', 'verify')
      expect(verified.code, verified.out + verified.err).toBe(0)
    } finally {
      await installation.close()
      await shop.close()
      await store.close()
    }
  })
})
