// node test/bench/identity.mjs: what a caller who is known costs, with ten and with ten thousand users, keys and roles.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectorTypes } from '@gatehouse/connectors'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { loadConfig, openGateway } from '@gatehouse/gateway'

const calls = 3_000
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-identity-'))
const shop = new SqliteDatabase(join(folder, 'shop.db'))
shop.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1)')
shop.close()

/** As many keys and roles in the file, half as many more over the API would do the same: all are one map. */
function configuration(count, store) {
  const roles = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `role${i}`,
      { grants: [{ service: 'shop', resource: '*', verbs: ['read'] }] },
    ]),
  )
  return JSON.stringify({
    server: { port: 0 },
    store: { url: `sqlite:${store}` },
    services: { shop: { type: 'sqlite', connection: join(folder, 'shop.db'), refresh: '0' } },
    roles,
    keys: Array.from({ length: count }, (_, i) => ({ name: `key${i}`, roles: [`role${i}`], key: keyText(i) })),
    log: { level: 'error' },
  })
}

const keyText = (i) => `bench-key-${String(i).padStart(6, '0')}-0123456789abcdef`

/** Rows as the system service would make them, without ten thousand hashes of passwords. */
function addUsers(store, count) {
  const database = new SqliteDatabase(store)
  const add = database.prepare(
    `INSERT INTO users (tenant, name, login, provider, roles, attributes, active, created, changed)
     VALUES ('default', ?, ?, 'local', '["role1"]', '{}', 1, '2026-01-01', '2026-01-01')`,
  )
  database.transaction(() => {
    for (let i = 0; i < count; i++) add.run(`user${i}`, `user${i}`)
  })()
  database.close()
}

async function measure(count) {
  const store = join(folder, `store-${count}.db`)
  const loaded = loadConfig(configuration(count, store), {}, connectorTypes)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  const began = performance.now()
  const gateway = await openGateway(loaded.config, { keyFile: join(folder, `key-${count}`) })
  const start = performance.now() - began
  addUsers(store, count)
  const [{ password }] = gateway.made.users
  const signedIn = await fetch(`${gateway.url}/api/v2/user/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'admin', password }),
  })
  const { session_token: bearer } = await signedIn.json()
  const ways = { key: { apiKey: keyText(count - 1) }, session: { bearer } }
  const result = { count, 'start ms': Math.round(start) }
  for (const [name, credentials] of Object.entries(ways)) {
    const headers = credentials.apiKey ? { 'x-api-key': credentials.apiKey } : { authorization: `Bearer ${bearer}` }
    await gateway.pipeline.authenticate(credentials)
    const before = process.cpuUsage()
    for (let i = 0; i < 100_000; i++) {
      const known = gateway.pipeline.authenticate(credentials)
      if (known instanceof Promise) await known
    }
    const { user, system } = process.cpuUsage(before)
    result[`${name}: µs to know`] = Math.round((user + system) / 1000) / 100
    const first = process.cpuUsage()
    for (let i = 0; i < calls; i++) {
      const reply = await fetch(`${gateway.url}/api/v2/shop/_table/notes/1`, { headers })
      if (reply.status !== 200) throw new Error(await reply.text())
      await reply.arrayBuffer()
    }
    const all = process.cpuUsage(first)
    result[`${name}: µs a call, client too`] = Math.round((all.user + all.system) / calls)
  }
  await gateway.close()
  return result
}

try {
  console.table([await measure(10), await measure(10_000)])
} finally {
  rmSync(folder, { recursive: true })
}
