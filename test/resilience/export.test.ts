import { get, type IncomingMessage } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { query } from '../harness/api.js'
import { keepOpen } from '../harness/keep-open.js'
import { type GatewayProcess, type Installation, install, mostMemory } from './gateway-process.js'
import { watched } from './open-services.js'

/** An array of them alone would take more memory than the whole gateway may. */
const rows = 1_000_000

const columns = `id, 'row ' || id || ' of many, with some text that makes it as long as rows are', id * 1.5`
const numbers: Readonly<Record<string, string>> = {
  SQLite: `WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${rows})
    INSERT INTO big SELECT ${columns} FROM n`,
  PostgreSQL: `INSERT INTO big SELECT ${columns} FROM generate_series(1, ${rows}) AS id`,
}

describe.each(watched.filter(({ backend }) => backend.name in numbers))(
  '$backend.name',
  ({ backend, running, open }) => {
    let database: OpenBackend
    let installation: Installation | undefined
    let gateway: GatewayProcess

    keepOpen(backend, async (opened) => {
      database = opened
      await opened.run([
        `CREATE TABLE big (id ${backend.types.bigint} PRIMARY KEY, label ${backend.types.name}, amount ${backend.types.float})`,
        numbers[backend.name] ?? '',
      ])
      installation = await install({ services: { shop: opened.service }, audit: { flush_ms: 50 } })
      gateway = await installation.start()
    })
    afterAll(() => installation?.close())

    function request(accept: string): Promise<IncomingMessage> {
      return new Promise((resolve, reject) => {
        const headers = { 'x-api-key': gateway.key, accept }
        get(`${gateway.url}/api/v2/shop/_table/big`, { headers }, resolve).on('error', reject)
      })
    }

    it.each([
      ['application/x-ndjson', 0],
      ['text/csv', 1],
    ])('exports a million rows as %s in little memory', async (accept, heading) => {
      const answer = await request(accept)
      expect(answer.statusCode).toBe(200)
      let lines = 0
      let tail: Buffer = Buffer.alloc(0)
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
        tail = chunk.length >= 200 ? chunk.subarray(-200) : Buffer.concat([tail, chunk]).subarray(-200)
      }
      expect(answer.complete).toBe(true)
      expect(lines).toBe(rows + heading)
      const last = tail.toString().trimEnd().split('\n').at(-1)
      expect(last).toContain(`row ${rows} of many`)
      expect(await gateway.peakMemory()).toBeLessThan(mostMemory)
      const filter = `request_id = '${answer.headers['x-request-id']}'`
      const event = async () => (await gateway.api.get(`/system/audit${query({ filter })}`)).body.resource[0]
      await expect.poll(event, { timeout: 10_000 }).toMatchObject({ status: 200, rows, decision: 'allowed' })
    })

    it('ends the query when the reader goes away in the middle', async () => {
      const answer = await request('text/csv')
      await new Promise((resolve) => answer.once('data', resolve))
      answer.destroy()
      const busy = async () => (await running(database)) + (await open(database))
      await expect.poll(busy, { timeout: 10_000 }).toBe(0)
      const filter = `request_id = '${answer.headers['x-request-id']}'`
      const event = async () => (await gateway.api.get(`/system/audit${query({ filter })}`)).body.resource[0]
      await expect
        .poll(event, { timeout: 10_000 })
        .toMatchObject({ status: 499, reason: expect.stringMatching(/^cancelled/) })
      expect((await event()).rows).toBeLessThan(rows)
      expect((await gateway.api.get('/shop/_table/big?limit=1')).status).toBe(200)
    })
  },
)
