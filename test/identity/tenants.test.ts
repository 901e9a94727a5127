import type { JsonObject } from '@gatehouse/core'
import { afterAll, describe, expect, it } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { keepOpen } from '../harness/keep-open.js'
import { type RunningGateway, testKey } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { memberToken } from '../oauth/browser.js'
import { mcpRequest, postJson } from '../oauth/oauth-client.js'
import { administrator, caller, goodPassword, type Person, signIn } from './person.js'
import { openPlace, type Place } from './places.js'

const everything = ['read', 'create', 'update', 'delete', 'execute']
const names = ['acme', 'globex'] as const
type Name = (typeof names)[number]

/** An open stream of MCP, once it is acknowledged; `rest` is what comes until it ends, which must be soon. */
async function listenWith(key: string, url: string): Promise<{ rest(): Promise<string> }> {
  const params = { notifications: { toolsListChanged: true } }
  const request = mcpRequest('subscriptions/listen', params, { 'x-api-key': key })
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(10_000) })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toContain('acknowledged')
  return {
    async rest() {
      let text = ''
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) text += next.value
      return text
    },
  }
}

/** What a route needs to look at who calls. */
const bodyFor = (path: string): JsonObject =>
  path === '/user/password' ? { old_password: goodPassword, new_password: goodPassword } : {}

