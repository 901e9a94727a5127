import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from './run-cli.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-who-can-'))
  const auditor = {
    grants: [
      {
        service: 'system',
        resource: 'audit',
        verbs: ['read'],
        fields: { deny: ['event'] },
        rows: "tenant = 'default'",
      },
      { service: 'system', resource: 'users', verbs: ['read'], fields: { allow: ['name', 'email'] } },
    ],
  }
  await writeFile(join(folder, 'gatehouse.yaml'), JSON.stringify({ services: {}, roles: { auditor } }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it("who-can tells of Gatehouse's own data too: who may read the audit", async () => {
  const { code, out } = await runCli(['who-can', 'auditor'], folder)
  expect(code).toBe(0)
  expect(out).toMatch(/^system audit +read +rows: tenant = 'default'; hidden: event$/m)
  expect(out).toMatch(/^system users +read +only: email, name$/m)
  const json = JSON.parse((await runCli(['who-can', 'auditor', '--json'], folder)).out)
  expect(json).toMatchObject([{ service: 'system', resource: 'audit' }, { resource: 'users' }])
})
