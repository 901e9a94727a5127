import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { administrator, caller, goodPassword, type Person, signIn } from './person.js'
import { openPlace, type Place } from './places.js'

const notes = '/api/v2/shop/_table/notes'
const session = '/api/v2/user/session'
const system = '/api/v2/system'

let place: Place
let gateway: RunningGateway
let admin: Person
beforeAll(async () => {
  place = there(await openPlace(sqlite))
  gateway = await place.start({
    roles: {
      reader: { grants: [{ service: 'shop', resource: '_table/notes', verbs: ['read'] }] },
      // Who may make users, and is not an administrator.
      helpdesk: {
        grants: [
          { service: 'shop', resource: '_table/notes', verbs: ['read'], rows: 'team = {user.team}' },
          ...[
            'users',
            'api_keys',
            'oauth_clients',
            'reset_codes',
            'sessions',
            'limits',
            'roles',
            'grants',
            'services',
          ].map((resource) => ({
            service: 'system',
            resource,
            verbs: ['read', 'create', 'update', 'delete'],
          })),
        ],
      },
      almost: {
        grants: [
          { service: '*', resource: '*', verbs: ['read', 'create', 'update', 'delete', 'execute'] },
          { service: 'shop', resource: '_table/notes', deny: true },
        ],
      },
    },
  })
  admin = await administrator(gateway)
  await user('ann', ['reader'])
})
afterAll(() => place.close())

async function user(name: string, roles: readonly string[], attributes = {}): Promise<number> {
  const made = await admin.post(`${system}/users`, { name, password: goodPassword, roles, attributes })
  if (made.status !== 200) throw new Error(made.text)
  return made.body.id
}

const withToken = (token: string) => caller(gateway.url, { authorization: `Bearer ${token}` })
const attempt = (name: string, password: string) => caller(gateway.url, {}).post(session, { user: name, password })

describe('a session', () => {
  it('is shown, renewed once, and ended', async () => {
    const first = await signIn(gateway.url, 'ann', goodPassword)
    expect((await first.get(session)).body).toMatchObject({ name: 'ann', roles: ['reader'] })
    expect((await first.get(session)).text).not.toContain('gs_')
    const renewed = await first.send('PUT', session)
    const second = withToken(renewed.body.session_token)
    expect((await first.get(notes)).status).toBe(401)
    expect((await first.send('PUT', session)).status).toBe(401)
    expect((await second.get(notes)).status).toBe(200)
    expect((await second.send('DELETE', session)).body).toEqual({ success: true })
    expect((await second.get(notes)).status).toBe(401)
    expect((await second.send('DELETE', session)).status).toBe(401)
  })

  it('cannot be chosen by who signs in, nor be one that was there before', async () => {
    const before = await signIn(gateway.url, 'ann', goodPassword)
    const again = await before.send('POST', session, {
      user: 'ann',
      password: goodPassword,
      session_token: before.token,
      session_id: 1,
    })
    expect(again.status).toBe(200)
    expect(again.body.session_token).not.toBe(before.token)
  })

  it('is refused when anything of its token was changed', async () => {
    const { token } = await signIn(gateway.url, 'ann', goodPassword)
    const [secret = '', expires = '', signature = ''] = token.split('.')
    const later = (Number.parseInt(expires, 36) + 1e9).toString(36)
    const forged = (text: string, key: string) =>
      `${text}.${createHmac('sha256', key)
        .update(`default\n${text.slice(3)}`)
        .digest('base64url')}`
    for (const changed of [
      `${secret}.${later}.${signature}`,
      `${secret}.${expires}.${'A'.repeat(43)}`,
      `${secret}.${expires}.`,
      `${secret}.${expires}`,
      `gs_${'A'.repeat(43)}.${expires}.${signature}`,
      forged(`${secret}.${later}`, ''),
      forged(`${secret}.${later}`, 'secret'),
      `${token}.`,
      `${token} `.replace(' ', '%20'),
      `GS_${token.slice(3)}`,
      'gs_',
      'gs_null.null.null',
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.AAAA',
    ]) {
      const reply = await withToken(changed).get(notes)
      expect([reply.status, reply.body.error.code], changed).toEqual([401, 'unauthenticated'])
    }
    expect((await withToken(token).get(notes)).status).toBe(200)
  })

  it('is for REST: MCP refuses it, and a password too', async () => {
    const { token } = await signIn(gateway.url, 'ann', goodPassword)
    const ping = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
    const basic = `Basic ${Buffer.from(`ann:${goodPassword}`).toString('base64')}`
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: basic },
      { 'x-dreamfactory-session-token': token },
    ]) {
      expect((await caller(gateway.url, headers).post('/mcp', ping)).status).toBe(401)
    }
  })

  it('needs a good key where one is sent with it', async () => {
    const { token } = await signIn(gateway.url, 'ann', goodPassword)
    const both = (key: string) => caller(gateway.url, { 'x-api-key': key, authorization: `Bearer ${token}` })
    expect((await both('gh_none').get(notes)).status).toBe(401)
    // The user's rights, not the key's.
    expect((await both(gateway.key('admin')).get(`${system}/users`)).status).toBe(404)
    const wrong = caller(gateway.url, { 'x-api-key': gateway.key('admin'), authorization: 'Bearer gs_x.y.z' })
    expect((await wrong.get(notes)).status).toBe(401)
  })

  it('ends with its user: switched off, deleted, or given another password', async () => {
    const id = await user('bob', ['reader'])
    const bob = await signIn(gateway.url, 'bob', goodPassword)
    expect((await bob.get(notes)).status).toBe(200)
    await admin.send('PATCH', `${system}/users/${id}`, { active: false })
    expect((await bob.get(notes)).status).toBe(401)
    expect((await attempt('bob', goodPassword)).status).toBe(401)
    await admin.send('PATCH', `${system}/users/${id}`, { active: true })
    expect((await bob.get(notes)).status).toBe(401)
    const again = await signIn(gateway.url, 'bob', goodPassword)
    await admin.send('PATCH', `${system}/users/${id}`, { password: 'another four words' })
    expect((await again.get(notes)).status).toBe(401)
    const last = await signIn(gateway.url, 'bob', 'another four words')
    await admin.send('DELETE', `${system}/users/${id}`)
    expect((await last.get(notes)).status).toBe(401)
  })
})

