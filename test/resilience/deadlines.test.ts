import { describe, expect, it } from 'vitest'
import { query } from '../harness/api.js'
import { openServices, type Watched, watched } from './open-services.js'

/** Generous: what is proved is that nothing goes on for ever. The slow view takes about ten seconds. */
const soon = { timeout: 8_000, interval: 100 }

function deadlines({ backend, running, open }: Watched): void {
  describe(backend.name, () => {
    const { quote, types } = backend
    const services = openServices(
      backend,
      [
        `CREATE TABLE notes (id ${types.identity}, ${quote('text')} ${types.name})`,
        `INSERT INTO notes (${quote('text')}) VALUES ('one'), ('two')`,
        backend.slowView,
      ],
      {
        quick: { timeout: '1s', pool: { max: 2 } },
        patient: { timeout: '30s', pool: { max: 4 } },
        narrow: { pool: { max: 1 } },
      },
      {
        audit: { mode: 'strict' },
        roles: {
          hasty: { grants: [{ service: 'patient', resource: '_table/*', verbs: ['read', 'update'], timeout: '1s' }] },
        },
      },
    )
    const statements = () => running(services.database)
    const nothingRuns = () => expect.poll(statements, soon).toBe(0)

    /**
     * Several calls, one pair after the other: each must find its connection as new. A connection that was given up is
     * made anew, and on a busy machine that may take longer than the timeout: the first call is tried again.
     */
    async function works(service: string, key = 'admin'): Promise<void> {
      const api = services.gateway.api(key)
      await expect.poll(async () => (await api.get(`/${service}/_table/notes`)).status, soon).toBe(200)
      const change = () => api.send('PATCH', `/${service}/_table/notes?ids=2`, { text: 'two' })
      await expect.poll(async () => (await change()).status, soon).toBe(200)
      for (let i = 0; i < 4; i++) {
        const pair = [api.get(`/${service}/_table/notes?order=id`), change()]
        for (const reply of await Promise.all(pair)) expect(reply.status, reply.text).toBe(200)
      }
      expect(await open(services.database)).toBe(0)
    }

    /** A call that runs in the database, and how to walk away from it. */
    async function slowCall(path: string, init: RequestInit = {}) {
      const abort = new AbortController()
      const answer = fetch(`${services.gateway.url}${path}`, {
        ...init,
        headers: { 'x-api-key': services.gateway.key('admin'), ...init.headers },
        signal: abort.signal,
      })
      const gone = expect(answer).rejects.toThrow()
      await expect.poll(statements, soon).toBe(1)
      return {
        async leave() {
          abort.abort()
          await gone
        },
      }
    }

    const events = async (status: number): Promise<readonly Record<string, unknown>[]> => {
      const filter = `status = ${status} and resource = '_table/slow'`
      return (await services.gateway.api().get(`/system/audit${query({ filter, order: 'id' })}`)).body.resource
    }

    it("ends what takes longer than the service's timeout", async () => {
      const reply = await services.gateway.api().get('/quick/_table/slow')
      expect(reply.status, reply.text).toBe(504)
      expect(reply.body.error.code).toBe('timeout')
      await nothingRuns()
      await works('quick')
    })

    it("ends what takes longer than a grant's timeout", async () => {
      const reply = await services.gateway.api('hasty').get('/patient/_table/slow')
      expect(reply.status, reply.text).toBe(504)
      await nothingRuns()
      await works('patient', 'hasty')
      expect((await events(504)).map(({ service, decision }) => [service, decision])).toEqual([
        ['quick', 'allowed'],
        ['patient', 'allowed'],
      ])
    })

    it('ends an export past its time', async () => {
      const reply = fetch(`${services.gateway.url}/api/v2/quick/_table/slow`, {
        headers: { 'x-api-key': services.gateway.key('admin'), accept: 'application/x-ndjson' },
      })
      const text = await reply.then((response) => response.text()).catch(() => 'cut short')
      expect(text).not.toMatch(/"n":/)
      await nothingRuns()
      await works('quick')
    })

    it('ends a write that waits for a lock, and writes nothing', async () => {
      const begin = backend.name === 'SQLite' ? 'BEGIN IMMEDIATE' : 'BEGIN'
      await services.database.run([begin, `UPDATE notes SET ${quote('text')} = 'held' WHERE id = 1`])
      const reply = await services.gateway.api().send('PATCH', '/quick/_table/notes?ids=1', { text: 'waited' })
      await services.database.run(['ROLLBACK'])
      expect([503, 504]).toContain(reply.status)
      await nothingRuns()
      expect((await services.gateway.api().get('/quick/_table/notes/1')).body.text).toBe('one')
      await works('quick')
    })

    it('cancels the query of a client that goes away, over REST', async () => {
      const call = await slowCall('/api/v2/patient/_table/slow')
      await call.leave()
      await nothingRuns()
      await works('patient')
      await expect.poll(async () => (await events(499)).length, soon).toBe(1)
    })

    it('cancels the query of a client that goes away, over MCP', async () => {
      const call = await slowCall('/mcp', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'patient_get_table_data', arguments: { table_name: 'slow' } },
        }),
      })
      await call.leave()
      await nothingRuns()
      await works('patient')
      await expect.poll(async () => (await events(499)).map(({ surface }) => surface), soon).toEqual(['rest', 'mcp'])
    })

    it('lets others go on while a query is slow', async () => {
      const call = await slowCall('/api/v2/patient/_table/slow')
      await works('patient')
      expect(await statements()).toBe(1)
      await call.leave()
      await nothingRuns()
    })

    it('says 503 and when to come back where all connections stay busy', async () => {
      const call = await slowCall('/api/v2/narrow/_table/slow')
      const calls = Array.from({ length: 6 }, () => services.gateway.api().get('/narrow/_table/notes'))
      for (const reply of await Promise.all(calls)) {
        expect(reply.status, reply.text).toBe(503)
        expect(reply.body.error.code).toBe('unavailable')
        expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
      }
      await call.leave()
      await nothingRuns()
      expect((await services.gateway.api().get('/narrow/_table/notes')).status).toBe(200)
    })
  })
}

for (const one of watched) deadlines(one)
