import { connectorTypes } from '@gatehouse/connectors'
import type { JsonObject } from '@gatehouse/core'
import { loadConfig } from '@gatehouse/gateway'
import { Attribute, Change } from 'ldapts'
import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { sqlite } from '../backends/sqlite.js'
import { keepOpen } from '../harness/keep-open.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { administrator, caller, goodPassword, type Person, signIn } from '../identity/person.js'
import { openPlace, type Place } from '../identity/places.js'
import { createBrowser } from '../oauth/browser.js'
import { callTool } from '../oauth/oauth-client.js'
import { type Line, lineTo } from '../resilience/line.js'
import { naming, searching } from './ldap-provider.js'
import { ldapPassword, openTree, type Tree } from './ldap-tree.js'
import { openMcpFlow } from './mcp-flow.js'

let staff: Tree
let partners: Tree
let line: Line
let place: Place
let gateway: RunningGateway
let admin: Person

keepOpen({ name: 'OpenLDAP', open: openTree }, (opened) => {
  staff = opened
})
keepOpen({ name: 'OpenLDAP', open: () => openTree({ anonymous: false }) }, async (tree) => {
  partners = tree
  // The same names, with passwords of their own.
  for (const uid of ['ann', 'bob', 'carl', 'zoë', 'eve', 'eva']) {
    await set(partners, partners.dn(uid), 'userPassword', partnersPassword)
  }
  line = await lineTo(staff.server.ldaps)
  place = there(await openPlace(sqlite))
  const mapping = { attributes: { team: 'departmentNumber' } }
  const providers: JsonObject = {
    staff: {
      type: 'ldap',
      ...searching(staff, { url: line.url.replace(/\/$/, '') }),
      ...mapping,
      roles: { everyone: 'reader', [`cn=admins,${staff.groups}`]: ['admin'] },
    },
    partners: { type: 'ldap', ...naming(partners), ...mapping, roles: { engineers: 'reader' } },
  }
  gateway = await place.start({ sign_in: { providers } })
  admin = await administrator(gateway)
})
afterAll(async () => {
  await place?.close()
  line?.cut()
})

const set = (tree: Tree, dn: string, type: string, ...values: string[]) =>
  tree.admin.modify(dn, new Change({ operation: 'replace', modification: new Attribute({ type, values }) }))
const post = (user: string, password = ldapPassword) =>
  caller(gateway.url, {}).post('/api/v2/user/session', { user, password })
const holder = (reply: { readonly body: { readonly session_token: string } }) =>
  caller(gateway.url, { authorization: `Bearer ${reply.body.session_token}` })
const partnersPassword = 'another password'
const notes = '/api/v2/shop/_table/notes'

