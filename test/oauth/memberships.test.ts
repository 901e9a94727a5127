import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, describe, expect, it } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { keepOpen } from '../harness/keep-open.js'
import { everything, type RunningGateway, testKey } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { administrator, caller, goodPassword, type Person, signIn } from '../identity/person.js'
import { openPlace, type Place } from '../identity/places.js'
import { agree, choose, createBrowser, organisationsOn } from './browser.js'
import { callTool, pkce, postForm, postJson, rpc } from './oauth-client.js'
import { emptyKept, providerOf } from './sdk-provider.js'
import { callback } from './world.js'

const redis = process.env.GATEHOUSE_TEST_REDIS
const others = ['acme', 'globex'] as const

const cases = [
  { name: 'SQLite', backend: sqlite, more: {}, needsRedis: false, within: 5000 },
  {
    name: 'PostgreSQL and Redis',
    backend: postgres,
    more: { redis: { url: redis ?? '' } },
    needsRedis: true,
    within: 1000,
  },
  { name: 'MariaDB', backend: mariadb, more: {}, needsRedis: false, within: 5000 },
]

describe.each(cases)('users of several tenants ($name)', ({ name, backend, more, needsRedis, within }) => {
  let place: Place
  let one: RunningGateway
  let two: RunningGateway
  let root: Person
  let client: string
  const shops: OpenBackend[] = []
  const ids = new Map<string, number>()

  const tenant = async (name: string) => {
    const shop = there(await sqlite.open())
    shops.push(shop)
    await shop.run([
      'CREATE TABLE notes (id INTEGER PRIMARY KEY, team TEXT)',
      `INSERT INTO notes VALUES (1, 'of ${name}'), (2, 'x'), (3, 'ann')`,
    ])
    const clerk = {
      grants: [
        { service: 'shop', resource: '_table/notes', verbs: ['read', 'create'], rows: 'team = {user.team}' },
        { service: '*', resource: '_schema/*', verbs: ['read'] },
      ],
    }
    return {
      label: `${name} Ltd`,
      services: { shop: shop.service },
      roles: { clerk, own: { grants: [{ ...clerk.grants[0], rows: 'team = {user.name}' }] }, boss: everything },
      keys: [{ name: 'tool', roles: ['boss'], key: testKey(`tool-of-${name}`) }],
      mcp: { default: {}, ...(name === 'acme' && { sales: { services: ['shop'] }, frozen: {} }) },
    }
  }

  const open = async (): ReturnType<typeof openPlace> =>
    needsRedis && redis === undefined
      ? { skipped: process.env.GATEHOUSE_TEST_REDIS_SKIPPED ?? 'there is no Redis server' }
      : openPlace(backend)
  afterAll(async () => {
    for (const shop of shops) await shop.close()
  })
  keepOpen({ name, open }, async (opened) => {
    place = opened
    const content = {
      ...more,
      tenants: { acme: await tenant('acme'), globex: await tenant('globex') },
      mcp: { default: {}, sales: {}, only_here: {}, frozen: { read_only: true } },
    }
    one = await place.start(content)
    two = await place.start(content)
    root = await administrator(one)
    const listed = await root.get('/api/v2/system/tenants?order=name')
    for (const { name, id } of listed.body.resource) ids.set(name, id)
    await person('ann', { roles: ['reader'], attributes: { team: 'b' } })
    for (const name of others) await member('ann', name, ['clerk'], { team: `of ${name}` })
    const registered = await postJson(`${one.url}/mcp/default/register`, {
      redirect_uris: [callback],
      token_endpoint_auth_method: 'none',
    })
    client = registered.body.client_id
  })

  async function made(path: string, body: object): Promise<number> {
    const reply = await root.post(`/api/v2/system/${path}`, body)
    expect(reply.status, reply.text).toBe(200)
    return reply.body.id
  }
  async function person(name: string, more: object): Promise<number> {
    const id = await made('users', { name, password: goodPassword, ...more })
    ids.set(name, id)
    return id
  }
  const member = (name: string, of: string, roles: readonly string[], attributes = {}) =>
    made('memberships', { user_id: ids.get(name), tenant_id: ids.get(of), roles, attributes })

  const account = (user: string) => ({ user, password: goodPassword })
  const address = (endpoint: string, more: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: callback,
      code_challenge_method: 'S256',
      code_challenge: pkce().challenge,
      resource: `${one.url}${endpoint}`,
      ...more,
    })
    return `${one.url}/mcp/default/authorize?${query}`
  }
  async function tokensFor(user: string, organisation: string, endpoint = '/mcp', scope?: string) {
    const { verifier, challenge } = pkce()
    const url = address(endpoint, { code_challenge: challenge, ...(scope !== undefined && { scope }) })
    const back = await agree(createBrowser(one.url), url, account(user), [], organisation)
    const { body } = await postForm(`${one.url}/mcp/default/token`, {
      grant_type: 'authorization_code',
      client_id: client,
      code: back.searchParams.get('code') ?? '',
      code_verifier: verifier,
    })
    expect(body.access_token, `${back} ${JSON.stringify(body)}`).toBeDefined()
    return { access: body.access_token as string, refresh: body.refresh_token as string, scope: body.scope as string }
  }
  const refreshed = (token: string) =>
    postForm(`${one.url}/mcp/default/token`, { grant_type: 'refresh_token', client_id: client, refresh_token: token })
  async function notes(token: string, path = '/mcp', gateway = one): Promise<unknown> {
    const answer = await callTool(`${gateway.url}${path}`, token, 'shop_get_table_data', { table_name: 'notes' })
    const text = answer.body.result?.content?.[0]?.text
    if (text === undefined) return answer.status
    return [...new Set(JSON.parse(text).resource.map(({ team }: { team: string }) => team))]
  }
  const listed = async (path: string, token: string, headers = {}) =>
    (await rpc(`${one.url}${path}`, token, 'tools/list', {}, headers)).status

  it('choose one at consent: a client of the SDK goes from a bare 401 to its tools', async () => {
    for (const organisation of others) {
      const kept = emptyKept()
      const open = async () => {
        const transport = new StreamableHTTPClientTransport(new URL(`${one.url}/mcp`), {
          authProvider: providerOf(kept, {}),
        })
        const mcp = new Client({ name: 'several', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
        return { transport, mcp, connected: mcp.connect(transport) }
      }
      const first = await open()
      await expect(first.connected).rejects.toThrow()
      const sentTo = kept.sentTo
      if (!sentTo) throw new Error('The client sent nobody anywhere')
      const browser = createBrowser(one.url)
      const login = await browser.open(sentTo.href)
      const page = await browser.submit(login, { username: 'ann', password: goodPassword })
      expect(organisationsOn(page)).toEqual(['default', ...others])
      expect(page.text).toContain('acme Ltd')
      const consent = await choose(browser, page, organisation)
      expect(consent.text).toContain(`${organisation} Ltd`)
      const back = new URL((await browser.submit(consent, { decision: 'allow' })).url)
      await first.transport.finishAuth(back.searchParams)
      const next = await open()
      await next.connected
      const tools = await next.mcp.listTools()
      expect(tools.tools.map(({ name }) => name)).toContain('shop_get_table_data')
      const answer = await next.mcp.callTool({ name: 'shop_get_table_data', arguments: { table_name: 'notes' } })
      // The other tenant's service, role and rows by the membership's attribute.
      expect(JSON.stringify(answer.content)).toContain(`of ${organisation}`)
      expect(JSON.stringify(answer.content)).not.toContain('"x\\"')
      await next.mcp.close()
    }
  })

  it('have tokens for one endpoint of one tenant', async () => {
    const acme = await tokensFor('ann', 'acme')
    const own = await tokensFor('ann', 'default')
    expect(await notes(acme.access)).toEqual(['of acme'])
    expect(await notes(own.access)).toEqual(['b'])
    for (const path of ['/t/acme/mcp', '/t/globex/mcp', '/t/nobody/mcp', '/mcp/sales', '/t/acme/mcp/sales']) {
      expect(await listed(path, acme.access), path).toBe(401)
    }
    for (const path of ['', '/t/acme', '/t/globex']) {
      for (const headers of [{ authorization: `Bearer ${acme.access}` }, { 'x-api-key': acme.access }]) {
        const reply = await caller(one.url, headers).get(`${path}/api/v2/shop/_table/notes`)
        expect(reply.status, path).toBe(401)
      }
    }
    // Nothing else counts at the door for members: not a key of either tenant beside the token, nor one in its place.
    for (const key of [testKey('tool-of-acme'), one.key('admin')]) {
      expect(await listed('/mcp', acme.access, { 'x-api-key': key })).toBe(401)
    }
    expect(await listed('/mcp', testKey('tool-of-acme'))).toBe(401)
    expect(await listed('/mcp', `${acme.access}x`)).toBe(401)
    const moved = { grant_type: 'refresh_token', client_id: client, refresh_token: acme.refresh }
    const elsewhere = { ...moved, resource: `${one.url}/t/acme/mcp` }
    expect((await postForm(`${one.url}/mcp/default/token`, elsewhere)).body.error).toBe('invalid_target')
    const next = await refreshed(acme.refresh)
    expect(await notes(next.body.access_token)).toEqual(['of acme'])
    expect(await notes(next.body.access_token, '/mcp', two)).toEqual(['of acme'])
  })

  it('see only those that have the endpoint, and their own where they have a role', async () => {
    const page = async (user: string, endpoint: string, more = {}) => {
      const browser = createBrowser(one.url)
      const login = await browser.open(address(endpoint, more))
      return browser.submit(login, { username: user, password: goodPassword })
    }
    const several = await page('ann', '/mcp/sales')
    expect(organisationsOn(several)).toEqual(['default', 'acme'])
    // Who chooses what was agreed to before is sent on to the client by this form.
    expect(several.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:53682")
    const only = await page('ann', '/mcp/only_here')
    expect([organisationsOn(only), only.text.includes('value="allow"')]).toEqual([[], true])
    await person('bob', { roles: [] })
    await member('bob', 'globex', ['boss'])
    const bob = await page('bob', '/mcp')
    expect([organisationsOn(bob), bob.text.includes('globex Ltd')]).toEqual([[], true])
    await member('bob', 'acme', ['boss'])
    expect(organisationsOn(await page('bob', '/mcp'))).toEqual(['acme', 'globex'])
    // What is no choice is asked again, whoever asks for it.
    for (const organisation of ['default', 'nobody', 'ACME', '-']) {
      const again = await page('bob', '/mcp', { organisation })
      expect(organisationsOn(again), organisation).toEqual(['acme', 'globex'])
      expect(again.text).not.toContain('value="allow"')
    }
    // At a tenant's own address its own users alone sign in.
    const refused = await page('ann', '/t/acme/mcp')
    expect(refused.status).toBe(401)
  })

  it('are asked by a site once for each organisation', async () => {
    const site = 'https://app.example/callback'
    const registered = await postJson(`${one.url}/mcp/default/register`, {
      redirect_uris: [site],
      token_endpoint_auth_method: 'none',
    })
    const browser = createBrowser(one.url)
    const url = address('/mcp', { client_id: registered.body.client_id, redirect_uri: site })
    await agree(browser, url, account('ann'), [], 'acme')
    const again = await choose(browser, await browser.open(url), 'acme')
    expect(again.url).toMatch(/^https:\/\/app\.example\/callback\?code=/)
    const other = await choose(browser, await browser.open(url), 'globex')
    expect(other.text).toContain('value="allow"')
  })

  it('are asked for what the services of that tenant are called there', async () => {
    const narrow = await tokensFor('ann', 'acme', '/mcp/sales', 'salesdb:read')
    expect(narrow.scope).toBe('shop:read')
    expect(await notes(narrow.access, '/mcp/sales')).toEqual(['of acme'])
    const input = { table_name: 'notes', records: [{ id: 9, team: 'of acme' }] }
    const refused = await callTool(`${one.url}/mcp/sales`, narrow.access, 'shop_create_records', input)
    expect(refused.status, JSON.stringify(refused.body)).toBe(403)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    expect(challenge).toContain(`resource_metadata="${one.url}/.well-known/oauth-protected-resource/mcp/sales"`)
    const scope = /scope="([^"]*)"/.exec(challenge)?.[1] ?? ''
    const wide = await tokensFor('ann', 'acme', '/mcp/sales', scope)
    expect(wide.scope).toBe('shop:read shop:write')
    const written = await callTool(`${one.url}/mcp/sales`, wide.access, 'shop_create_records', input)
    expect(written.status, JSON.stringify(written.body)).toBe(200)
  })

  it('write nothing by way of an endpoint that is for reading', async () => {
    const all = await tokensFor('ann', 'acme', '/mcp/frozen')
    expect(all.scope.split(' ').sort()).toEqual(['*:execute', '*:read'])
    const some = await tokensFor('ann', 'acme', '/mcp/frozen', 'shop:read shop:write')
    expect(some.scope).toBe('*:read')
    expect(await notes(some.access, '/mcp/frozen')).toEqual(['of acme'])
    const input = { table_name: 'notes', records: [{ id: 10, team: 'of acme' }] }
    expect((await callTool(`${one.url}/mcp/frozen`, all.access, 'shop_create_records', input)).status).toBe(403)
  })

  it('are no other’s user of the same name, and are in the audit of the tenant that they act in', async () => {
    const boss = await administrator(one, 'acme')
    const namesake = await boss.post('/t/acme/api/v2/system/users', {
      name: 'ann',
      password: `${goodPassword} of acme`,
      roles: ['boss'],
    })
    expect(namesake.status, namesake.text).toBe(200)
    const { access } = await tokensFor('ann', 'acme')
    expect(await notes(access)).not.toContain('x')
    // Nor is it by name, where a row policy goes by that.
    const membership = (await root.get(`/api/v2/system/memberships?filter=user_id%3D${ids.get('ann')}`)).body.resource
    const [first] = membership.filter((one: { tenant_id: number }) => one.tenant_id === ids.get('acme'))
    const path = `/api/v2/system/memberships/${first.id}`
    expect((await root.send('PATCH', path, { roles: ['own'] })).status).toBe(200)
    expect(await notes(access)).toEqual([])
    expect((await root.send('PATCH', path, { roles: ['clerk'] })).status).toBe(200)
    const session = await signIn(one.url, 'ann', `${goodPassword} of acme`, '/t/acme')
    expect((await session.get('/t/acme/api/v2/shop/_table/notes')).body.resource.length).toBeGreaterThan(1)
    const events = async (as: Person, path: string) => {
      const filter = encodeURIComponent("operation = 'get_table_data' and service = 'shop'")
      const { body } = await as.get(`${path}/api/v2/system/audit?filter=${filter}&limit=1000`)
      return body.resource as { principal: string; on_behalf_of: string | null }[]
    }
    const callers = async () =>
      (await events(boss, '/t/acme')).map(({ principal, on_behalf_of: by }) => by ?? principal)
    await expect.poll(callers).toEqual(expect.arrayContaining(['acme/member:ann', 'acme/user:ann']))
    const acme = await events(boss, '/t/acme')
    expect(acme.map(({ on_behalf_of }) => on_behalf_of)).not.toContain('acme/user:ann')
    expect(JSON.stringify(await events(root, ''))).not.toContain('member:')
    expect(JSON.stringify(await events(await administrator(one, 'globex'), '/t/globex'))).not.toContain('acme')
  })

  it('lose their tokens with the membership, at once and everywhere, and do not get them back with another', async () => {
    const eventually = (ask: () => Promise<unknown>) => expect.poll(ask, { timeout: within, interval: 20 })
    await person('eve', { roles: [] })
    const id = await member('eve', 'acme', ['clerk'], { team: 'of acme' })
    const { access, refresh } = await tokensFor('eve', 'acme')
    expect([await notes(access), await notes(access, '/mcp', two)]).toEqual([['of acme'], ['of acme']])
    const path = `/api/v2/system/memberships/${id}`
    // Roles and attributes hold for tokens that are out.
    expect((await root.send('PATCH', path, { attributes: { team: 'x' } })).status).toBe(200)
    expect(await notes(access)).toEqual(['x'])
    await eventually(() => notes(access, '/mcp', two)).toEqual(['x'])
    expect((await root.send('PATCH', path, { roles: ['boss'] })).status).toBe(200)
    const next = await refreshed(refresh)
    expect(next.status).toBe(200)
    await eventually(async () => ((await notes(access, '/mcp', two)) as string[]).length).toBeGreaterThan(1)
    expect((await root.send('DELETE', path)).status).toBe(200)
    for (const token of [access, next.body.access_token]) {
      expect(await listed('/mcp', token)).toBe(401)
      await eventually(() => notes(token, '/mcp', two)).toBe(401)
    }
    expect((await refreshed(next.body.refresh_token)).body.error).toBe('invalid_grant')
    await member('eve', 'acme', ['boss'])
    expect(await listed('/mcp', access)).toBe(401)
    // With its user: switched off, given another password, deleted.
    for (const end of [
      (user: string) => root.send('PATCH', user, { active: false }),
      (user: string) => root.send('PATCH', user, { password: `${goodPassword} anew` }),
      (user: string) => root.send('DELETE', user),
    ]) {
      const user = `/api/v2/system/users/${ids.get('eve')}`
      await root.send('PATCH', user, { active: true, password: goodPassword })
      const token = (await tokensFor('eve', 'acme')).access
      expect(await listed('/mcp', token)).toBe(200)
      expect((await end(user)).status).toBe(200)
      expect(await listed('/mcp', token)).toBe(401)
      await eventually(() => notes(token, '/mcp', two)).toBe(401)
    }
  })

  it('lose them with the tenant, whatever is made by its name again', async () => {
    await person('joe', { roles: [] })
    const fresh = async () => {
      const reply = await root.post('/api/v2/system/tenants', { name: 'initech' })
      expect(reply.status, reply.text).toBe(200)
      ids.set('initech', reply.body.id)
      return signIn(one.url, reply.body.administrator, reply.body.password, '/t/initech')
    }
    await fresh()
    await member('joe', 'initech', ['administrator'])
    const { access, refresh } = await tokensFor('joe', 'initech')
    const second = await tokensFor('joe', 'initech')
    expect(await listed('/mcp', access)).toBe(200)
    expect((await root.send('DELETE', `/api/v2/system/tenants/${ids.get('initech')}`)).status).toBe(200)
    expect(await listed('/mcp', access)).toBe(401)
    await fresh()
    expect(await listed('/mcp', access)).toBe(401)
    expect((await refreshed(refresh)).body.error).toBe('invalid_grant')
    const left = await root.get(`/api/v2/system/memberships?filter=user_id%3D${ids.get('joe')}`)
    expect(left.body.resource, left.text).toEqual([])
    await member('joe', 'initech', ['administrator'])
    expect(await listed('/mcp', access)).toBe(401)
    expect((await refreshed(second.refresh)).body.error).toBe('invalid_grant')
    await root.send('DELETE', `/api/v2/system/tenants/${ids.get('initech')}`)
  })

  it('are made by who may do everything in the default tenant alone', async () => {
    const path = '/api/v2/system/memberships'
    const good = { user_id: await person('kim', {}), tenant_id: ids.get('acme'), roles: ['clerk'] }
    for (const [what, bad] of [
      ['no such user', { user_id: 999_999 }],
      ['no such tenant', { tenant_id: 999_999 }],
      ['a role of the default tenant', { roles: ['reader'] }],
      ['no role', { roles: [] }],
      ['no list', { roles: 'clerk' }],
      ['an id', { id: 7 }],
    ] as const) {
      const refused = await root.post(path, { ...good, ...bad })
      expect([400, 422], `${what} ${refused.text}`).toContain(refused.status)
      expect(refused.text).not.toContain('boss')
    }
    const id = await made('memberships', good)
    expect((await root.post(path, good)).status).toBe(409)
    expect((await root.send('PATCH', `${path}/${id}`, { tenant_id: ids.get('globex') })).status).toBe(400)
    const related = await root.get(`${path}/${id}?related=users_by_user_id,tenants_by_tenant_id`)
    expect(related.body, related.text).toMatchObject({
      users_by_user_id: { name: 'kim' },
      tenants_by_tenant_id: { name: 'acme' },
    })
    expect(related.text).not.toContain('password_hash')

    // Who looks after users may not take over one who is a member elsewhere.
    const role = await made('roles', { name: 'helpdesk' })
    for (const table of ['users', 'memberships', 'reset_codes', 'tenants']) {
      const verbs = ['read', 'create', 'update', 'delete']
      await made('grants', { role_id: role, service: 'system', resource: table, verbs })
    }
    await person('help', { roles: ['helpdesk'] })
    const help = await signIn(one.url, 'help', goodPassword)
    const tried = await help.post(path, { ...good, tenant_id: ids.get('globex') })
    expect(tried.status, tried.text).toBe(403)
    expect((await help.send('PATCH', `${path}/${id}`, { roles: ['boss'] })).status).toBe(403)
    expect((await help.send('DELETE', `${path}/${id}`)).status).toBe(403)
    const user = `/api/v2/system/users/${ids.get('kim')}`
    expect((await help.send('PATCH', user, { password: `${goodPassword} 3` })).status).toBe(403)
    expect((await help.send('DELETE', user)).status).toBe(403)
    expect((await help.post('/api/v2/system/reset_codes', { user_id: ids.get('kim') })).status).toBe(403)

    // To the tenants there is no such table.
    const boss = await administrator(one, 'acme')
    for (const method of ['GET', 'POST']) {
      const reply = await boss.send(method, `/t/acme${path}`, method === 'POST' ? good : undefined)
      expect(reply.status).toBe(404)
    }
    const users = await boss.get('/t/acme/api/v2/system/users?related=memberships_by_user_id')
    expect(users.status, users.text).toBe(400)
  })
})
