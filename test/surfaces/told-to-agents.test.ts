import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testKey } from '../harness/running-gateway.js'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'
import { type McpClient, sdk2 } from './mcp-clients.js'

const clerk = {
  grants: [
    {
      service: 'salesdb',
      resource: '_table/customers',
      verbs: ['read', 'update'],
      fields: { deny: ['ssn'], mask: { email: 'partial' } },
    },
    { service: 'documents', resource: 'reports/*', verbs: ['read', 'create', 'update'] },
    { service: 'documents', resource: 'internal/*', deny: true },
  ],
}
/** The primary key does not exist for it. */
const keyless = {
  grants: [
    {
      service: 'salesdb',
      resource: '_table/customers',
      verbs: ['read', 'update', 'delete'],
      fields: { deny: ['id'] },
    },
  ],
}
const auditor = { grants: [{ service: 'system', resource: 'audit', verbs: ['read'] }] }

let gateway: SampleGateway
beforeAll(async () => {
  const keys = ['admin', 'clerk', 'keyless', 'auditor'].map((name) => ({ name, roles: [name], key: testKey(name) }))
  const endpoint = { services: '*' }
  gateway = await startSampleGateway({
    roles: { clerk, keyless, auditor },
    keys,
    mcp: { default: endpoint, tokens: { ...endpoint, api_keys: false } },
  })
})
afterAll(() => gateway.close())

const open: McpClient[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()))
})

async function as(key: string) {
  const endpoint = { url: `${gateway.url}/mcp`, key: gateway.key(key) }
  const client = await sdk2(endpoint, { mode: { pin: '2026-07-28' } })
  open.push(client)
  const call = async (name: string, input: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: input })
    const [first] = result.content as readonly { readonly text?: string }[]
    return { failed: result.isError === true, ...JSON.parse(first?.text ?? '{}') }
  }
  return { client, call }
}

type Call = Awaited<ReturnType<typeof as>>['call']

async function describedTools(call: Call) {
  const { resource } = await call('find_operations', {})
  const described = resource.map(({ name }: { name: string }) => call('describe_operation', { name }))
  const answers: readonly { resource: [{ name: string; description: string }] }[] = await Promise.all(described)
  return { tools: answers.flatMap(({ resource: found }) => found) }
}

