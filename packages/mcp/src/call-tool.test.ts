import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, post, type Served, serve } from './testing/served.js'

let served: Served
let url: string
beforeAll(async () => {
  served = await serve({ salesdb: ['customers', 'orders'], shop: ['items'] })
  url = `${served.url}/mcp?services=salesdb`
})
afterAll(() => served.close())
beforeEach(() => {
  served.gate.events.length = 0
})

const call = (name: string, input: unknown = {}, more = {}) => ask(url, 'tools/call', { name, arguments: input }, more)

describe('tools/list', () => {
  it('has a tool for each operation, the same each time', async () => {
    const { body } = await ask(url, 'tools/list')
    const { tools } = body.result
    expect(tools.map((tool: { name: string }) => tool.name)).toEqual([
      'list_apis',
      'list_tools',
      'all_get_tables',
      'all_find_table',
      'salesdb_get_data_model',
      'salesdb_get_tables',
      'salesdb_get_table_schema',
      'salesdb_get_table_data',
      'salesdb_aggregate_data',
      'salesdb_create_records',
      'salesdb_update_records',
      'salesdb_delete_records',
    ])
    expect(tools.at(-1)).toMatchObject({
      title: 'delete records',
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    })
    expect(tools[4].annotations).toEqual({
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    })
    expect((await ask(url, 'tools/list')).text).toBe((await ask(url, 'tools/list')).text)
  })

  it('shows exactly the tools that the URL names', async () => {
    const chosen = `${served.url}/mcp?tools=shop_get_tables,list_apis,nothing`
    const { body } = await ask(chosen, 'tools/list')
    expect(body.result.tools.map((tool: { name: string }) => tool.name)).toEqual(['list_apis', 'shop_get_tables'])
    const other = await ask(chosen, 'tools/call', { name: 'salesdb_get_tables' })
    expect(other.body.error.code).toBe(-32602)
  })

  it('has nothing that changes anything on an endpoint for reading', async () => {
    const safe = `${served.url}/mcp/safe?services=salesdb`
    const { body } = await ask(safe, 'tools/list')
    expect(
      body.result.tools.every((tool: { annotations: { readOnlyHint: boolean } }) => tool.annotations.readOnlyHint),
    ).toBe(true)
    const refused = await ask(safe, 'tools/call', { name: 'salesdb_delete_records', arguments: { ids: [1] } })
    expect(refused.body.error.code).toBe(-32602)
  })
})