describe('a password', () => {
  it('is taken as HTTP Basic, until it changes', async () => {
    const id = await user('carl', ['reader'])
    const basic = (name: string, password: string) =>
      caller(gateway.url, { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` })
    expect((await basic('carl', goodPassword).get(notes)).status).toBe(200)
    expect((await basic('carl', `${goodPassword}x`).get(notes)).status).toBe(401)
    expect((await basic('carl', '').get(notes)).status).toBe(401)
    await admin.send('PATCH', `${system}/users/${id}`, { password: 'another four words' })
    expect((await basic('carl', goodPassword).get(notes)).status).toBe(401)
  })

  it('is changed by who knows it, which ends all other sessions', async () => {
    await user('dora', ['reader'])
    const [one, two] = [
      await signIn(gateway.url, 'dora', goodPassword),
      await signIn(gateway.url, 'dora', goodPassword),
    ]
    const change = (old_password: string, new_password: string) =>
      one.post('/api/v2/user/password', { old_password, new_password })
    expect((await change('wrong wrong wrong', 'another four words')).status).toBe(401)
    expect((await change(goodPassword, 'short')).status).toBe(400)
    expect((await change(goodPassword, 'another four words')).body).toEqual({ success: true })
    expect((await one.get(notes)).status).toBe(200)
    expect((await two.get(notes)).status).toBe(401)
    expect((await attempt('dora', goodPassword)).status).toBe(401)
    expect((await attempt('dora', 'another four words')).status).toBe(200)
  })

  it('is reset once by a code, which is good for its user alone', async () => {
    const id = await user('emil', ['reader'])
    await user('fritz', ['reader'])
    const { code } = (await admin.post(`${system}/reset_codes`, { user_id: id })).body
    expect(code).toMatch(/^(\w{4}-){3}\w{4}$/)
    const reset = (name: string, used: string, new_password = 'another four words') =>
      caller(gateway.url, {}).post('/api/v2/user/password', { user: name, code: used, new_password })
    expect((await reset('fritz', code)).status).toBe(401)
    expect((await reset('nobody', code)).status).toBe(401)
    expect((await reset('emil', 'AAAA-BBBB-CCCC-DDDD')).status).toBe(401)
    expect((await reset('emil', code, 'short')).status).toBe(400)
    const before = await signIn(gateway.url, 'emil', goodPassword)
    expect((await reset('emil', code.toLowerCase().replaceAll('-', ' '))).body).toEqual({ success: true })
    expect((await before.get(notes)).status).toBe(401)
    expect((await reset('emil', code)).status).toBe(401)
    expect((await attempt('emil', 'another four words')).status).toBe(200)
  })

  it('is not guessed: after a few failures everyone waits, whether the name exists or not', async () => {
    await user('gina', ['reader'])
    for (const name of ['gina', 'not-there']) {
      const said = new Set<string>()
      const statuses: number[] = []
      for (let i = 0; i < 7; i++) {
        const { status, body } = await attempt(name, `guess number ${i}`)
        statuses.push(status)
        if (status === 401) said.add(`${body.error.code} ${body.error.message} ${body.error.hint}`)
      }
      expect(statuses.slice(0, 5), name).toEqual([401, 401, 401, 401, 401])
      expect(statuses.slice(5), name).toContain(429)
      // Locked is locked: the right password waits too.
      const right = await attempt(name, goodPassword)
      expect(right.status).toBe(429)
      expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
      expect([...said], name).toEqual(['unauthenticated These credentials are not valid undefined'])
    }
  })

  it('is not guessed by many at once either', async () => {
    await user('hans', ['reader'])
    const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => attempt('hans', `guess number ${i}`)))
    expect(replies.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(6)
    expect(replies.every(({ status }) => status === 401 || status === 429)).toBe(true)
  })

  it('costs the same work for a name that is not there', async () => {
    await user('ida', ['reader'])
    const cpu = async (name: string) => {
      const before = process.cpuUsage()
      await attempt(name, 'a wrong password')
      const { user: spent, system: more } = process.cpuUsage(before)
      return spent + more
    }
    await cpu('warm-up')
    const known = await cpu('ida')
    const unknown = await cpu('nobody-of-that-name')
    // Not a matter of milliseconds but of a whole hash: without it, one would be a hundredth of the other.
    expect(unknown / known).toBeGreaterThan(0.3)
    expect(unknown / known).toBeLessThan(3)
  })

  it('does not make somebody an administrator who is none', async () => {
    const asAdmin = (name: string) =>
      caller(gateway.url, {}).post(`${system}/admin/session`, { email: name, password: goodPassword })
    expect((await asAdmin('ann')).status).toBe(401)
    await user('almost-all', ['almost'])
    expect((await asAdmin('almost-all')).status).toBe(401)
    await user('boss', ['administrator'])
    expect((await asAdmin('boss')).body).toMatchObject({ is_sys_admin: true })
  })

  it('is sent as JSON in a body that is small', async () => {
    const long = await attempt('ann', 'x'.repeat(2000))
    expect(long.status).toBe(400)
    const huge = await attempt('ann', 'x'.repeat(100_000))
    expect(huge.status).toBe(413)
    for (const body of [
      [],
      'text',
      { user: { name: 'ann' }, password: goodPassword },
      { user: 'ann', password: ['x'] },
      {},
    ]) {
      expect((await caller(gateway.url, {}).post(session, body)).status, JSON.stringify(body)).toBe(400)
    }
    const form = await fetch(`${gateway.url}${session}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `user=ann&password=${goodPassword}`,
    })
    expect(form.status).toBe(415)
    const elsewhere = await caller(gateway.url, { origin: 'https://evil.example' }).post(session, {
      user: 'ann',
      password: goodPassword,
    })
    expect(elsewhere.status).toBe(403)
  })
})

