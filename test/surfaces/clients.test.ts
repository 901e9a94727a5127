import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../cli/run-cli.js'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'
import { type Era, type McpClient, type Program, sdk1, sdk1Stdio, sdk2, sdk2Stdio } from './mcp-clients.js'
import { reading, writing } from './tool-calls.js'

/** Few enough for a list without the facade, which has tests of its own; so have the documents. */
const mcp = { default: { services: ['salesdb', 'system'] } }

let gateway: SampleGateway
beforeAll(async () => {
  gateway = await startSampleGateway({ mcp })
})
afterAll(() => gateway.close())

const open: McpClient[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()))
})

const endpoint = () => ({ url: `${gateway.url}/mcp`, key: gateway.key('admin') })
const pin: Era = { mode: { pin: '2026-07-28' } }

const environment = (more: Record<string, string>) => ({ PATH: process.env.PATH ?? '', ...more })

/** A proxy that gives remote servers to clients which only start programs. */
function mcpRemote(): Program {
  const { url, key } = endpoint()
  return {
    command: process.execPath,
    args: [
      join(root, 'node_modules', 'mcp-remote', 'dist', 'proxy.js'),
      url,
      ...['--allow-http', '--transport', 'http-only', '--header', `X-API-Key:${key}`],
    ],
    cwd: gateway.folder,
    env: environment({ HOME: gateway.folder, MCP_REMOTE_CONFIG_DIR: join(gateway.folder, 'mcp-remote') }),
  }
}

/** The command line, with a configuration of its own on the same sample. */
async function commandLine(): Promise<Program> {
  const config = {
    store: { url: `sqlite:${join(gateway.folder, 'stdio.db')}` },
    ...gateway.content,
    mcp,
    keys: [{ name: 'admin', roles: ['admin'], key: gateway.key('admin') }],
  }
  await writeFile(join(gateway.folder, 'stdio.yaml'), JSON.stringify(config))
  return {
    command: process.execPath,
    args: [join(root, 'services', 'gateway', 'bin', 'gatehouse.mjs'), 'mcp', '--stdio', '--config', 'stdio.yaml'],
    cwd: gateway.folder,
    env: environment({ GATEHOUSE_API_KEY: gateway.key('admin') }),
  }
}

const clients: readonly (readonly [string, () => Promise<McpClient>])[] = [
  ['SDK 1', () => sdk1(endpoint())],
  ['SDK 2 in the older era', () => sdk2(endpoint(), { mode: 'legacy' })],
  ['SDK 2 in the newer era', () => sdk2(endpoint(), pin)],
  ['SDK 2 as it negotiates', () => sdk2(endpoint(), { mode: 'auto' })],
  ['mcp-remote', () => sdk1Stdio(mcpRemote())],
  ['SDK 1 over stdio', async () => sdk1Stdio(await commandLine())],
  ['SDK 2 over stdio in the newer era', async () => sdk2Stdio(await commandLine(), pin)],
]

describe.each(clients)('%s', (name, connect) => {
  const opened = async () => {
    const client = await connect()
    open.push(client)
    return client
  }
  const call = async (client: McpClient, tool: string, input: Record<string, unknown>) => {
    const result = await client.callTool({ name: tool, arguments: input })
    const [first] = result.content as readonly { readonly text?: string }[]
    expect(result.isError ?? false, `${tool}: ${first?.text}`).toBe(false)
    return first?.text ?? ''
  }

  it('calls every tool that is listed', async () => {
    const client = await opened()
    const { tools } = await client.listTools()
    const calls = [...reading, ...writing(`of ${name}`)]
    expect([...new Set(calls.map(({ tool }) => tool))].sort()).toEqual(tools.map((tool) => tool.name).sort())
    for (const { tool, input, says } of calls) expect(await call(client, tool, input), tool).toContain(says)
  })

  it('calls every tool as a dry run', async () => {
    const client = await opened()
    for (const { tool, input } of [...reading, ...writing('dry')]) {
      await call(client, tool, { ...input, dry_run: true })
    }
    const count = { table_name: 'tags', aggregates: [{ function: 'count' }], filter: "name starts with 'dry'" }
    expect(await call(client, 'salesdb_aggregate_data', count)).toContain('"count":0')
  })

  it('runs every example of the instructions', async () => {
    const client = await opened()
    const examples = [...(client.getInstructions() ?? '').matchAll(/^ {2}(\w+) (\{.*\})$/gm)]
    expect(examples.map(([, tool]) => tool)).toEqual([
      'salesdb_get_data_model',
      'salesdb_get_table_data',
      'salesdb_aggregate_data',
    ])
    for (const [, tool = '', input = ''] of examples) expect(await call(client, tool, JSON.parse(input))).not.toBe('')
  })

  it('runs every example of the descriptions', async () => {
    const client = await opened()
    const { tools } = await client.listTools()
    const examples = tools.flatMap((tool) => {
      const [, input] = /Example: (\{.*\})/s.exec(tool.description ?? '') ?? []
      return input === undefined ? [] : [[tool.name, input] as const]
    })
    expect(examples.length).toBeGreaterThan(10)
    for (const [tool, input] of examples) {
      // It is right, and the foreign keys of the sample are against it.
      if (tool === 'salesdb_delete_records') continue
      await call(client, tool, { ...JSON.parse(input), dry_run: true })
    }
  })

  it('reads resources and completes their templates', async () => {
    const client = await opened()
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toContain('gatehouse://salesdb/schema/customers')
    for (const { uri } of resources) {
      const { contents } = await client.readResource({ uri })
      expect(contents).toMatchObject([{ uri, mimeType: 'application/json' }])
    }
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates).toMatchObject([{ uriTemplate: 'gatehouse://{service}/schema/{table}' }])
    const { completion } = await client.complete({
      ref: { type: 'ref/resource', uri: resourceTemplates[0]?.uriTemplate ?? '' },
      argument: { name: 'table', value: 'order' },
      context: { arguments: { service: 'salesdb' } },
    })
    expect(completion.values).toEqual(['order_items', 'orders'])
    expect((await client.listPrompts()).prompts).toEqual([])
  })
})
