import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serveFixture } from './server.js'

/** The official suite, at the version that the fixture was made for; it wants a newer Node than we do. */
const suite = ['-y', '-p', 'node@24', '-p', '@modelcontextprotocol/conformance@0.2.0-alpha.12', '-c']

let folder: string
let fixture: Awaited<ReturnType<typeof serveFixture>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-mcp-'))
  fixture = await serveFixture(0)
})
afterAll(async () => {
  fixture.server.closeAllConnections()
  fixture.server.close()
  await rm(folder, { recursive: true, force: true })
})

it.for(['2026-07-28', '2025-11-25'])(
  'passes the official suite in full: %s',
  { timeout: 240_000 },
  async (requirements, { skip }) => {
    const command = `conformance server --url ${fixture.url} --requirements ${requirements} -o ${folder}`
    const { code, output } = await run('npx', [...suite, command])
    const summary = output.split('=== SUMMARY ===')[1]
    if (summary === undefined && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|E404/.test(output)) {
      skip('the conformance suite cannot be had from the npm registry here')
    }
    const [all = '', notScored = ''] = (summary ?? output).split('Not scored')
    // Extensions that we do not have are run by the suite for visibility; they are no part of the requirements.
    const failed = namesOf(all, '✗').filter((name) => !namesOf(notScored, '✗').includes(name))
    expect(failed).toEqual([])
    expect(namesOf(all, '✓').length).toBeGreaterThan(25)
    expect(code).toBe(0)
  },
)

function namesOf(summary: string, mark: string): readonly string[] {
  return [...summary.matchAll(new RegExp(`${mark} ([\\w-]+)`, 'g'))].map((found) => found[1] ?? '')
}

function run(command: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += String(chunk)
    })
    child.stderr.on('data', (chunk) => {
      output += String(chunk)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
