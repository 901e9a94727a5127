import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../cli/run-cli.js'
import { agree } from './browser.js'
import { freePort } from './free-port.js'
import { startWorld, type World } from './world.js'

let world: World
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-mcp-remote-'))
  world = await startWorld()
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

/** mcp-remote as a client that starts programs has it: lines on its standard input and output. */
function start(port: number, more: readonly string[]) {
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules', 'mcp-remote', 'dist', 'proxy.js'),
      `${world.url}/mcp`,
      String(port),
      ...['--allow-http', '--transport', 'http-only', '--host', '127.0.0.1', ...more],
    ],
    {
      cwd: folder,
      env: {
        // Without anything that could open a browser.
        PATH: '',
        HOME: folder,
        MCP_REMOTE_CONFIG_DIR: join(folder, String(port)),
      },
    },
  )
  let log = ''
  const told = new Promise<URL>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      log += String(chunk)
      const found = /Please authorize this client by visiting:\s+(\S+)/.exec(log)?.[1]
      if (found !== undefined) resolve(new URL(found))
    })
    child.on('exit', () => reject(new Error(log)))
  })
  told.catch(() => undefined)
  return { child, told, transport: transportOf(child), log: () => log }
}

function transportOf(child: ChildProcessWithoutNullStreams): Transport {
  let rest = ''
  const transport: Transport = {
    async start() {
      child.stdout.on('data', (chunk) => {
        const lines = (rest + String(chunk)).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (line.trim() !== '') transport.onmessage?.(JSON.parse(line) as JSONRPCMessage)
      })
      child.on('exit', () => transport.onclose?.())
    },
    async send(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`)
    },
    async close() {
      child.kill()
    },
  }
  return transport
}

const ways: readonly (readonly [string, (port: number) => readonly string[] | 'no certificate'])[] = [
  ['registers itself', () => []],
  [
    'has a metadata document',
    (port) => {
      const url = world.documents?.put(`/${port}.json`, (id) => ({
        client_id: id,
        client_name: 'mcp-remote',
        redirect_uris: [`http://127.0.0.1:${port}/oauth/callback`],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
      }))
      return url === undefined ? 'no certificate' : ['--client-metadata-url', url]
    },
  ],
  [
    'was made by an administrator',
    () => {
      const information = { client_id: 'remote@default', client_secret: world.secret('remote@default') }
      return ['--static-oauth-client-info', JSON.stringify(information)]
    },
  ],
]

it.for(ways)('mcp-remote goes from a bare 401 to a tool call when it %s', async ([, argumentsFor], { skip }) => {
  const port = await freePort()
  const more = argumentsFor(port)
  if (more === 'no certificate') return skip('openssl cannot be had here, so no certificate can be made')
  const { child, told, transport, log } = start(port, more)
  const client = new Client({ name: 'test', version: '1.0.0' })
  try {
    const connecting = client.connect(transport)
    connecting.catch(() => undefined)
    const back = await agree(world.browser(), (await told).href, world.account)
    expect(back.host).toBe(`127.0.0.1:${port}`)
    expect((await fetch(back)).status).toBe(200)
    await connecting
    const result = await client.callTool({
      name: 'salesdb_get_table_data',
      arguments: { table_name: 'tags', limit: 1 },
    })
    expect(JSON.stringify(result.content), log()).toContain('rows')
    const written = await client.callTool({
      name: 'salesdb_create_records',
      arguments: { table_name: 'tags', records: [{ name: `of ${port}` }] },
    })
    expect(written.isError ?? false, log()).toBe(false)
  } finally {
    await client.close()
    child.kill()
  }
})
