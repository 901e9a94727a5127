import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testKey } from '../harness/running-gateway.js'
import { spawnCli } from './run-cli.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-stdio-'))
  const roles = { reader: { grants: [{ service: '*', resource: '*', verbs: ['read'] }] } }
  const keys = [{ name: 'reader', roles: ['reader'], key: testKey('reader') }]
  const config = { services: { files: { type: 'local_file', root: folder } }, roles, keys }
  await writeFile(join(folder, 'gatehouse.yaml'), JSON.stringify(config))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it.each([
  ['a key that is not good', ['--key', testKey('nobody')], 'These credentials are not valid'],
  ['an endpoint that is not there', ['--key', testKey('reader'), '--endpoint', 'nope'], 'no MCP endpoint `nope`'],
])('mcp --stdio ends with %s, and does not keep its client waiting', async (_what, args, says) => {
  // Its standard input stays open, as that of a client does.
  const { code, out, err } = await spawnCli(['mcp', '--stdio', ...args], folder).ended
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain(says)
})
