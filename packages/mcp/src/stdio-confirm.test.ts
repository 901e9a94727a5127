import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import type { McpOptions } from './options.js'
import { goodKey } from './testing/gate.js'
import { post, type Served, serve } from './testing/served.js'

let served: Served
afterEach(() => served.close())

const remove = {
  name: 'salesdb_delete_records',
  arguments: { table_name: 'customers', filter: 'id > 0' },
}

/** A client of 2025-11-25 that can show forms, once it has asked to delete many rows and was asked back. */
async function asked(options: Partial<McpOptions> = {}, call: object = remove) {
  served = await serve(undefined, options)
  const [input, output] = [new PassThrough(), new PassThrough()]
  const done = served.mcp.stdio({ apiKey: goodKey }, { input, output })
  const lines = createInterface({ input: output })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value as string)
  const send = (message: object) => input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const params = { protocolVersion: '2025-11-25', capabilities: { elicitation: {} }, clientInfo: { name: 'old' } }
  send({ id: 1, method: 'initialize', params })
  await next()
  send({ id: 2, method: 'tools/call', params: call })
  const question = await next()
  expect(question).toMatchObject({
    method: 'elicitation/create',
    params: { message: 'Delete 250 records (_table/customers of salesdb)?' },
  })
  return { input, done, send, next, id: question.id as string }
}

const noted = () => served.gate.events.map(({ input, failed }) => [input.max_affected, failed])

it('goes on with the word of the person, and with nothing else', async () => {
  const { input, done, send, next, id } = await asked()
  send({ id: 'another', result: { action: 'accept', content: { confirm: true } } })
  // What comes meanwhile is answered.
  send({ id: 3, method: 'ping' })
  expect(await next()).toMatchObject({ id: 3, result: {} })
  expect(noted()).toEqual([[100, 'invalid']])
  send({ id, result: { action: 'accept', content: { confirm: true } } })
  expect(JSON.parse((await next()).result.content[0].text).rows).toBe(250)
  expect(noted()).toEqual([
    [100, 'invalid'],
    [250, undefined],
  ])
  // Its word was for one call.
  send({ id: 4, method: 'tools/call', params: remove })
  expect(await next()).toMatchObject({ method: 'elicitation/create' })
  send({ id, result: { action: 'accept', content: { confirm: true } } })
  input.end()
  await done
  expect(noted().slice(2)).toEqual([
    [100, 'invalid'],
    [undefined, 'cancelled'],
  ])
})

it.each([
  { result: {} },
  { result: { action: 'accept' } },
  { result: { action: 'accept', content: { confirm: 'true' } } },
  { result: { action: 'accept', content: [true] } },
  { result: { action: 'decline', content: { confirm: true } } },
  { error: { code: -32603, message: 'No window' } },
])('changes nothing after %j', async (response) => {
  const { input, done, send, next, id } = await asked()
  send({ id, ...response })
  const { result } = await next()
  expect([result.isError, JSON.parse(result.content[0].text).error.code]).toEqual([true, 'forbidden'])
  expect(noted()).toEqual([
    [100, 'invalid'],
    [undefined, 'forbidden'],
  ])
  input.end()
  await done
})

it('does not wait for ever, and tells the client that it no longer waits', async () => {
  const { input, done, send, next, id } = await asked({ answerWithinMs: 20 })
  expect(await next()).toMatchObject({ method: 'notifications/cancelled', params: { requestId: id } })
  expect((await next()).result.content[0].text).toContain('gave no answer; nothing was changed')
  send({ id, result: { action: 'accept', content: { confirm: true } } })
  send({ id: 3, method: 'ping' })
  expect(await next()).toMatchObject({ id: 3 })
  expect(noted()).toEqual([
    [100, 'invalid'],
    [undefined, 'forbidden'],
  ])
  input.end()
  await done
})

it('is over when the client cancels its call', async () => {
  const { input, done, send, next, id } = await asked()
  send({ method: 'notifications/cancelled', params: { requestId: 2 } })
  send({ id, result: { action: 'accept', content: { confirm: true } } })
  send({ id: 3, method: 'ping' })
  expect(await next()).toMatchObject({ id: 3 })
  input.end()
  await done
  expect(noted()).toEqual([
    [100, 'invalid'],
    [undefined, 'cancelled'],
  ])
})

it('is not what a client of HTTP can have by saying so, which has no connection to be asked on', async () => {
  served = await serve()
  const capabilities = { elicitation: {} }
  const params = { ...remove, capabilities, _meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities } }
  const headers = { 'MCP-Protocol-Version': '2025-11-25' }
  const { body } = await post(`${served.url}/mcp`, { jsonrpc: '2.0', id: 2, method: 'tools/call', params }, headers)
  expect(JSON.parse(body.result.content[0].text).error).toMatchObject({ code: 'forbidden' })
  expect(noted()).toEqual([[100, 'invalid']])
})
