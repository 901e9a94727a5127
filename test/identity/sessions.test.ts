import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { sqlite } from '../backends/sqlite.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { administrator, caller, goodPassword, type Person } from './person.js'

let database: OpenBackend
let gateway: RunningGateway
let admin: Person
beforeAll(async () => {
  database = there(await sqlite.open())
  await database.run([
    'CREATE TABLE notes (id INTEGER PRIMARY KEY, team TEXT)',
    "INSERT INTO notes VALUES (1, 'a'), (2, 'b')",
  ])
  gateway = await startGateway({
    services: { shop: database.service },
    roles: {
      reader: { grants: [{ service: 'shop', resource: '_table/notes', verbs: ['read'], rows: 'team = {user.team}' }] },
    },
  })
  admin = await administrator(gateway)
  const ann = {
    name: 'Ann',
    email: 'ann@example.com',
    password: goodPassword,
    roles: ['reader'],
    attributes: { team: 'a' },
  }
  const made = await admin.post('/api/v2/system/users', ann)
  expect(made.status, made.text).toBe(200)
})
afterAll(async () => {
  await gateway.close()
  await database.close()
})

const notes = '/api/v2/shop/_table/notes'

describe('sessions', () => {
  it('are opened by name and password, and are the user on every call', async () => {
    const reply = await caller(gateway.url, {}).post('/api/v2/user/session', { email: 'ANN', password: goodPassword })
    expect(reply.status, reply.text).toBe(200)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(reply.body).toMatchObject({ name: 'Ann', email: 'ann@example.com', roles: ['reader'], is_sys_admin: false })
    const token = reply.body.session_token
    for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-dreamfactory-session-token': token }]) {
      const answer = await caller(gateway.url, headers).get(notes)
      expect(answer.body, answer.text).toMatchObject({ resource: [{ id: 1, team: 'a' }] })
    }
  })
})