describe('people of directories', () => {
  it('sign in over REST, with roles by groups of groups and attributes by what their entry says', async () => {
    const reply = await post('ann')
    expect(reply.status, reply.text).toBe(200)
    expect(reply.body).toMatchObject({
      name: 'ann@staff',
      label: 'Ann Archer',
      email: 'ann@example.com',
      provider: 'staff',
      roles: ['reader'],
      is_sys_admin: false,
    })
    const seen = await holder(reply).get(notes)
    expect(seen.body.resource.map(({ id }: { id: number }) => id)).toEqual([2, 3])
    expect((await post('bob')).body).toMatchObject({ roles: ['admin'] })
    const basic = `Basic ${Buffer.from(`ann:${ldapPassword}`).toString('base64')}`
    expect((await caller(gateway.url, { authorization: basic }).get(notes)).body).toEqual(seen.body)
    // The group that is named like the DN of the admins.
    expect((await post('carl')).body).toMatchObject({ name: 'carl@staff', roles: [] })
  })

  it('are refused in the same words, whatever was wrong', async () => {
    const wrong = [await post('ann', 'wrong'), await post('nobody'), await post('*'), await post('ann)(uid=*')]
    expect(wrong.map(({ status, body }) => [status, body.error.message])).toEqual(
      wrong.map(() => [401, 'These credentials are not valid']),
    )
    expect((await post('ann', '')).status).toBe(400)
  })

  it('have the roles of the day at a renewal, and none once they are locked or gone', async () => {
    const [first, group] = [await post('zoë'), `cn=engineers,${staff.groups}`]
    expect(first.body.roles).toEqual([])
    await set(staff, group, 'member', staff.dn('ann'), staff.dn('zoë'))
    const renewed = await holder(first).send('PUT', '/api/v2/user/session')
    expect(renewed.status, renewed.text).toBe(200)
    expect(renewed.body).toMatchObject({ name: 'zoë@staff', roles: ['reader'] })
    await set(staff, staff.dn('zoë'), 'pwdAccountLockedTime', '000001010000Z')
    expect((await holder(renewed).send('PUT', '/api/v2/user/session')).status).toBe(401)
    expect((await holder(renewed).get('/api/v2/user/profile')).status).toBe(401)
    expect((await post('zoë')).status).toBe(401)
    await set(staff, staff.dn('zoë'), 'pwdAccountLockedTime')
    expect((await post('zoë')).body.roles).toEqual(['reader'])
    await set(staff, group, 'member', staff.dn('ann'))
  })

  it('of one name in two directories are two users, each with a password of their own', async () => {
    const [one, other] = [await post('ann'), await post('ann', partnersPassword)]
    expect(one.body).toMatchObject({ name: 'ann@staff', provider: 'staff' })
    expect(other.body).toMatchObject({ name: 'ann@partners', provider: 'partners', roles: ['reader'] })
    expect(other.body.id).not.toBe(one.body.id)
  })

  it('take no local user’s place', async () => {
    const local = { name: 'carla', password: goodPassword, roles: ['admin'] }
    expect((await admin.post('/api/v2/system/users', local)).status).toBe(200)
    await staff.admin.add(staff.dn('carla'), {
      ...{ objectClass: 'inetOrgPerson', uid: 'carla', cn: 'c', sn: 'c' },
      userPassword: ldapPassword,
    })
    expect((await post('carla', goodPassword)).body).toMatchObject({ name: 'carla', provider: 'local' })
    expect((await post('carla')).body).toMatchObject({ name: 'carla@staff', provider: 'staff', roles: [] })
    // Nor does a directory's password change that of the local user.
    const carla = holder(await post('carla', goodPassword))
    const change = (old_password: string) =>
      carla.post('/api/v2/user/password', { old_password, new_password: `${goodPassword} anew` })
    expect((await change(ldapPassword)).status).toBe(401)
    expect((await carla.get('/api/v2/user/profile')).status).toBe(200)
    // Nor is guessing at the local one forgiven for it.
    const tries: number[] = []
    for (let times = 0; times < 4; times++) {
      tries.push((await post('carla', `wrong ${times}`)).status, (await post('carla')).status)
    }
    expect(tries.slice(0, 6)).toEqual([401, 200, 401, 200, 401, 200])
    expect(tries.slice(6)).toContain(429)
  })
})

describe('a name that is guessed at', () => {
  it('is locked, whoever it is', async () => {
    for (const user of ['eva', 'nobody at all']) {
      const tries: number[] = []
      for (let times = 0; times < 6; times++) tries.push((await post(user, `wrong ${times}`)).status)
      expect(tries).toEqual([401, 401, 401, 401, 401, 429])
      expect((await post(user)).status).toBe(429)
    }
  })
})

describe('a directory that is down', () => {
  it('is said to its people, and hides nobody else', async () => {
    const before = await post('ann')
    const local = { name: 'gina', password: goodPassword, roles: ['reader'] }
    expect((await admin.post('/api/v2/system/users', local)).status).toBe(200)
    line.cut()
    const refused = await post('bob')
    expect(refused.status, refused.text).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(refused.text).not.toContain('ECONNREFUSED')
    expect((await signIn(gateway.url, 'gina', goodPassword)).token).not.toBe('')
    expect((await post('eve', partnersPassword)).body).toMatchObject({ provider: 'partners' })
    // Who is signed in stays so; a renewal waits for the directory.
    expect((await holder(before).get(notes)).status).toBe(200)
    expect((await holder(before).send('PUT', '/api/v2/user/session')).status).toBe(503)
    await line.restore()
    expect((await holder(before).send('PUT', '/api/v2/user/session')).status).toBe(200)
    expect((await post('bob')).body).toMatchObject({ provider: 'staff', roles: ['admin'] })
  })
})