describe.each([sqlite, postgres])('tenants on $name', (backend) => {
  let place: Place
  const shops: OpenBackend[] = []
  let gateway: RunningGateway
  const admins = new Map<Name, Person>()

  const tenant = async (name: Name): Promise<JsonObject> => {
    const shop = there(await sqlite.open())
    shops.push(shop)
    await shop.run([
      `CREATE TABLE ${name}_notes (id INTEGER PRIMARY KEY, word TEXT)`,
      `INSERT INTO ${name}_notes VALUES (1, 'secret of ${name}')`,
    ])
    return {
      label: `${name} Ltd`,
      services: { shop: shop.service, [`own-${name}`]: shop.service },
      roles: { everyone: { grants: [{ service: '*', resource: '*', verbs: everything }] } },
      keys: [{ name: 'tool', roles: ['everyone'], key: testKey(`tool-of-${name}`) }],
      limits: [{ per: 'key', rate: name === 'acme' ? 100_000 : 200_000, period: 'hour' }],
      mcp: { default: {}, [`only-${name}`]: {} },
    }
  }

  afterAll(async () => {
    for (const shop of shops) await shop.close()
  })
  keepOpen({ name: backend.name, open: () => openPlace(backend) }, async (opened) => {
    place = opened
    gateway = await place.start({ tenants: { acme: await tenant('acme'), globex: await tenant('globex') } })
    for (const name of names) {
      const admin = await administrator(gateway, name)
      admins.set(name, admin)
      const made = await admin.post(`/t/${name}/api/v2/system/users`, {
        name: 'ann',
        label: `Ann of ${name}`,
        password: `${goodPassword} ${name}`,
        roles: ['everyone'],
      })
      if (made.status !== 200) throw new Error(made.text)
    }
  })

  /** A token for the root's endpoint of a user of the default tenant, who is a member of both, in one of them. */
  async function member(name: Name): Promise<string> {
    const root = await administrator(gateway)
    const user = { name: 'mia', password: goodPassword, roles: [] }
    const made = await root.post('/api/v2/system/users', user)
    const listed = made.status === 200 ? await root.get('/api/v2/system/tenants?order=name') : undefined
    for (const { id } of listed?.body.resource ?? []) {
      const membership = { user_id: made.body.id, tenant_id: id, roles: ['everyone'] }
      const reply = await root.post('/api/v2/system/memberships', membership)
      expect(reply.status, reply.text).toBe(200)
    }
    const registered = await postJson(`${gateway.url}/mcp/default/register`, {
      redirect_uris: ['http://127.0.0.1:53682/callback'],
      token_endpoint_auth_method: 'none',
    })
    const account = { user: user.name, password: user.password }
    return memberToken(gateway.url, registered.body.client_id, account, name)
  }

  const admin = (name: Name): Person => admins.get(name) ?? caller('', {})

  it('each have their own services, users, keys, limits and endpoints', async () => {
    for (const name of names) {
      const key = caller(gateway.url, { 'x-api-key': testKey(`tool-of-${name}`) })
      const listed = await key.get(`/t/${name}/api/v2`)
      expect(listed.body.services.map((s: { name: string }) => s.name)).toEqual(
        [`own-${name}`, 'shop', 'system'].sort(),
      )
      const read = await key.get(`/t/${name}/api/v2/shop/_table/${name}_notes`)
      expect(read.body.resource, read.text).toEqual([{ id: 1, word: `secret of ${name}` }])
      expect(read.headers.get('ratelimit-limit')).toBe(name === 'acme' ? '100000' : '200000')
      const ann = await signIn(gateway.url, 'ann', `${goodPassword} ${name}`, `/t/${name}`)
      expect((await ann.get(`/t/${name}/api/v2/user/session`)).body.label).toBe(`Ann of ${name}`)
      const tables = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'all_get_tables', arguments: {} } }
      expect((await key.post(`/t/${name}/mcp/only-${name}`, tables)).text).toContain(`${name}_notes`)
    }
  })

  it('are unknown to one another: every route and tool of one refuses the credentials of the other', async () => {
    const [one, other] = names
    const session = await signIn(gateway.url, 'ann', `${goodPassword} ${other}`, `/t/${other}`)
    const strangers: [string, Record<string, string>][] = [
      ['key', { 'x-api-key': testKey(`tool-of-${other}`) }],
      ['key as bearer', { authorization: `Bearer ${testKey(`tool-of-${other}`)}` }],
      ['session', { authorization: `Bearer ${session.token}` }],
      ['session of its administrator', { authorization: `Bearer ${admin(other).token}` }],
      ['password', { authorization: `Basic ${Buffer.from(`ann:${goodPassword} ${other}`).toString('base64')}` }],
      ['key of the default tenant', { 'x-api-key': gateway.key('admin') }],
      ['session of the default tenant', { authorization: `Bearer ${(await administrator(gateway)).token}` }],
      ['token of a member', { authorization: `Bearer ${await member(other)}` }],
      // Members come in at the root, and nowhere else.
      ['token of an own member', { authorization: `Bearer ${await member(one)}` }],
    ]
    const routes: [string, string][] = []
    const document = await admin(one).get(`/t/${one}/api/v2/api_docs`)
    expect(document.status, document.text.slice(0, 200)).toBe(200)
    for (const [path, methods] of Object.entries<Record<string, JsonObject>>(document.body.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        // Signing in is open to strangers.
        if (JSON.stringify(operation.security) === '[]') continue
        routes.push([method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, '1')])
      }
    }
    expect(routes.length).toBeGreaterThan(60)
    for (const [what, headers] of strangers) {
      const stranger = caller(gateway.url, headers)
      for (const [method, path] of routes) {
        const body = method === 'GET' || method === 'DELETE' ? undefined : bodyFor(path)
        const reply = await stranger.send(method, `/t/${one}/api/v2${path}`, body)
        // Who tries a password again and again waits.
        const refused = what === 'password' ? [401, 429] : [401]
        expect(refused, `${what}: ${method} ${path} ${reply.text}`).toContain(reply.status)
        expect(reply.text).not.toMatch(/acme_|secret of|own-acme/)
      }
      for (const endpoint of ['', `/only-${one}`]) {
        const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
        expect((await stranger.post(`/t/${one}/mcp${endpoint}`, list)).status, what).toBe(401)
      }
    }
    const tools = await caller(gateway.url, { 'x-api-key': testKey(`tool-of-${one}`) }).post(`/t/${one}/mcp`, {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
      params: {},
    })
    for (const { name } of tools.body.result.tools) {
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }
      const refused = await caller(gateway.url, { 'x-api-key': testKey(`tool-of-${other}`) }).post(
        `/t/${one}/mcp`,
        call,
      )
      expect(refused.status, name).toBe(401)
    }
  })

  it('show a member of one nothing of another, by no tool and under no name', async () => {
    const [one, other] = names
    const token = await member(one)
    const rpc = (method: string, params: JsonObject = {}, services = '') =>
      caller(gateway.url, { authorization: `Bearer ${token}` }).post(`/mcp${services}`, {
        jsonrpc: '2.0',
        id: 1,
        method,
        params,
      })
    const inputs: JsonObject[] = [
      {},
      { table_name: `${other}_notes` },
      { table_name: `${one}_notes` },
      { service: `own-${other}` },
      { query: other },
      { table_name: 'users', service_name: 'system' },
    ]
    let answers = 0
    // All of them stand behind three; those of one service are listed one by one.
    for (const services of ['', '?services=shop', `?services=own-${one}`, `?services=own-${other}`]) {
      const listed = await rpc('tools/list', {}, services)
      expect(listed.status, listed.text).toBe(200)
      expect(listed.text).not.toMatch(/globex|notes of two teams/)
      const tools: { name: string }[] = listed.body.result.tools
      for (const { name } of tools.filter((tool) => !/delete|drop|remove/.test(tool.name))) {
        for (const input of inputs) {
          const answer = await rpc('tools/call', { name, arguments: input }, services)
          answers++
          // What was asked for may be said again, and nothing else of it.
          const said = answer.text.replaceAll(`own-${other}`, '').replaceAll(`${other}_notes`, '')
          expect(said, `${name} ${JSON.stringify(input)}`).not.toMatch(/globex|notes of two teams/)
        }
      }
    }
    expect(answers).toBeGreaterThan(50)
    const own = await rpc('tools/call', { name: 'all_get_tables', arguments: {} })
    expect(own.text).toContain(`${one}_notes`)
    // Of those who are members, and where else, a tenant learns nothing.
    for (const table of ['users', 'sessions', 'oauth_clients', 'api_keys']) {
      const rows = await admin(one).get(`/t/${one}/api/v2/system/${table}?limit=1000`)
      expect(rows.text, table).not.toMatch(/"mia"|globex/)
    }
  })

  it('do not find one another’s rows by any question to the system service', async () => {
    const [one, other] = names
    const system = `/t/${one}/api/v2/system`
    for (const table of [
      'users',
      'sessions',
      'api_keys',
      'roles',
      'grants',
      'services',
      'limits',
      'mcp_endpoints',
      'audit',
    ]) {
      const all = await admin(one).get(`${system}/${table}?limit=1000&include_count=true`)
      expect(all.status, all.text).toBe(200)
      if (table !== 'audit') expect(all.body.meta.count).toBe(all.body.resource.length)
      expect(all.text).not.toMatch(new RegExp(other))
      const foreign = await admin(other).get(`/t/${other}/api/v2/system/${table}?limit=1000&fields=id`)
      const ids = foreign.body.resource.map(({ id }: { id: number }) => id)
      const own = new Set(all.body.resource.map(({ id }: { id: number }) => id))
      for (const id of ids) expect(own.has(id)).toBe(false)
      const [first] = ids
      if (first === undefined) continue
      expect((await admin(one).get(`${system}/${table}/${first}`)).status, `${table}/${first}`).toBe(404)
      expect(
        (await admin(one).get(`${system}/${table}?filter=id%3D${first}%20or%20id%3D${first}`)).body.resource,
      ).toEqual([])
      expect((await admin(one).get(`${system}/${table}?ids=${ids.join()}`)).text).not.toContain(other)
      const grouped = await admin(one).get(
        `${system}/${table}/_aggregate?aggregates=${encodeURIComponent('[{"function":"count"}]')}`,
      )
      if (grouped.status === 200 && table !== 'audit') {
        expect(grouped.body.resource[0].count, grouped.text).toBe(all.body.resource.length)
      }
      for (const [method, body] of [
        ['PATCH', { description: 'x', label: 'x', revoked: true, deny: true, rate: 1, read_only: true }],
        ['DELETE', undefined],
      ] as const) {
        const refused = await admin(one).send(method, `${system}/${table}/${first}`, body)
        expect([400, 404, 405], `${method} ${table} ${refused.text}`).toContain(refused.status)
      }
    }
    const foreignUser = (await admin(other).get(`/t/${other}/api/v2/system/users`)).body.resource[0].id
    expect((await admin(one).post(`${system}/reset_codes`, { user_id: foreignUser })).status).toBe(400)
    expect((await admin(one).send('PATCH', `${system}/users?ids=${foreignUser}`, { active: false })).status).toBe(404)
    const foreignRole = (await admin(other).get(`/t/${other}/api/v2/system/roles`)).body.resource[0].id
    const grant = { role_id: foreignRole, service: '*', resource: '*', verbs: ['read'] }
    expect((await admin(one).post(`${system}/grants`, grant)).status).toBe(400)
    const path = 'sessions_by_user_id.users_by_user_id'
    const related = await admin(one).get(`${system}/users?related=${path}`)
    expect(related.status, related.text).toBe(200)
    expect(related.text).not.toContain(`Ann of ${other}`)
    const sessions = await admin(one).get(
      `${system}/sessions?filter=${encodeURIComponent("users_by_user_id.label = 'Ann of globex'")}`,
    )
    expect(sessions.body.resource, sessions.text).toEqual([])
  })

  it('cannot be told from tenants that do not exist', async () => {
    const bare = (reply: { status: number; body: { error: JsonObject } }) => {
      const { request_id: _id, ...error } = reply.body.error
      return [reply.status, error]
    }
    const asked = async (name: string) => [
      bare(await caller(gateway.url, {}).get(`/t/${name}/api/v2`)),
      bare(await caller(gateway.url, {}).get(`/t/${name}/api/v2/shop/_table/acme_notes`)),
      bare(await caller(gateway.url, { 'x-api-key': 'gh_x' }).get(`/t/${name}/api/v2/system/users`)),
      bare(await caller(gateway.url, {}).post(`/t/${name}/mcp`, {})),
      bare(
        await caller(gateway.url, {}).post(`/t/${name}/api/v2/user/session`, { user: 'zoe', password: 'wrong words' }),
      ),
    ]
    expect(await asked('acme')).toEqual(await asked('nothing-here'))
    for (const path of [
      '/t/acme',
      '/t/acme/metrics',
      '/t/acme/docs',
      '/t/default/api/v2',
      '/t/ACME/api/v2',
      '/t//api/v2',
      '/t/-/api/v2',
    ]) {
      expect((await caller(gateway.url, {}).get(path)).status, path).toBe(404)
    }
  })

  it('have tenants for the default one alone, come with an administrator, and go with all that is theirs', async () => {
    const root = await administrator(gateway)
    const system = '/api/v2/system'
    for (const name of names) {
      const listed = await admin(name).get(`/t/${name}${system}/tenants`)
      expect(listed.status).toBe(404)
      expect((await admin(name).post(`/t/${name}${system}/tenants`, { name: 'mine' })).status).toBe(404)
    }
    expect((await root.get(`${system}/tenants?order=name`)).body.resource).toMatchObject([
      { name: 'acme', source: 'file' },
      { name: 'globex', source: 'file' },
    ])
    expect((await root.post(`${system}/tenants`, { name: 'default' })).status).toBe(409)
    expect((await root.post(`${system}/tenants`, { name: 'a/b' })).status).toBe(400)
    const made = await root.post(`${system}/tenants`, { name: 'initech' })
    expect(made.status, made.text).toBe(200)
    const boss = await signIn(gateway.url, made.body.administrator, made.body.password, '/t/initech')
    expect((await boss.get('/t/initech/api/v2')).body.services).toMatchObject([{ name: 'system' }])
    // Its administrator does not get at the disk of the machine, where the store of all tenants may be.
    const disk = { name: 'disk', type: 'sqlite', config: { connection: place.url.replace('sqlite:', '') } }
    expect((await boss.post('/t/initech/api/v2/system/services', disk)).status).toBe(403)
    expect((await boss.post('/t/initech/api/v2/system/roles', { name: 'own' })).status).toBe(200)
    const listener = { name: 'listener', roles: ['administrator'] }
    const { key } = (await boss.post('/t/initech/api/v2/system/api_keys', listener)).body
    const stream = await listenWith(key, `${gateway.url}/t/initech/mcp`)
    expect((await root.send('DELETE', `${system}/tenants/${made.body.id}`)).status).toBe(200)
    expect(await stream.rest()).toContain('"result"')
    expect((await boss.get('/t/initech/api/v2')).status).toBe(401)
    const again = await root.post(`${system}/tenants`, { name: 'initech' })
    expect(again.body.password, again.text).not.toBe(made.body.password)
    const next = await signIn(gateway.url, again.body.administrator, again.body.password, '/t/initech')
    expect((await next.get('/t/initech/api/v2/system/roles')).body.resource).toEqual([])
  })
})
