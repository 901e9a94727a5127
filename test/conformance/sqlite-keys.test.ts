import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Api } from '../harness/api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'

let folder = ''
let gateway: RunningGateway
let api: Api
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'))
  const database = new SqliteDatabase(join(folder, 'shop.db'))
  database.exec(`create table codes (code text primary key, label text);
    create table pairs (a text, b integer default 7, label text, primary key (a, b));
    create table numbered (id integer primary key, label text);
    create table made (code text primary key default (hex(randomblob(4))), label text)`)
  database.close()
  gateway = await startGateway({ services: { shop: { type: 'sqlite', connection: join(folder, 'shop.db') } } })
  api = gateway.api()
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

const all = async (table: string) => (await api.get(`/shop/_table/${table}`)).body.resource

it('SQLite takes no record without its key, though it would by itself', async () => {
  for (const record of [{}, { code: null }, { label: 'x' }, [{ code: null, label: 'x' }]]) {
    const reply = await api.post('/shop/_table/codes', record)
    expect(reply.status, reply.text).toBe(422)
    expect(reply.body.error).toMatchObject({ message: 'A value is required', hint: 'Required: code' })
  }
  expect((await api.post('/shop/_table/pairs', { b: 1 })).status).toBe(422)
  expect((await api.post('/shop/_table/pairs', { a: 'x', b: null })).status).toBe(422)
  expect([await all('codes'), await all('pairs')]).toEqual([[], []])
})

it('nor takes the key away from a record', async () => {
  expect((await api.post('/shop/_table/codes', { code: 'a', label: 'first' })).status).toBe(200)
  for (const path of ['codes/a', 'codes?filter=label%20is%20not%20null']) {
    const reply = await api.send('PATCH', `/shop/_table/${path}`, { code: null })
    expect(reply.status, reply.text).toBe(422)
  }
  expect(await all('codes')).toEqual([{ code: 'a', label: 'first' }])
  expect((await api.send('PUT', '/shop/_table/codes/a', { label: 'second' })).status).toBe(200)
  expect(await all('codes')).toEqual([{ code: 'a', label: 'second' }])
})

it('of a batch, the record without a key is the one that fails', async () => {
  const reply = await api.post('/shop/_table/codes?continue=true', [{ code: 'b' }, { label: 'x' }, { code: 'c' }])
  expect(reply.body.error, reply.text).toMatchObject({ code: 1000, context: { error: [1] } })
  expect((await all('codes')).map(({ code }: { code: string }) => code)).toEqual(['a', 'b', 'c'])
})

it('keys that the database makes may be left out', async () => {
  expect((await api.post('/shop/_table/numbered', { label: 'x' })).body).toEqual({ id: 1 })
  expect((await api.post('/shop/_table/numbered', { id: null, label: 'y' })).body).toEqual({ id: 2 })
  expect((await api.post('/shop/_table/pairs', { a: 'x' })).body).toEqual({ a: 'x', b: 7 })
  expect((await api.post('/shop/_table/made', { label: 'x' })).body).toMatchObject({
    code: expect.stringMatching(/^[0-9A-F]{8}$/),
  })
})
