import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { agree } from './browser.js'
import { freePort } from './free-port.js'
import { startWorld, type World } from './world.js'

/** The official suite for authorization servers; it wants a newer Node than we do. */
const suite = ['-y', '-p', 'node@24', '-p', '@modelcontextprotocol/conformance@0.2.0-alpha.12', '-c']

let world: World
let folder: string
beforeAll(async () => {
  world = await startWorld()
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'))
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

it('passes the official suite for authorization servers in full', { timeout: 240_000 }, async ({ skip }) => {
  const port = await freePort()
  const client = await world.register({ redirect_uris: [`http://127.0.0.1:${port}/callback`] })
  const options = `--client-id ${client} --resource ${world.url}/mcp --port ${port} -o ${folder}`
  // It prints an address for a person to open.
  const output = await run(`conformance authorization --url ${world.url} ${options}`, async (address) => {
    await fetch(await agree(world.browser(), address, world.account))
  })
  const summary = output.split('=== SUMMARY ===')[1]
  if (summary === undefined && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|E404/.test(output)) {
    skip('the conformance suite cannot be had from the npm registry here')
  }
  expect(output).not.toMatch(/WARNING|SKIPPED/)
  expect(
    [...(summary ?? output).matchAll(/^[^\w\s] ([\w-]+): (\d+) passed, (\d+) failed/gm)].map((found) => found.slice(1)),
  ).toEqual([
    ['authorization-server-metadata-endpoint', '2', '0'],
    ['authorization-code-grant', '1', '0'],
  ])
})

function run(command: string, open: (address: string) => Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', [...suite, command], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let opened = false
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
        const address = /^(http\S+\/authorize\?\S+)$/m.exec(output)?.[1]
        if (opened || address === undefined) return
        opened = true
        open(address).catch(reject)
      })
    }
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })
}