describe('what an agent is told so that it can go on', () => {
  it('which services there are, where it asks for the tools of another', async () => {
    const { call } = await as('clerk')
    const { failed, error } = await call('list_tools', { service: 'saledb' })
    expect([failed, error.code]).toEqual([true, 'not_found'])
    expect(error.hint).toBe('Did you mean `salesdb`? Services: documents, salesdb')
  })

  it('tables that are called what it looks for, and not those that have a label', async () => {
    const { call } = await as('clerk')
    const found = async (name: string) => (await call('all_find_table', { name })).resource.salesdb
    for (const name of ['label', 'description', 'name":']) expect(await found(name)).toEqual([])
    for (const name of ['CUST', 'one row a']) expect(await found(name)).toMatchObject([{ name: 'customers' }])
  })

  it('where the cursor of the next page is in its answer', async () => {
    const { client, call } = await as('clerk')
    const page = await call('salesdb_get_table_data', { table_name: 'customers', limit: 1 })
    const next = { table_name: 'customers', limit: 1, cursor: page.next_cursor }
    expect((await call('salesdb_get_table_data', next)).resource).toHaveLength(1)
    const { error } = await call('salesdb_get_table_data', { ...next, cursor: 'mistaken' })
    expect(error.hint).toContain('`next_cursor`')
    const { tools } = await client.listTools()
    const reading = tools.find(({ name }) => name === 'salesdb_get_table_data')
    expect(reading?.inputSchema.properties?.cursor).toMatchObject({ description: 'next_cursor of the page before' })
  })

  it('that a column which is masked for it cannot be written', async () => {
    const { call } = await as('clerk')
    const records = [{ id: 2, email: 'new@example.com' }]
    const { failed, error } = await call('salesdb_update_records', { table_name: 'customers', records })
    expect([failed, error.code]).toEqual([true, 'forbidden'])
    expect(error.message).toContain('`email`')
    expect(error.hint).toContain('It is masked for you')
    const all = await call('salesdb_update_records', { table_name: 'customers', records: [{ id: 2, ssn: '1' }] })
    expect(all.error).toMatchObject({ code: 'invalid', message: 'Record 1: Unknown column `ssn` of `customers`' })
  })

  it('by examples that work, also where it sees no key', async () => {
    for (const key of ['clerk', 'keyless', 'admin']) {
      const { client, call } = await as(key)
      const { tools } = key === 'admin' ? await describedTools(call) : await client.listTools()
      const shown = tools.filter(({ name }) => name.startsWith('salesdb_'))
      expect(shown.length).toBeGreaterThan(7)
      for (const { name, description = '' } of shown) {
        expect([name, description.split('Example: ').length]).toEqual([name, 2])
        const example = JSON.parse(/Example: (\{.*\})$/.exec(description)?.[1] ?? 'null')
        const tried = await call(name, { ...example, dry_run: true })
        // The records of an example need not be there.
        expect([tried.dry_run ?? tried.error.code, name]).toEqual([
          expect.toBeOneOf([true, 'not_found', 'conflict']),
          name,
        ])
        if (name.startsWith('salesdb_get_')) expect([name, (await call(name, example)).failed]).toEqual([name, false])
      }
    }
  })

  it('that a file needs a content, by the schema already', async () => {
    const { client, call } = await as('clerk')
    const { tools } = await client.listTools()
    const creating = tools.find(({ name }) => name === 'documents_create_file')
    expect(creating?.inputSchema.required).toEqual(['path', 'content'])
    const path = 'reports/new.txt'
    expect((await call('documents_create_file', { path })).error.message).toBe('Argument `content` is missing')
    expect(await call('documents_create_file', { path, content: '' })).toMatchObject({ path, content_length: 0 })
  })

  it('no calls, where there are none that work as they stand', async () => {
    const instructions = (await as('auditor')).client.getInstructions()
    expect(instructions).toContain('- system')
    expect(instructions).not.toContain('work as they stand')
    expect((await as('clerk')).client.getInstructions()).toContain('work as they stand')
  })

  it('that an endpoint takes no keys', async () => {
    const response = await fetch(`${gateway.url}/mcp/tokens`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': gateway.key('admin') },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    })
    const { error } = (await response.json()) as { error: { hint: string } }
    expect(response.status).toBe(401)
    expect(error.hint).toContain('access tokens only')
  })
})

describe('completion of the address of a file', () => {
  const complete = async (key: string, name: string, value: string, given: Record<string, string> = {}) => {
    const { client } = await as(key)
    const { completion } = await client.complete({
      ref: { type: 'ref/resource', uri: 'gatehouse://{service}/files/{+path}' },
      argument: { name, value },
      context: { arguments: given },
    })
    return completion.values
  }

  it('knows the storages, and the paths below a folder', async () => {
    expect(await complete('clerk', 'service', 'DOC')).toEqual(['documents'])
    expect(await complete('clerk', 'path', 'rep', { service: 'documents' })).toEqual(['reports/'])
    expect(await complete('clerk', 'path', 'reports/2026/HALF')).toContain('reports/2026/half-year.csv')
    expect(await complete('admin', 'path', 'int', { service: 'documents' })).toEqual(['internal/'])
  })

  it('knows nothing of what the caller may not see', async () => {
    for (const path of ['', 'int', 'internal/', 'internal/sal', 'welc', '../', '/']) {
      const found = await complete('clerk', 'path', path, { service: 'documents' })
      expect(found.filter((name) => !name.startsWith('reports/'))).toEqual([])
    }
    expect(await complete('keyless', 'service', '')).toEqual([])
    expect(await complete('keyless', 'path', 'reports/', { service: 'documents' })).toEqual([])
    expect(await complete('clerk', 'path', '', { service: 'salesdb' })).toEqual([])
    expect(await complete('clerk', 'nothing', '')).toEqual([])
  })
})

describe('dry_run', () => {
  it('is taken by every tool, those in front of the others too', async () => {
    const { client, call } = await as('admin')
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('call_operation')
    for (const { inputSchema } of tools) expect(inputSchema.properties).toHaveProperty('dry_run')
    expect((await call('find_operations', { query: 'orders', dry_run: true })).failed).toBe(false)
    const input = { table_name: 'tags', ids: [1] }
    for (const request of [
      { arguments: input, dry_run: true },
      { arguments: { ...input, dry_run: true } },
      { arguments: { ...input, dry_run: false }, dry_run: true },
    ]) {
      const tried = await call('call_operation', { name: 'salesdb_delete_records', ...request })
      expect(tried).toMatchObject({ failed: false, dry_run: true })
    }
    const kept = await call('salesdb_get_table_data', { table_name: 'tags', filter: 'id = 1', count_only: true })
    expect(kept.count).toBe(1)
  })
})