describe('the login page of MCP', () => {
  it('takes their password; roles are those of the day at a refresh, until they have left', async () => {
    const flow = await openMcpFlow(gateway.url)
    const browser = createBrowser(gateway.url)
    const login = await browser.open(flow.authorize)
    const wrong = await browser.submit(login, { username: 'ann', password: 'wrong' })
    expect(wrong.status).toBe(401)
    line.cut()
    expect((await browser.submit(wrong, { username: 'ann', password: ldapPassword })).status).toBe(503)
    await line.restore()
    const consent = await browser.submit(wrong, { username: 'ann', password: ldapPassword })
    expect(consent.text).toContain('value="allow"')
    const first = await flow.exchange((await browser.submit(consent, { decision: 'allow' })).url)
    expect(first.status, JSON.stringify(first.body)).toBe(200)
    const call = async ({ body }: typeof first) => {
      const called = await callTool(`${gateway.url}/mcp`, body.access_token, 'shop_get_table_data', {
        table_name: 'notes',
      })
      return JSON.stringify(called.body)
    }
    expect(await call(first)).toContain('team')

    const refresh = ({ body }: typeof first) => flow.refresh(body.refresh_token)
    const group = `cn=engineers,${staff.groups}`
    await set(staff, group, 'member', staff.dn('eve'))
    const without = await refresh(first)
    expect(without.status, JSON.stringify(without.body)).toBe(200)
    expect(await call(without)).not.toContain('team')
    await set(staff, group, 'member', staff.dn('ann'))
    const again = await refresh(without)
    expect(await call(again)).toContain('team')

    await staff.admin.del(staff.dn('ann'))
    const gone = await refresh(again)
    expect([gone.status, gone.body.error]).toEqual([400, 'invalid_grant'])
  })
})

describe('settings that would not do', () => {
  const good = { type: 'ldap', url: 'ldaps://ldap.example', base_dn: 'dc=example' }
  function errorsOf(settings: JsonObject): readonly string[] {
    const file = { store: { url: 'sqlite::memory:' }, sign_in: { providers: { staff: { ...good, ...settings } } } }
    const loaded = loadConfig(stringify(file), {}, connectorTypes)
    return loaded.ok ? [] : loaded.errors
  }

  it.each([
    [{ url: 'ldap://ldap.example' }, 'would send passwords in the clear'],
    [{ url: ['ldaps://ldap.example', 'ldap://10.0.0.1'] }, 'would send passwords in the clear'],
    [{ url: 'ldap://127.0.0.1.ldap.example' }, 'would send passwords in the clear'],
    [{ url: 'http://ldap.example' }, 'url'],
    [{ url: 'ldaps://user:secret@ldap.example' }, 'url'],
    [{ ca: '/no/such/file.pem' }, 'no file'],
    [{ base_dn: 'example' }, 'is no DN'],
    [{ bind_dn: 'cn=reader,dc=example' }, 'bind_password'],
    [{ user_filter: '(uid={user}' }, 'is no filter'],
    [{ user_filter: '(uid=ann)' }, 'needs {user}'],
    [{ group_filter: '(cn=x)' }, 'needs {dn} or {user}'],
    [{ user_dn_template: 'uid={name},dc=example' }, 'DN with {user}'],
    [{ user_dn_template: '{user}@example.com' }, 'DN with {user}'],
    [{ timeout: '2h' }, 'time like 5s'],
    [{ insecure: true }, 'insecure'],
  ])('%j', (settings, message) => {
    expect(errorsOf(settings).join('\n')).toContain(message)
  })

  it.each([
    {},
    { url: 'ldap://ldap.example', start_tls: true },
    { url: 'ldap://ldap.example', allow_plaintext: true },
    { url: 'ldap://[::1]:1389' },
    { bind_dn: 'EXAMPLE\\reader', bind_password: 'x', user_filter: '(userPrincipalName={user}@example.com)' },
  ])('but not %j', (settings) => {
    expect(errorsOf(settings)).toEqual([])
  })
})
