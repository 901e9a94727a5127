import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'

const rows = "country = 'DE'"
const every = { service: 'shop', resource: '_table/*' }
const roles = {
  german: { grants: [{ ...every, verbs: ['read'], rows }] },
  // What one grant cannot give, another one of the same pattern does not give either.
  clerk: {
    grants: [
      { ...every, verbs: ['read'] },
      { ...every, verbs: ['update'], rows },
    ],
  },
}

let folder = ''
let gateway: RunningGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-unfit-'))
  const database = new SqliteDatabase(join(folder, 'shop.db'))
  database.exec(`create table customers (id integer primary key, country text);
    create table stickers (id integer primary key, label text, customer_id integer references customers (id));
    insert into customers values (1, 'DE'), (2, 'FR');
    insert into stickers values (1, 'new', 1)`)
  database.close()
  gateway = await startGateway({ services: { shop: { type: 'sqlite', connection: join(folder, 'shop.db') } }, roles })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

it('a table that a row policy means nothing on does not exist for the caller', async () => {
  const api = gateway.api('german')
  expect((await api.get('/shop/_table/customers')).body.resource).toEqual([{ id: 1, country: 'DE' }])
  expect((await api.get('/shop/_table?as_list=true')).body.resource).toEqual(['customers'])
  for (const path of ['/shop/_spec', '/shop/_schema', '/shop/_model', '/api_docs']) {
    const reply = await api.get(path)
    expect(reply.status, path).toBe(200)
    expect(reply.text, path).not.toContain('stickers')
  }
  const [hidden, absent] = [await api.get('/shop/_table/stickers'), await api.get('/shop/_table/stinkers')]
  expect(hidden.status).toBe(404)
  expect(hidden.body.error.message).toBe(absent.body.error.message.replace('stinkers', 'stickers'))
  expect(hidden.text).not.toContain('country')
  expect((await api.get('/shop/_table/customers?related=stickers_by_customer_id')).status).toBe(400)
})

it('and with other verbs granted on it, has those alone', async () => {
  const api = gateway.api('clerk')
  expect((await api.get('/shop/_table/stickers')).body.resource).toHaveLength(1)
  expect((await api.send('PATCH', '/shop/_table/stickers/1', { label: 'old' })).status).toBe(403)
  expect((await api.send('PATCH', '/shop/_table/customers/1', { country: 'DE' })).status).toBe(200)
  expect((await api.get('/shop/_table/stickers')).body.resource).toMatchObject([{ label: 'new' }])
})