describe('tools/call', () => {
  it('says first how many records there are and how to get the next ones', async () => {
    const { body } = await call('salesdb_get_table_data', { table_name: 'customers' })
    expect(body.result.content).toEqual([
      {
        type: 'text',
        text: '{"rows":1,"next_cursor":"c2","next":1,"limit":100,"resource":[{"id":1,"name":"Zoë \\"Z\\" 😀"}]}',
      },
    ])
    expect(body.result.structuredContent).toBeUndefined()
    expect(served.gate.events).toEqual([
      {
        service: 'salesdb',
        operation: 'get_table_data',
        principal: 'key:good',
        client: 'tests/1',
        input: { table_name: 'customers' },
      },
    ])
  })

  it('puts the same line in front of CSV', async () => {
    const { body } = await call('salesdb_get_table_data', { table_name: 'customers', format: 'csv' })
    const [first, second] = body.result.content[0].text.split('\n')
    expect(JSON.parse(first)).toMatchObject({ rows: 1, next_cursor: 'c2' })
    expect(second).toBe('id,name\r')
  })

  it('has structured content where it declares it', async () => {
    const { body } = await call('salesdb_get_tables')
    expect(body.result.structuredContent).toEqual({ resource: [{ name: 'customers' }, { name: 'orders' }] })
    expect(JSON.parse(body.result.content[0].text)).toEqual(body.result.structuredContent)
  })

  it('passes other spellings on', async () => {
    const { body } = await call('salesdb_get_table_data', { tableName: 'customers' })
    expect(body.result.isError).toBeUndefined()
  })

  it('answers what a model can mend as a result', async () => {
    const { status, body } = await call('salesdb_get_table_data', { table_name: 'customers', filtre: 'id = 1' })
    expect([status, body.result.isError]).toEqual([200, true])
    expect(JSON.parse(body.result.content[0].text)).toEqual({
      error: {
        code: 'invalid',
        message: 'There is no argument `filtre`',
        hint: 'Did you mean `filter`?',
        request_id: expect.stringMatching(/^request-/),
      },
    })
    expect(served.gate.events).toMatchObject([{ operation: 'get_table_data', failed: 'invalid' }])
  })

  it('lists the records of a batch that failed', async () => {
    const { body } = await call('salesdb_create_records', { table_name: 'customers', records: [{}, {}] })
    expect(JSON.parse(body.result.content[0].text).error).toMatchObject({
      code: 'conflict',
      failed: [{ index: 1, code: 'conflict', message: 'id 2 is taken', hint: 'id' }],
      done: 1,
    })
  })

  it('refuses tools that are not there, and writes it down', async () => {
    const { status, body } = await call('salesdb_get_table_dat')
    expect([status, body.error.code]).toEqual([200, -32602])
    expect(body.error.message).toContain('Did you mean `salesdb_get_table_data`?')
    expect(served.gate.events).toMatchObject([{ operation: 'salesdb_get_table_dat', failed: 'invalid' }])
  })

  it('refuses arguments that are no object', async () => {
    expect((await call('salesdb_get_tables', [1])).body.error.code).toBe(-32602)
    expect((await ask(url, 'tools/call', {})).body.error.code).toBe(-32602)
    expect(served.gate.events).toHaveLength(2)
  })

  it('notices that a service has changed', async () => {
    const before = (await ask(url, 'tools/list')).text
    served.gate.refresh('salesdb')
    expect((await call('salesdb_get_tables')).body.result.isError).toBeUndefined()
    expect((await ask(url, 'tools/list')).text).toBe(before)
  })

  it('is cancelled when the client goes away', async () => {
    const abort = new AbortController()
    const sent = fetch(url, {
      method: 'POST',
      signal: abort.signal,
      headers: { 'Content-Type': 'application/json', 'X-API-Key': 'a-good-key' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'salesdb_get_table_data', arguments: { table_name: 'customers', filter: 'forever' } },
      }),
    })
    setTimeout(() => abort.abort(), 50)
    await expect(sent).rejects.toThrow()
    expect(await served.gate.aborted).toMatch(/^request-/)
  })

  it('works in the eras before', async () => {
    const params = { name: 'salesdb_get_tables', arguments: {} }
    const { body } = await post(url, { jsonrpc: '2.0', id: 'x', method: 'tools/call', params })
    expect(body.id).toBe('x')
    expect(Object.keys(body.result)).toEqual(['content', 'structuredContent'])
  })
})

describe('tools across services', () => {
  const both = () => `${served.url}/mcp?tools=list_apis,list_tools,all_get_tables,all_find_table`
  const across = async (name: string, input = {}) => {
    const { body } = await ask(both(), 'tools/call', { name, arguments: input })
    return body.result
  }
  const textOf = (result: { content: [{ text: string }] }) => JSON.parse(result.content[0].text)

  it('lists the services, with one event', async () => {
    const result = await across('list_apis')
    expect(result.structuredContent.resource.map(({ name }: { name: string }) => name)).toEqual(['salesdb', 'shop'])
    expect(served.gate.events).toMatchObject([{ operation: 'list_apis' }])
  })

  it('asks each service, with an event for each', async () => {
    expect(textOf(await across('all_get_tables'))).toEqual({
      services: 2,
      resource: {
        salesdb: { resource: [{ name: 'customers' }, { name: 'orders' }] },
        shop: { resource: [{ name: 'items' }] },
      },
    })
    expect(served.gate.events.map(({ service, operation }) => [service, operation])).toEqual([
      ['salesdb', 'get_tables'],
      ['shop', 'get_tables'],
    ])
  })

  it('finds a table by a part of its name', async () => {
    expect(textOf(await across('all_find_table', { name: 'ORD' })).resource).toEqual({
      salesdb: [{ name: 'orders' }],
      shop: [],
    })
  })

  it('refuses arguments that it does not have', async () => {
    const result = await across('list_apis', { servise: 'x' })
    expect(result.isError).toBe(true)
    expect(served.gate.events).toMatchObject([{ operation: 'list_apis', failed: 'invalid' }])
  })
})
