import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Backend } from '../backends/backend.js'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { openShop } from '../conformance/open-shop.js'
import { query, type Reply } from '../harness/api.js'
import { createMcpClient, type McpReply } from '../security/mcp-client.js'
import { type Case, casesOf, roles } from './cases.js'

type Row = Readonly<Record<string, unknown>>

/** Said of the page beside its rows: in `meta` over REST, beside the rows over MCP. */
const said = ['next', 'next_cursor', 'count', 'cut'] as const
/** The rest is in one of the surfaces only: REST has the status and MCP has it as a code. */
const failureMembers = ['message', 'hint', 'context'] as const

function parity(backend: Backend): void {
  describe(backend.name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-parity-'))
    const file = join(folder, 'audit.jsonl')
    const shop = openShop(backend, {
      roles,
      audit: { mode: 'strict', file },
      limits: [{ per: 'role', role: 'limited', rate: 1, period: 'day' }],
    })
    afterAll(() => rmSync(folder, { recursive: true }))
    const mcp = (role: string) => createMcpClient(shop.gateway.url, shop.gateway.key(role))

    /** The one event of an answer, from the store and, equal to it, from the file. */
    async function eventOf(reply: Reply | McpReply): Promise<Row> {
      const id = reply.headers.get('x-request-id')
      expect(id).toBeTruthy()
      const filter = `request_id = '${id}'`
      const found = await shop.gateway.api('auditor').get(`/system/audit${query({ filter })}`)
      expect(found.status, found.text).toBe(200)
      expect(found.body.resource, `events of one call\n${found.text}`).toHaveLength(1)
      const event: Row = found.body.resource[0]
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
      const written = lines.map((line): Row => JSON.parse(line).event).filter((one) => one.request_id === id)
      expect(written).toHaveLength(1)
      const stored = Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null))
      const { principal, service, operation, effect, resource, arguments: input, policy, rows, masked } = stored
      const { decision, reason, status } = stored
      const shown = { principal, service, operation, effect, resource, arguments: input, policy, rows, masked }
      expect(written[0]).toMatchObject(JSON.parse(JSON.stringify({ ...shown, decision, reason, status })))
      return event
    }

    function expectedEvent({ operation, as, status, code, event }: Case, surface: string): Row {
      const { policy = null, rows, masked = null, ...rest } = event
      return {
        service: 'shop',
        surface,
        operation,
        principal: `key:${as}`,
        effect: 'read',
        decision: code === undefined ? 'allowed' : 'refused',
        status,
        reason: code === undefined ? null : expect.stringMatching(`^${code}: `),
        ...(code === undefined ? { policy, masked } : {}),
        ...(rows === undefined ? {} : { rows }),
        ...rest,
      }
    }

    it.each(casesOf(backend).map((one) => [one.says, one] as const))('the same for %s', async (_says, one) => {
      const [method, path, body] = one.rest
      const rest = await shop.as(one.as).send(method, path, body)
      if (one.undo !== undefined && rest.status === 200) await shop.database.run([one.undo])
      const tool = await mcp(one.as).call(`shop_${one.operation}`, one.input)
      if (one.undo !== undefined && !tool.failed) await shop.database.run([one.undo])

      const answer = JSON.parse(tool.content)
      if (one.code === undefined) {
        expect(rest.status, rest.text).toBe(one.status)
        expect(tool.failed, tool.text).toBe(false)
        const { resource, meta } = rest.body
        if (one.operation === 'get_api_spec')
          expect(Object.keys(rest.body.paths)).toEqual(expect.arrayContaining(Object.keys(answer.paths)))
        else if (meta === undefined) expect(answer.resource ?? answer).toEqual(resource ?? rest.body)
        else {
          expect(answer.resource).toEqual(resource)
          for (const name of said) expect(answer[name], name).toEqual(meta[name])
        }
      } else {
        const batch = rest.body.error.code === 1000
        expect(tool.code, tool.text).toBe(one.code)
        expect(rest.status, rest.text).toBe(batch ? 400 : one.status)
        if (batch) expect(answer.error.message).toBe(rest.body.error.message)
        const refused = batch ? rest.body.error.context.resource.find((record: Row) => record?.code) : rest.body.error
        const told = answer.error.failed?.[0] ?? answer.error
        expect(refused.code).toBe(one.inner ?? one.code)
        expect(told.code).toBe(one.inner ?? one.code)
        for (const name of failureMembers) expect(told[name], name).toEqual(refused[name])
      }
      expect(await eventOf(rest)).toMatchObject(expectedEvent(one, 'rest'))
      expect(await eventOf(tool)).toMatchObject(expectedEvent(one, 'mcp'))
    })

    it('has a case for every tool of the service', async () => {
      const response = await fetch(`${shop.gateway.url}/mcp?services=shop`, {
        method: 'POST',
        headers: {
          'x-api-key': shop.gateway.key('admin'),
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
      })
      const listed = (await response.json()) as { readonly result: { readonly tools: readonly { name: string }[] } }
      const names = listed.result.tools.map(({ name }) => name).filter((name) => name.startsWith('shop_'))
      const covered = new Set(casesOf(backend).map(({ operation }) => `shop_${operation}`))
      expect(names.length).toBeGreaterThan(10)
      expect(names.filter((name) => !covered.has(name))).toEqual([])
    })

    it('counts both surfaces against one limit, and writes down who was over it', async () => {
      expect((await shop.as('limited').get('/_table/tags')).status).toBe(200)
      const rest = await shop.as('limited').get('/_table/tags')
      const tool = await mcp('limited').call('shop_get_table_data', { table_name: 'tags' })
      expect(rest.status).toBe(429)
      expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(tool.code).toBe('limited')
      expect(JSON.parse(tool.content).error.message).toBe(rest.body.error.message)
      for (const [reply, surface] of [
        [rest, 'rest'],
        [tool, 'mcp'],
      ] as const) {
        expect(await eventOf(reply)).toMatchObject({
          surface,
          principal: 'key:limited',
          operation: 'get_table_data',
          resource: '_table/tags',
          decision: 'refused',
          status: 429,
          reason: expect.stringMatching(/^limited: /),
          rows: null,
        })
      }
    })

    it('writes down calls of nobody, and of what does not exist', async () => {
      const stranger = createMcpClient(shop.gateway.url, 'not-a-key-of-anybody')
      const rest = await shop.api.get('/_table/tags', { 'x-api-key': 'not-a-key-of-anybody' })
      const tool = await stranger.call('shop_get_tables', {})
      expect([rest.status, tool.status]).toEqual([401, 401])
      for (const reply of [rest, tool]) {
        expect(await eventOf(reply)).toMatchObject({ principal: 'anonymous', decision: 'refused', status: 401 })
      }
      const unknown = await mcp('reader').call('shop_drop_table', { table_name: 'customers' })
      expect(unknown.body.error.code).toBe(-32602)
      expect(await eventOf(unknown)).toMatchObject({
        surface: 'mcp',
        principal: 'key:reader',
        operation: 'shop_drop_table',
        decision: 'refused',
      })
      const nothing = await shop.as('reader').get('/_drop/customers')
      expect(nothing.status).toBe(404)
      expect(await eventOf(nothing)).toMatchObject({ principal: 'key:reader', decision: 'refused', status: 404 })
    })

    it('shows `system` to those only who may see it', async () => {
      const rest = await shop.gateway.api('reader').get('/system/audit')
      const nowhere = await shop.gateway.api('reader').get('/sistem/audit')
      expect(rest.status).toBe(404)
      expect(rest.body.error.message).toBe(nowhere.body.error.message.replace('sistem', 'system'))
      expect((await shop.gateway.api('auditor').get('/shop/_table/customers')).status).toBe(404)
      const tool = await mcp('reader').call('system_get_table_data', { table_name: 'audit' })
      expect(tool.body.error.code).toBe(-32602)
      const own = await mcp('auditor').call('system_get_table_data', { table_name: 'audit', limit: 1 })
      expect(JSON.parse(own.content).resource).toHaveLength(1)
      expect((await shop.gateway.api('auditor').send('DELETE', '/system/audit?ids=1')).status).toBeGreaterThanOrEqual(
        403,
      )
    })
  })
}

for (const backend of [sqlite, postgres, mariadb]) parity(backend)
