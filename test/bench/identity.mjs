// node test/bench/identity.mjs: what a caller who is known costs over REST and MCP, with ten and with ten thousand users,
// keys and roles; what a start costs with them, and how long a change of one role takes to hold.
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
    oauth: { clients: [{ name: 'machine', roles: ['role1'] }] },
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
  const [{ id, secret }] = gateway.made.clients
  const token = await fetch(`${gateway.url}/mcp/default/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
  })
  const { access_token: access } = await token.json()
  const result = { count, 'start ms': Math.round(start) }
  const key = keyText(count - 1)
  const ways = {
    'key, REST': { credentials: { apiKey: key }, headers: { 'x-api-key': key }, call: callRest },
    'session, REST': { credentials: { bearer }, headers: { authorization: `Bearer ${bearer}` }, call: callRest },
    'key, MCP': {
      credentials: { apiKey: key, endpoint: 'default' },
      headers: { 'x-api-key': key },
      call: callMcp,
    },
    'access token, MCP': {
      credentials: { bearer: access, endpoint: 'default' },
      headers: { authorization: `Bearer ${access}` },
      call: callMcp,
    },
  }
  for (const [name, { credentials, headers, call }] of Object.entries(ways)) {
    await gateway.pipeline.authenticate(credentials)
    const before = process.cpuUsage()
    for (let i = 0; i < 100_000; i++) {
      const known = gateway.pipeline.authenticate(credentials)
      if (known instanceof Promise) await known
    }
    const { user, system } = process.cpuUsage(before)
    result[`${name}: µs to know`] = Math.round((user + system) / 1000) / 100
    for (let i = 0; i < calls / 10; i++) await call(gateway.url, headers)
    const first = process.cpuUsage()
    for (let i = 0; i < calls; i++) await call(gateway.url, headers)
    const all = process.cpuUsage(first)
    result[`${name}: µs a call, client too`] = Math.round((all.user + all.system) / calls)
  }
  // Without Redis: the other replica looks at the store now and then.
  const replica = await openGateway(loaded.config, { keyFile: join(folder, `key-${count}`) })
  Object.assign(result, await changeRole(gateway, replica, bearer, count))
  await replica.close()
  await gateway.close()
  return result
}

async function callRest(url, headers) {
  const reply = await fetch(`${url}/api/v2/shop/_table/notes/1`, { headers })
  if (reply.status !== 200) throw new Error(await reply.text())
  await reply.arrayBuffer()
}

const toolCall = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'shop_get_table_data', arguments: { table_name: 'notes', limit: 1 } },
})

async function callMcp(url, headers) {
  const reply = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: toolCall,
  })
  const text = await reply.text()
  if (reply.status !== 200 || !text.includes('resource')) throw new Error(text)
}

/** As many roles and grants in the store again; then one of them changes, over the API, until it holds on both replicas. */
async function changeRole(gateway, replica, bearer, count) {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  const send = async (method, path, body) => {
    const reply = await fetch(`${gateway.url}/api/v2/system/${path}`, { method, headers, body: JSON.stringify(body) })
    if (reply.status !== 200) throw new Error(await reply.text())
    return reply.json()
  }
  for (let from = 0; from < count; from += 500) {
    const part = Array.from({ length: Math.min(500, count - from) }, (_, i) => ({ name: `made${from + i}` }))
    const { resource } = await send('POST', 'roles', { resource: part })
    const grants = resource.map(({ id }) => ({ role_id: id, service: 'shop', resource: '*', verbs: ['read'] }))
    await send('POST', 'grants', { resource: grants })
  }
  const { resource } = await send('POST', 'grants', {
    resource: [
      { role_id: (await send('POST', 'roles', { name: 'last' })).id, service: 'shop', resource: '*', verbs: ['read'] },
    ],
  })
  const { key } = await send('POST', 'api_keys', { name: 'last', roles: ['last'] })
  const status = async () => {
    const reply = await fetch(`${replica.url}/api/v2/shop/_table/notes`, { headers: { 'x-api-key': key } })
    await reply.arrayBuffer()
    return reply.status
  }
  const holds = async (wanted) => {
    while ((await status()) !== wanted) await new Promise((next) => setTimeout(next, 5))
  }
  await holds(200)
  const here = []
  const there = []
  for (const [verbs, wanted] of [
    ['create', 403],
    ['read', 200],
    ['create', 403],
    ['read', 200],
    ['create', 403],
  ]) {
    const began = performance.now()
    await send('PATCH', `grants/${resource[0].id}`, { verbs: [verbs] })
    here.push(performance.now() - began)
    await holds(wanted)
    there.push(performance.now() - began)
  }
  const median = (times) => Math.round(times.sort((a, b) => a - b)[2])
  return { 'change of a role, ms': median(here), 'on the other replica, ms': median(there) }
}

try {
  const few = await measure(10)
  const many = await measure(10_000)
  const row = (name) => [
    name,
    { [few.count]: few[name], [many.count]: many[name], times: ratio(many[name], few[name]) },
  ]
  console.table(Object.fromEntries(Object.keys(few).map(row)))
} finally {
  rmSync(folder, { recursive: true })
}

function ratio(many, few) {
  return Math.round((many / few) * 100) / 100
}
