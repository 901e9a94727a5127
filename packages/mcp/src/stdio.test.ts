import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { goodKey } from './testing/gate.js'
import { type Served, serve } from './testing/served.js'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served.close())

/** A local client: what it sends, the messages that come back, and the end. */
function connect() {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const done = served.mcp.stdio({ apiKey: goodKey }, { input, output })
  const lines = createInterface({ input: output })[Symbol.asyncIterator]()
  return {
    input,
    done,
    send: (message: object) => input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    next: async () => JSON.parse((await lines.next()).value as string),
  }
}

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'local', version: '1' },
}

it('serves both eras on one channel', async () => {
  const { input, done, send, next } = connect()
  send({ id: 1, method: 'server/discover', params: { _meta: meta } })
  expect(await next()).toMatchObject({ id: 1, result: { supportedVersions: ['2026-07-28'] } })
  send({
    id: 2,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'old', version: '2' } },
  })
  const { result } = await next()
  expect(result).toMatchObject({ protocolVersion: '2025-11-25', capabilities: { tools: { listChanged: true } } })
  send({ method: 'notifications/initialized' })
  send({ id: 3, method: 'tools/call', params: { name: 'salesdb_get_tables' } })
  expect(await next()).toMatchObject({ id: 3, result: { content: [{ type: 'text' }] } })
  expect(served.gate.events.at(-1)).toMatchObject({ client: 'old/2' })
  send({ id: 4, method: 'tools/call', params: { name: 'salesdb_get_tables', _meta: meta } })
  expect(await next()).toMatchObject({ id: 4, result: { resultType: 'complete' } })
  served.mcp.changed()
  expect([(await next()).method, (await next()).method]).toEqual([
    'notifications/tools/list_changed',
    'notifications/resources/list_changed',
  ])
  input.end()
  await done
})

it('has subscriptions, and ends them with a result', async () => {
  const { input, done, send, next } = connect()
  send({
    id: 's',
    method: 'subscriptions/listen',
    params: {
      _meta: meta,
      notifications: { toolsListChanged: true, resourceSubscriptions: ['gatehouse://salesdb/schema/orders'] },
    },
  })
  const subscription = { 'io.modelcontextprotocol/subscriptionId': 's' }
  expect(await next()).toMatchObject({
    method: 'notifications/subscriptions/acknowledged',
    params: { _meta: subscription, notifications: { toolsListChanged: true } },
  })
  served.mcp.changed('other')
  expect(await next()).toMatchObject({ method: 'notifications/tools/list_changed', params: { _meta: subscription } })
  served.mcp.changed('salesdb')
  expect((await next()).method).toBe('notifications/tools/list_changed')
  expect(await next()).toMatchObject({
    method: 'notifications/resources/updated',
    params: { uri: 'gatehouse://salesdb/schema/orders', _meta: subscription },
  })
  served.mcp.close()
  expect(await next()).toMatchObject({ id: 's', result: { resultType: 'complete', _meta: subscription } })
  input.end()
  await done
})

it('cancels a call that the client no longer wants, and does not answer it', async () => {
  const { input, done, send, next } = connect()
  const params = { name: 'salesdb_get_table_data', arguments: { table_name: 'orders', filter: 'forever' } }
  send({ id: 'long', method: 'tools/call', params })
  send({ method: 'notifications/cancelled', params: { requestId: 'long' } })
  expect(await served.gate.aborted).toMatch(/^request-/)
  send({ id: 'after', method: 'ping' })
  expect(await next()).toEqual({ jsonrpc: '2.0', id: 'after', result: {} })
  input.end()
  await done
})

it('answers lines that are no message, and goes on', async () => {
  const { input, done, send, next } = connect()
  input.write('this is no JSON\n\n')
  expect(await next()).toMatchObject({ error: { code: -32700 } })
  input.write(`{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(150_000)}"}\n`)
  expect(await next()).toMatchObject({ error: { code: -32700 } })
  send({ id: 5, method: 'no/such' })
  expect(await next()).toMatchObject({ id: 5, error: { code: -32601 } })
  input.end()
  await done
})

it('wants to know who it serves', async () => {
  const streams = { input: new PassThrough(), output: new PassThrough() }
  await expect(served.mcp.stdio({ apiKey: 'wrong' }, streams)).rejects.toThrow('not known')
  await expect(served.mcp.stdio({ apiKey: goodKey }, streams, 'nothing')).rejects.toThrow('no MCP endpoint')
})
