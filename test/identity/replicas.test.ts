import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { administrator, caller, goodPassword, signIn } from './person.js'
import { onTwoGateways } from './two-gateways.js'

const notes = '/api/v2/shop/_table/notes'

onTwoGateways(
  'know each other’s sessions, revocations, roles, keys, services and limits',
  async ({ one, two, place, hasRedis, eventually }) => {
    const admin = await administrator(one)

    // Sign in on one, call on the other, sign out on one.
    const ann = { name: 'ann', password: goodPassword, roles: ['reader'], attributes: { team: 'a' } }
    const made = await admin.post('/api/v2/system/users', ann)
    expect(made.status, made.text).toBe(200)
    const user = await signIn(one.url, 'ann', goodPassword)
    const there = caller(two.url, { authorization: `Bearer ${user.token}` })
    const seen = await there.get(notes)
    expect(seen.status, seen.text).toBe(200)
    expect(seen.body.resource).toEqual([{ id: 1, team: 'a' }])

    // What changes of the user on one holds on the other.
    const id = made.body.id
    const changed = await admin.send('PATCH', `/api/v2/system/users/${id}`, { attributes: { team: 'b' } })
    expect(changed.status, changed.text).toBe(200)
    await eventually(async () => (await there.get(notes)).body.resource.length).toBe(2)
    await admin.send('PATCH', `/api/v2/system/users/${id}`, { roles: [] })
    await eventually(async () => (await there.get(notes)).status).toBe(404)
    await admin.send('PATCH', `/api/v2/system/users/${id}`, { roles: ['reader'] })
    await eventually(async () => (await there.get(notes)).status).toBe(200)

    expect((await user.send('DELETE', '/api/v2/user/session')).body).toEqual({ success: true })
    await eventually(async () => (await there.get(notes)).status).toBe(401)

    // A role, a key and a limit that are made on one.
    const role = `writer_${randomBytes(3).toString('hex')}`
    const roleId = (await admin.post('/api/v2/system/roles', { name: role })).body.id
    const grant = await admin.post('/api/v2/system/grants', {
      role_id: roleId,
      service: 'shop',
      resource: '_table/notes',
      verbs: ['read'],
    })
    expect(grant.status, grant.text).toBe(200)
    const key = await admin.post('/api/v2/system/api_keys', { name: 'tool', roles: [role] })
    expect(key.body.key, key.text).toMatch(/^gh_/)
    const tool = caller(two.url, { 'x-api-key': key.body.key })
    await eventually(async () => (await tool.get(notes)).status).toBe(200)
    await admin.send('PATCH', `/api/v2/system/grants/${grant.body.id}`, { verbs: ['create'] })
    await eventually(async () => (await tool.get(notes)).status).toBe(403)
    await admin.send('PATCH', `/api/v2/system/grants/${grant.body.id}`, { verbs: ['read'] })
    await eventually(async () => (await tool.get(notes)).status).toBe(200)
    const limit = await admin.post('/api/v2/system/limits', { per: 'role', role, rate: 3, period: 'hour' })
    expect(limit.status, limit.text).toBe(200)
    await eventually(async () => (await tool.get(notes)).headers.get('ratelimit-limit')).toBe('3')
    if (hasRedis) {
      const here = caller(one.url, { 'x-api-key': key.body.key })
      const statuses = [await here.get(notes), await tool.get(notes), await here.get(notes), await tool.get(notes)]
      expect(statuses.map(({ status }) => status)).toContain(429)
      expect((await here.get(notes)).status).toBe(429)
    }
    await admin.send('DELETE', `/api/v2/system/limits/${limit.body.id}`)
    await eventually(async () => (await tool.get(notes)).headers.get('ratelimit-limit')).toBeNull()
    await admin.send('PATCH', `/api/v2/system/api_keys/${key.body.id}`, { revoked: true })
    await eventually(async () => (await tool.get(notes)).status).toBe(401)

    // A service and an MCP endpoint.
    const connection = place.url.replace(/^sqlite:/, '')
    const config = { connection, tables: { include: ['limits'] } }
    const service = await admin.post('/api/v2/system/services', { name: 'own', type: typeOf(place.url), config })
    expect(service.status, service.text).toBe(200)
    const adminThere = caller(two.url, { authorization: `Bearer ${admin.token}` })
    await eventually(async () => (await adminThere.get('/api/v2/own/_table/limits')).status).toBe(200)
    await admin.send('DELETE', `/api/v2/system/services/${service.body.id}`)
    await eventually(async () => (await adminThere.get('/api/v2/own/_table/limits')).status).toBe(404)
    const endpoint = await admin.post('/api/v2/system/mcp_endpoints', { name: 'sales', services: ['shop'] })
    expect(endpoint.status, endpoint.text).toBe(200)
    await eventually(async () => (await caller(two.url, {}).send('POST', '/mcp/sales', {})).status).toBe(401)
  },
)

function typeOf(url: string): string {
  return url.startsWith('sqlite:') ? 'sqlite' : url.startsWith('postgres') ? 'postgres' : 'mysql'
}
