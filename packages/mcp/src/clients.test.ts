import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { goodKey } from './testing/gate.js'
import { type Served, serve } from './testing/served.js'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served.close())
beforeEach(() => {
  served.gate.events.length = 0
})

const who = { name: 'client-test', version: '9' }
const requestInit = { headers: { 'X-API-Key': goodKey } }
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()))
})

const address = () => new URL(`${served.url}/mcp`)
const rows = (result: unknown) => JSON.parse((result as { content: [{ text: string }] }).content[0].text)

async function client1() {
  const client = new Client1(who)
  open.push(client)
  // Its class and its interface disagree on optional members that are undefined.
  await client.connect(new Http1(address(), { requestInit }) as Parameters<typeof client.connect>[0])
  return client
}

async function client2(options: ConstructorParameters<typeof Client2>[1]) {
  const client = new Client2(who, options)
  open.push(client)
  await client.connect(new Http2(address(), { requestInit }))
  return client
}

describe.each([
  ['SDK 1', client1],
  ['SDK 2, legacy', () => client2({ versionNegotiation: { mode: 'legacy' } })],
  ['SDK 2, auto', () => client2({ versionNegotiation: { mode: 'auto' } })],
  ['SDK 2, 2026-07-28', () => client2({ versionNegotiation: { mode: { pin: '2026-07-28' } } })],
] as const)('%s', (_name, connect) => {
  it('lists tools and calls them, with structured content checked by the client', async () => {
    const client = await connect()
    expect(client.getInstructions()).toContain('salesdb')
    expect(client.getServerVersion()).toEqual({ name: 'gatehouse', version: '1.2.3' })
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('salesdb_get_table_data')
    const page = await client.callTool({ name: 'salesdb_get_table_data', arguments: { table_name: 'customers' } })
    expect(rows(page)).toMatchObject({ rows: 1, next_cursor: 'c2' })
    const list = await client.callTool({ name: 'salesdb_get_tables', arguments: {} })
    expect(list.structuredContent).toEqual({ resource: [{ name: 'customers' }, { name: 'orders' }] })
    expect(served.gate.events).toHaveLength(2)
  })

  it('reads resources and completes their templates', async () => {
    const client = await connect()
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toEqual([
      'gatehouse://salesdb/schema/customers',
      'gatehouse://salesdb/schema/orders',
    ])
    const { contents } = await client.readResource({ uri: 'gatehouse://salesdb/schema/orders' })
    expect(contents).toMatchObject([{ mimeType: 'application/json', text: expect.stringContaining('orders') }])
    const { resourceTemplates } = await client.listResourceTemplates()
    const ref = { type: 'ref/resource' as const, uri: resourceTemplates[0]?.uriTemplate ?? '' }
    const { completion } = await client.complete({
      ref,
      argument: { name: 'table', value: 'cus' },
      context: { arguments: { service: 'salesdb' } },
    })
    expect(completion.values).toEqual(['customers'])
    expect((await client.listPrompts()).prompts).toEqual([])
    await expect(client.readResource({ uri: 'gatehouse://salesdb/schema/a/b' })).rejects.toThrow('Resource not found')
  })

  it('hears of tools that are not there', async () => {
    const client = await connect()
    await expect(client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toThrow('Unknown tool: no_such_tool')
  })
})

describe('SDK 2, 2026-07-28', () => {
  const versionNegotiation = { mode: { pin: '2026-07-28' } } as const

  it('is told that tools have changed', async () => {
    const onChanged = vi.fn()
    await client2({ versionNegotiation, listChanged: { tools: { onChanged } } })
    // The client waits for a while whether more changes follow, so they must not come all the time.
    await vi.waitFor(
      () => {
        served.mcp.changed('salesdb')
        expect(onChanged).toHaveBeenCalled()
      },
      { interval: 700, timeout: 10_000 },
    )
  })

  it('asks its person to confirm what changes many rows', async () => {
    const client = await client2({ versionNegotiation, capabilities: { elicitation: {} } })
    const asked: string[] = []
    client.setRequestHandler('elicitation/create', (request) => {
      asked.push(request.params.message)
      return { action: 'accept', content: { confirm: true } }
    })
    const result = await client.callTool({
      name: 'salesdb_delete_records',
      arguments: { table_name: 'customers', filter: 'id > 0' },
    })
    expect(asked).toEqual(['Delete 250 records (_table/customers of salesdb)?'])
    expect(rows(result).rows).toBe(250)
  })

  it('says who it is to the audit', async () => {
    const client = await client2({ versionNegotiation })
    await client.callTool({ name: 'salesdb_get_tables', arguments: {} })
    expect(served.gate.events).toMatchObject([{ client: 'client-test/9' }])
  })
})

it('a client without a key is turned away', async () => {
  const client = new Client1(who)
  const transport = new Http1(address()) as Parameters<typeof client.connect>[0]
  await expect(client.connect(transport)).rejects.toThrow()
})
