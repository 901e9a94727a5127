import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { runCli, spawnCli } from '../cli/run-cli.js'
import { signIn } from './person.js'

const system = '/api/v2/system'

// Five starts of the command line, each of which may have to compile first.
it('rotate-key seals the secrets of a service that runs with a new key', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-rotate-'))
  try {
    const shop = new SqliteDatabase(join(folder, 'shop.db'))
    shop.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1)')
    shop.close()
    await mkdir(join(folder, 'data'))
    await writeFile(
      join(folder, 'gatehouse.yaml'),
      stringify({ store: { url: 'sqlite:./data/gatehouse.db' }, services: {}, log: { level: 'error' } }),
    )
    const first = spawnCli(['start', '--port', '0'], folder)
    const said = await first.printed('For an MCP client')
    const url = /REST +(http\S+)\/api\/v2/.exec(said)?.[1] ?? ''
    const password = /Administrator "admin", password \(shown only now\): (\S+)/.exec(said)?.[1] ?? ''
    const admin = await signIn(url, 'admin', password)
    const service = (name: string) =>
      admin.post(`${system}/services`, { name, type: 'sqlite', config: { connection: join(folder, 'shop.db') } })
    expect((await service('one')).status).toBe(200)
    const before = await readFile(join(folder, 'data', 'secret.key'), 'utf8')

    const rotated = await runCli(['rotate-key'], folder)
    expect(rotated.code, rotated.err).toBe(0)
    expect(rotated.out).toContain('1 secret is sealed with the new key')
    const after = await readFile(join(folder, 'data', 'secret.key'), 'utf8')
    expect(after.split('\n')).toHaveLength(3)
    expect(after.endsWith(before)).toBe(true)
    expect((await stat(join(folder, 'data', 'secret.key'))).mode & 0o777).toBe(0o600)

    // The process that runs reads what the new key has sealed, and seals with it.
    expect((await admin.post(`${system}/limits`, { per: 'instance', rate: 100_000, period: 'hour' })).status).toBe(200)
    expect((await admin.get('/api/v2/one/_table/notes')).body.resource).toEqual([{ id: 1 }])
    expect((await service('two')).status).toBe(200)
    const again = await runCli(['rotate-key'], folder)
    expect(again.out).toContain('2 secrets are sealed with the new key')
    first.child.kill('SIGTERM')
    await first.ended

    const second = spawnCli(['start', '--port', '0'], folder)
    const next = /REST +(http\S+)\/api\/v2/.exec(await second.printed('For an MCP client'))?.[1] ?? ''
    // What else is made of the installation's key has stayed: sessions, and the seals of the audit.
    const { get } = await signIn(next, 'admin', password)
    for (const name of ['one', 'two']) expect((await get(`/api/v2/${name}/_table/notes`)).status, name).toBe(200)
    second.child.kill('SIGTERM')
    await second.ended
    expect((await runCli(['audit', 'verify'], folder)).code).toBe(0)

    const store = new SqliteDatabase(join(folder, 'data', 'gatehouse.db'), { readonly: true })
    const sealed = store.prepare('SELECT sealed, config FROM services').all() as { sealed: string }[]
    store.close()
    for (const row of sealed) expect(row.sealed).toMatch(/^v2\./)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

it('rotate-key asks for both keys where they are in the environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-rotate-'))
  try {
    await writeFile(join(folder, 'gatehouse.yaml'), stringify({ store: { url: 'sqlite:./data/gatehouse.db' } }))
    const [old, fresh] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')]
    const one = await runCli(['rotate-key'], folder, { GATEHOUSE_KEY: old })
    expect([one.code, one.err]).toEqual([1, expect.stringContaining('GATEHOUSE_KEY=NEW,OLD')])
    expect((await runCli(['rotate-key'], folder, { GATEHOUSE_KEY: `${fresh},${old}` })).code).toBe(0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
