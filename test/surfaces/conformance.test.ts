import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'

/** The official suite against a real database: what needs no tools, prompts and resources of the suite's own passes. */
const suite = ['-y', '-p', 'node@24', '-p', '@modelcontextprotocol/conformance@0.2.0-alpha.12', '-c']

const passing = {
  '2026-07-28': [
    'completion-complete',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'sep-2164-resource-not-found',
    'prompts-list',
    'dns-rebinding-protection',
    'caching',
    'input-required-result-missing-input-response',
    'input-required-result-unsupported-methods',
    'input-required-result-ignore-extra-params',
    'input-required-result-validate-input',
    'http-header-validation',
  ],
  '2025-11-25': [
    'server-initialize',
    'ping',
    'completion-complete',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'prompts-list',
    'dns-rebinding-protection',
    'server-session-lifecycle',
    'server-sse-polling',
  ],
} as const

/** How the suite says that a tool, prompt, resource or capability of its own fixture is not there. */
const needsFixture =
  /Unknown (tool|prompt): test_|Not testable: server (does not list the diagnostic tool|exposes no tool with x-mcp-header)|Resource not found$|Method not found: (logging\/setLevel|resources\/subscribe)|'json_schema_2020_12_tool' not found|Expected InputRequiredResult|could not get initial InputRequiredResult/

let folder: string
let gateway: SampleGateway
let proxy: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'))
  gateway = await startSampleGateway()
  proxy = await withKey(gateway)
})
afterAll(async () => {
  proxy.closeAllConnections()
  proxy.close()
  await gateway.close()
  await rm(folder, { recursive: true, force: true })
})

it.for(['2026-07-28', '2025-11-25'] as const)(
  'passes what needs no fixture: %s',
  { timeout: 240_000 },
  async (requirements, { skip }) => {
    const output = join(folder, requirements)
    const { port } = proxy.address() as AddressInfo
    const command = `conformance server --url http://localhost:${port}/mcp --requirements ${requirements} -o ${output}`
    const printed = await run('npx', [...suite, command])
    const summary = printed.split('=== SUMMARY ===')[1]
    if (summary === undefined && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|E404/.test(printed)) {
      skip('the conformance suite cannot be had from the npm registry here')
    }
    const passed = [...(summary ?? printed).matchAll(/✓ ([\w-]+)/g)].map(([, name]) => name)
    expect(passed).toEqual(expect.arrayContaining([...passing[requirements]]))
    expect((await failuresIn(output)).filter((failure) => !needsFixture.test(failure))).toEqual([])
  },
)

/** What failed, of all that is scored or may be, without extensions that we do not have. */
async function failuresIn(results: string): Promise<readonly string[]> {
  const failures: string[] = []
  for (const scenario of await readdir(results)) {
    if (scenario.startsWith('server-tasks-')) continue
    const checks = JSON.parse(await readFile(join(results, scenario, 'checks.json'), 'utf8'))
    for (const { status, id, errorMessage } of checks) {
      if (status === 'FAILURE') failures.push(`${id}: ${String(errorMessage).split('. Tools: ')[0]}`)
    }
  }
  return failures
}

/** The suite sends no credentials: this stands in between and adds the key, and changes nothing else. */
function withKey({ url, key }: SampleGateway): Promise<Server> {
  const { hostname, port } = new URL(url)
  const server = createServer((incoming, response) => {
    const headers = { ...incoming.headers, 'x-api-key': key('admin') }
    const outgoing = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
      })
    }
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })
}
