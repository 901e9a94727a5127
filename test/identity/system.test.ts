import { describe, expect, it } from 'vitest'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { keepOpen } from '../harness/keep-open.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { administrator, caller, goodPassword, type Person, signIn } from './person.js'
import { openPlace } from './places.js'

const system = '/api/v2/system'

describe.each([sqlite, postgres, mariadb])('the system service on $name', (backend) => {
  let gateway: RunningGateway
  let admin: Person
  keepOpen({ name: backend.name, open: () => openPlace(backend) }, async (place) => {
    gateway = await place.start({
      limits: [{ per: 'key', rate: 1000, period: 'minute' }],
      mcp: { default: { services: ['shop'] } },
    })
    admin = await administrator(gateway)
  })

  it('shows what the file defines, and lets nobody change it here', async () => {
    for (const [table, names] of [
      ['roles', ['admin', 'reader']],
      ['api_keys', ['admin', 'reader']],
      ['services', ['shop']],
      ['mcp_endpoints', ['default']],
    ] as const) {
      const listed = await admin.get(`${system}/${table}?order=name&filter=source%20%3D%20'file'`)
      expect(listed.status, listed.text).toBe(200)
      expect(listed.body.resource.map(({ name }: { name: string }) => name)).toEqual(names)
      const { id } = listed.body.resource[0]
      for (const [method, body] of [
        [
          'PATCH',
          table === 'mcp_endpoints' ? { read_only: true } : table === 'api_keys' ? { revoked: true } : { label: 'x' },
        ],
        ['DELETE', undefined],
      ] as const) {
        const sent = table === 'roles' && body ? { description: 'x' } : body
        const refused = await admin.send(method, `${system}/${table}/${id}`, sent)
        expect(refused.status, refused.text).toBe(403)
        expect(refused.body.error.message).toContain('configuration file')
      }
    }
    const limits = await admin.get(`${system}/limits`)
    expect(limits.body.resource).toMatchObject([{ per: 'key', rate: 1000, period: 'minute', source: 'file' }])
    const related = await admin.get(`${system}/roles?filter=name%3D'reader'&related=grants_by_role_id`)
    expect(related.body.resource[0].grants_by_role_id, related.text).toMatchObject([
      { service: 'shop', resource: '_table/notes', verbs: ['read'], rows: 'team = {user.team}', deny: false },
    ])
    const fileRole = related.body.resource[0].id
    const grant = { role_id: fileRole, service: '*', resource: '*', verbs: ['read'] }
    expect((await admin.post(`${system}/grants`, grant)).status).toBe(403)
  })

  it('never answers a secret, and none of the columns that nobody sees', async () => {
    const made = await admin.post(`${system}/users?fields=*`, {
      name: 'sue',
      password: goodPassword,
      roles: ['reader'],
    })
    expect(made.status, made.text).toBe(200)
    expect(made.body).toMatchObject({ name: 'sue', roles: ['reader'], active: true, provider: 'local', password: null })
    for (const path of ['users', 'api_keys', 'sessions', 'services', 'roles', 'reset_codes']) {
      const all = await admin.get(`${system}/${path}`)
      expect(all.status, all.text).toBe(200)
      expect(all.text).not.toMatch(/scrypt|"hash"|password_hash|"tenant"|sealed|"login"|test-key-of|gh_/)
      for (const column of ['tenant', 'hash', 'password_hash', 'sealed', 'login']) {
        const asked = await admin.get(`${system}/${path}?filter=${column}%20is%20not%20null`)
        expect(asked.status, `${path}.${column}`).toBe(400)
        expect((await admin.get(`${system}/${path}?fields=${column}`)).status).toBe(400)
        expect((await admin.get(`${system}/${path}?order=${column}`)).status).toBe(400)
      }
    }
    const document = await admin.get('/api/v2/api_docs/system')
    expect(document.text).not.toMatch(/password_hash|"sealed"/)
  })

  it('has users with the whole grammar, and sets only what may be set', async () => {
    const many = ['bea', 'cem', 'dan'].map((name) => ({ name, attributes: { team: name } }))
    const created = await admin.post(`${system}/users`, { resource: many })
    expect(created.status, created.text).toBe(200)
    const listed = await admin.get(
      `${system}/users?filter=name%20in%20('bea','cem','dan')&order=name%20desc&limit=2&include_count=true`,
    )
    expect(listed.body.resource.map(({ name }: { name: string }) => name)).toEqual(['dan', 'cem'])
    expect(listed.body.meta).toMatchObject({ count: 3, next: 2 })
    const [, cem] = created.body.resource
    expect((await admin.get(`${system}/users/${cem.id}`)).body).toMatchObject({
      name: 'cem',
      attributes: { team: 'cem' },
    })
    for (const [body, said] of [
      [{ name: 'bea' }, 409],
      [{ name: 'BEA' }, 409],
      [{ name: 'x/../y' }, 400],
      [{ password: goodPassword }, 400],
      [{ name: 'eve', password: 'short' }, 400],
      [{ name: 'everest', password: 'everest everest everest' }, 400],
      [{ name: 'eve', roles: ['nobody'] }, 400],
      [{ name: 'eve', roles: 'admin' }, 400],
      [{ name: 'eve', email: 'no address' }, 400],
      [{ name: 'eve', provider: 'corp' }, 400],
      [{ name: 'eve', password_hash: 'scrypt$1$1$1$a$b' }, 400],
      [{ name: 'eve', tenant: 'acme' }, 400],
      [{ name: 'eve', login: 'admin' }, 400],
      [{ name: 'eve', created: '2020-01-01' }, 400],
      [{ id: 1, name: 'eve' }, 400],
    ] as const) {
      const refused = await admin.post(`${system}/users`, body)
      expect(refused.status, `${JSON.stringify(body)} ${refused.text}`).toBe(said)
    }
    const dry = await admin.post(`${system}/users?dry_run=true`, { name: 'ghost' })
    expect(dry.status, dry.text).toBe(200)
    expect((await admin.get(`${system}/users?filter=name%3D'ghost'`)).body.resource).toEqual([])
    const gone = await admin.send('DELETE', `${system}/users?filter=name%20in%20('bea','dan')`)
    expect(gone.body.resource, gone.text).toHaveLength(2)
    expect((await admin.send('DELETE', `${system}/users/${created.body.resource[0].id}`)).status).toBe(404)
    // Events are written some time after the answer.
    const written = `${system}/audit?filter=operation%3D'create_records'%20and%20resource%3D'users'&fields=arguments`
    await expect
      .poll(async () => (await admin.get(written)).body.resource.length, { timeout: 10_000 })
      .toBeGreaterThan(3)
    expect((await admin.get(written)).text).not.toContain(goodPassword)
  })

  it('makes, rotates and revokes keys, each shown once', async () => {
    const body = { name: 'tool', roles: ['reader'], attributes: { team: 'b' }, expires: '2099-12-31' }
    const made = await admin.post(`${system}/api_keys`, body)
    expect(made.status, made.text).toBe(200)
    const { id, key } = made.body
    const notes = (text: string) => caller(gateway.url, { 'x-api-key': text }).get('/api/v2/shop/_table/notes')
    expect((await notes(key)).body.resource).toHaveLength(2)
    const rotated = await admin.send('PATCH', `${system}/api_keys/${id}`, { rotate: true })
    expect(rotated.body.key, rotated.text).toMatch(/^gh_/)
    expect((await notes(key)).status).toBe(401)
    expect((await notes(rotated.body.key)).status).toBe(200)
    expect((await admin.get(`${system}/api_keys/${id}`)).body).toMatchObject({
      key: null,
      rotate: null,
      revoked: false,
    })
    await admin.send('PATCH', `${system}/api_keys/${id}`, { addresses: ['203.0.113.0/24'] })
    expect((await notes(rotated.body.key)).status).toBe(401)
    await admin.send('PATCH', `${system}/api_keys/${id}`, { addresses: null, expires: '2020-01-01' })
    expect((await notes(rotated.body.key)).status).toBe(401)
    await admin.send('PATCH', `${system}/api_keys/${id}`, { expires: null })
    expect((await notes(rotated.body.key)).status).toBe(200)
    for (const wrong of [{ expires: 'soon' }, { addresses: ['home'] }, { name: 'other' }, { roles: ['none'] }]) {
      expect((await admin.send('PATCH', `${system}/api_keys/${id}`, wrong)).status, JSON.stringify(wrong)).toBe(400)
    }
    expect((await admin.post(`${system}/api_keys`, { name: 'admin', roles: ['reader'] })).status).toBe(409)
    await admin.send('DELETE', `${system}/api_keys/${id}`)
    expect((await notes(rotated.body.key)).status).toBe(401)
  })

  it('takes only grants, limits, endpoints and services that can work', async () => {
    const role = (await admin.post(`${system}/roles`, { name: 'made' })).body.id
    const good = { role_id: role, service: 'shop', resource: '_table/notes', verbs: ['read'] }
    for (const wrong of [
      { role_id: 999_999 },
      { service: 'none' },
      { verbs: [] },
      { verbs: ['look'] },
      { resource: '_table/*/x' },
      { resource: '_table/none' },
      { fields: { deny: ['none'] } },
      { fields: { oops: 1 } },
      { rows: 'team = ' },
      { rows: 'none = 1' },
      { timeout: 'soon' },
    ]) {
      const refused = await admin.post(`${system}/grants`, { ...good, ...wrong })
      expect(refused.status, `${JSON.stringify(wrong)} ${refused.text}`).toBe(400)
    }
    const grant = { ...good, fields: { mask: { team: 'hash' } }, rows: "team = 'a'", max_rows: 1 }
    expect((await admin.post(`${system}/grants`, grant)).status).toBe(200)
    expect((await admin.post(`${system}/users`, { name: 'gus', password: goodPassword, roles: ['made'] })).status).toBe(
      200,
    )
    const gus = await signIn(gateway.url, 'gus', goodPassword)
    const seen = await gus.get('/api/v2/shop/_table/notes')
    expect(seen.body.resource, seen.text).toHaveLength(1)
    expect(seen.body.resource[0].team).not.toBe('a')
    expect((await admin.send('DELETE', `${system}/roles/${role}`)).status).toBe(200)
    expect((await gus.get('/api/v2/shop/_table/notes')).status).toBe(404)

    for (const wrong of [
      { per: 'moon', rate: 1, period: 'hour' },
      { per: 'key', rate: 0, period: 'hour' },
      { per: 'role', role: 'none', rate: 1, period: 'day' },
    ]) {
      expect((await admin.post(`${system}/limits`, wrong)).status, JSON.stringify(wrong)).toBe(400)
    }
    for (const wrong of [{ name: 'Bad Name' }, { name: 'x', services: ['none'] }, { name: 'x', max_limit: 0 }]) {
      expect((await admin.post(`${system}/mcp_endpoints`, wrong)).status, JSON.stringify(wrong)).toBe(400)
    }
    for (const [wrong, said] of [
      [{ name: 'shop', type: 'sqlite', config: { connection: 'x' } }, 409],
      [{ name: 'system', type: 'sqlite', config: { connection: 'x' } }, 409],
      [{ name: 'x', type: 'oracel', config: {} }, 400],
      [{ name: 'x', type: 'postgres', config: { conection: 'postgres://x' } }, 400],
      [{ name: 'x', type: 'postgres', config: { connection: 'postgres://u:hidden-word@127.0.0.1:1/db' } }, 400],
      [{ name: 'x', type: 'sqlite' }, 400],
    ] as const) {
      const refused = await admin.post(`${system}/services`, wrong)
      expect(refused.status, `${JSON.stringify(wrong)} ${refused.text}`).toBe(said)
      expect(refused.text).not.toContain('hidden-word')
    }
    const refusals = `resource%3D'services'%20and%20operation%3D'create_records'%20and%20status%20%3E%3D%20400`
    const written = `${system}/audit?filter=${refusals}&fields=arguments,reason`
    await expect
      .poll(async () => (await admin.get(written)).body.resource.length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(6)
    expect((await admin.get(written)).text).not.toMatch(/hidden-word|127\.0\.0\.1:1/)
  })

  it('has no event of the audit changed by anyone', async () => {
    for (const [method, path, body] of [
      ['POST', 'audit', { operation: 'x' }],
      ['PATCH', 'audit/1', { operation: 'x' }],
      ['DELETE', 'audit/1', undefined],
      ['PUT', 'audit/1', { operation: 'x' }],
      ['POST', 'sessions', { user_id: 1 }],
      ['PUT', 'users/1', { name: 'x' }],
    ] as const) {
      const refused = await admin.send(method, `${system}/${path}`, body)
      expect([403, 404, 405], `${method} ${path} ${refused.text}`).toContain(refused.status)
    }
  })

  it('is written over REST alone', async () => {
    const listed = await caller(gateway.url, { 'x-api-key': gateway.key('admin') }).post('/mcp', {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
      params: {},
    })
    expect(listed.text).not.toMatch(/system_(create|update|delete)_/)
  })
})