describe('who may make users', () => {
  let helper: Person
  let helperId: number
  beforeAll(async () => {
    helperId = await user('helper', ['helpdesk', 'reader'], { team: 'a' })
    helper = await signIn(gateway.url, 'helper', goodPassword)
  })

  it('gives no role that they do not have, neither to others nor to themselves', async () => {
    const adminId = (await admin.get(`${system}/users?filter=name%3D'admin'`)).body.resource[0].id
    const adminKey = (await admin.get(`${system}/api_keys?filter=name%3D'admin'`)).body.resource[0].id
    for (const [method, path, body] of [
      ['POST', 'users', { name: 'mole', password: goodPassword, roles: ['administrator'] }],
      ['POST', 'users', { name: 'mole', password: goodPassword, roles: ['reader', 'almost'] }],
      ['PATCH', `users/${helperId}`, { roles: ['administrator'] }],
      ['PATCH', `users?ids=${helperId}`, { roles: ['administrator'] }],
      ['PATCH', `users?filter=name%3D'helper'`, { roles: ['administrator'] }],
      ['PATCH', 'users', [{ id: helperId, roles: ['administrator'] }]],
      // Rows by attributes are rights too.
      ['PATCH', `users/${helperId}`, { attributes: { team: 'b' } }],
      ['POST', 'users', { name: 'mole', password: goodPassword, roles: ['reader'], attributes: { team: 'b' } }],
      // Nor do they take over who has more.
      ['PATCH', `users/${adminId}`, { password: 'another four words' }],
      ['PATCH', `users/${adminId}`, { active: false }],
      ['DELETE', `users/${adminId}`, undefined],
      ['POST', 'reset_codes', { user_id: adminId }],
      ['POST', 'api_keys', { name: 'mole', roles: ['administrator'] }],
      ['POST', 'api_keys', { name: 'mole', roles: ['reader'], attributes: { team: 'b' } }],
      ['PATCH', `api_keys/${adminKey}`, { rotate: true }],
      // And decide on no rights at all.
      ['POST', 'roles', { name: 'mole' }],
      ['POST', 'grants', { role_id: 1, service: '*', resource: '*', verbs: ['read'] }],
      ['POST', 'services', { name: 'mole', type: 'sqlite', config: { connection: '/etc/passwd' } }],
    ] as const) {
      const refused = await helper.send(method, `${system}/${path}`, body)
      expect(refused.status, `${method} ${path} ${JSON.stringify(body)} ${refused.text}`).toBe(403)
    }
    const good = { name: 'newcomer', password: goodPassword, roles: ['reader'], attributes: { team: 'a' } }
    const made = await helper.post(`${system}/users`, good)
    expect(made.status, made.text).toBe(200)
    expect((await helper.send('PATCH', `${system}/users/${made.body.id}`, { label: 'New' })).status).toBe(200)
    expect((await helper.get(notes)).body.resource).toHaveLength(3)
  })

  it('takes over nobody whose attributes they do not have, nor the name of anybody', async () => {
    const other = await user('of-b', ['reader'], { team: 'b' })
    const peer = await user('of-a', ['reader'], { team: 'a' })
    const key = await admin.post(`${system}/api_keys`, { name: 'till', roles: ['reader'], attributes: { team: 'b' } })
    const client = await admin.post(`${system}/oauth_clients`, {
      name: 'job',
      roles: ['reader'],
      attributes: { team: 'b' },
    })
    expect([key.status, client.status]).toEqual([200, 200])
    for (const [method, path, body, status] of [
      ['PATCH', `users/${other}`, { password: 'another four words' }, 403],
      ['PATCH', `users/${other}`, { active: false }, 403],
      ['DELETE', `users/${other}`, undefined, 403],
      ['POST', 'reset_codes', { user_id: other }, 403],
      ['PATCH', `api_keys/${key.body.id}`, { rotate: true }, 403],
      ['DELETE', `api_keys/${key.body.id}`, undefined, 403],
      ['PATCH', `oauth_clients/${client.body.id}`, { rotate: true }, 403],
      ['DELETE', `oauth_clients/${client.body.id}`, undefined, 403],
      // Rows by names are rights too.
      ['PATCH', `users/${peer}`, { name: 'aside' }, 403],
      ['PATCH', `users/${helperId}`, { name: 'till' }, 403],
      ['POST', 'users', { name: 'till', password: goodPassword, roles: ['reader'] }, 409],
      ['POST', 'api_keys', { name: 'of-b', roles: ['reader'] }, 409],
      ['POST', 'oauth_clients', { name: 'of-b', roles: ['reader'] }, 409],
    ] as const) {
      const refused = await helper.send(method, `${system}/${path}`, body)
      expect(refused.status, `${method} ${path} ${JSON.stringify(body)} ${refused.text}`).toBe(status)
    }
    expect((await attempt('of-b', goodPassword)).status).toBe(200)
    expect((await helper.send('PATCH', `${system}/users/${peer}`, { password: 'another four words' })).status).toBe(200)
    expect((await admin.send('PATCH', `${system}/users/${peer}`, { name: 'renamed' })).status).toBe(200)
  })

  it('does not switch themselves off', async () => {
    expect((await helper.send('PATCH', `${system}/users/${helperId}`, { active: false })).status).toBe(400)
    expect((await helper.send('DELETE', `${system}/users/${helperId}`)).status).toBe(400)
  })

  it('is not somebody with everything but one thing', async () => {
    await user('nearly', ['almost'])
    const nearly = await signIn(gateway.url, 'nearly', goodPassword)
    for (const [path, body] of [
      ['roles', { name: 'wide' }],
      ['users', { name: 'wide', roles: ['administrator'] }],
      ['tenants', { name: 'wide' }],
    ] as const) {
      expect((await nearly.post(`${system}/${path}`, body)).status, path).toBe(403)
    }
  })
})
