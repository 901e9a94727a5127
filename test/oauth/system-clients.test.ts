import { afterAll, beforeAll, expect, it } from 'vitest'
import { administrator, goodPassword, type Person, signIn } from '../identity/person.js'
import { postForm, rpc } from './oauth-client.js'
import { callback, startWorld, type World } from './world.js'

const path = '/api/v2/system/oauth_clients'

let world: World
let admin: Person
beforeAll(async () => {
  world = await startWorld({
    roles: {
      analyst: { grants: [{ service: 'salesdb', resource: '*', verbs: ['read'] }] },
      clerk: {
        grants: [{ service: 'system', resource: 'oauth_clients', verbs: ['read', 'create', 'update', 'delete'] }],
      },
    },
  })
  admin = await administrator(world.gateway)
})
afterAll(() => world.close())

const credentials = (client_id: string, client_secret: string) =>
  postForm(`${world.url}/mcp/default/token`, { grant_type: 'client_credentials', client_id, client_secret })
const listed = async (token: string) => (await rpc(`${world.url}/mcp`, token, 'tools/list')).status

it('administrators make clients for an endpoint; the secret is shown once', async () => {
  const made = await admin.post(path, { name: 'reports', roles: ['analyst'], attributes: { country: 'DE' } })
  expect(made.status, made.text).toBe(200)
  const { id } = made.body
  const shown = (await admin.get(`${path}/${id}`)).body
  const { client_id, secret = '' } = { ...shown, ...made.body }
  expect(secret).toMatch(/^ghs_/)
  expect(shown).toMatchObject({
    name: 'reports',
    endpoint: 'default',
    grant_types: ['client_credentials'],
    secret: null,
  })
  expect(JSON.stringify(shown)).not.toMatch(/secret_hash|tenant/)

  const first = await credentials(client_id, secret)
  expect(first.status, JSON.stringify(first.body)).toBe(200)
  expect(await listed(first.body.access_token)).toBe(200)

  const rotated = await admin.send('PATCH', `${path}/${id}`, { rotate: true })
  expect((await credentials(client_id, secret)).body.error).toBe('invalid_client')
  const second = await credentials(client_id, rotated.body.secret)
  expect(second.status).toBe(200)
  // What it had before is over too.
  expect(await listed(first.body.access_token)).toBe(401)

  expect((await admin.send('DELETE', `${path}/${id}`)).status).toBe(200)
  expect((await credentials(client_id, rotated.body.secret)).body.error).toBe('invalid_client')
  expect(await listed(second.body.access_token)).toBe(401)
})

it('those that registered themselves are seen, and can be removed', async () => {
  const client = await world.register({ client_name: 'A stranger' })
  const { access } = await world.tokens({ client })
  const found = await admin.get(`${path}?filter=${encodeURIComponent(`client_id = '${client}'`)}`)
  expect(found.body.resource).toMatchObject([{ name: 'A stranger', source: 'self', kind: 'registered' }])
  const [{ id }] = found.body.resource
  expect((await admin.send('PATCH', `${path}/${id}`, { roles: ['admin'] })).status).toBe(403)
  expect((await admin.send('DELETE', `${path}/${id}`)).status).toBe(200)
  expect(await listed(access)).toBe(401)
})

it.each([
  [{ name: 'x', redirect_uris: ['javascript:alert(1)'] }, 400],
  [{ name: 'x', redirect_uris: ['http://example.org/'] }, 400],
  [{ name: 'x' }, 400],
  [{ name: 'a b', roles: ['analyst'] }, 400],
  [{ name: 'x', roles: ['nobody'] }, 400],
  [{ name: 'x', roles: ['analyst'], endpoint: 'nothing' }, 400],
  [{ name: 'x', roles: ['analyst'], secret_hash: 'a'.repeat(64) }, 400],
  [{ name: 'x', roles: ['analyst'], client_id: 'machine@default' }, 400],
])('%j is refused', async (client, status) => {
  const refused = await admin.post(path, client)
  expect(refused.status, refused.text).toBe(status)
})

it('nobody gives a client what they do not have, nor changes those of the file', async () => {
  await admin.post('/api/v2/system/users', { name: 'carl', password: goodPassword, roles: ['clerk'] })
  const clerk = await signIn(world.url, 'carl', goodPassword)
  expect((await clerk.post(path, { name: 'mine', roles: ['analyst'] })).status).toBe(403)
  const people = await clerk.post(path, { name: 'mine', redirect_uris: [callback] })
  expect(people.status, people.text).toBe(200)
  const file = await admin.get(`${path}?filter=${encodeURIComponent("source = 'file'")}&order=client_id`)
  expect(file.body.resource.map((client: { client_id: string }) => client.client_id)).toEqual([
    'machine@default',
    'remote@default',
    'web@default',
  ])
  expect((await admin.send('PATCH', `${path}/${file.body.resource[0].id}`, { rotate: true })).status).toBe(403)
})
