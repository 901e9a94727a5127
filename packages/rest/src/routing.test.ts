import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from './testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => {
  server.pipeline.calls.length = 0
  server.pipeline.refused.length = 0
  server.pipeline.overviews.length = 0
})

const called = async (method: string, path: string) => {
  const { status } = await server.ask(path, { method })
  expect(status).toBe(200)
  const [call] = server.pipeline.calls.splice(0)
  return { operation: call?.operation, input: call?.input }
}

describe('routing', () => {
  it('finds operations by method and pattern, literal segments first', async () => {
    expect(await called('GET', '/api/v2/shop')).toEqual({ operation: 'get_database_resources', input: {} })
    expect(await called('GET', '/api/v2/shop/')).toEqual({ operation: 'get_database_resources', input: {} })
    expect(await called('GET', '/api/v2/shop/_table/')).toEqual({ operation: 'get_tables', input: {} })
    expect(await called('GET', '/api/v2/shop/_table/orders/_aggregate')).toEqual({
      operation: 'aggregate_data',
      input: { table_name: 'orders' },
    })
    expect(await called('GET', '/api/v2/shop/_table/orders/7')).toEqual({
      operation: 'get_record',
      input: { table_name: 'orders', id: '7' },
    })
    expect(await called('PATCH', '/api/v2/shop/_table/orders/7/')).toMatchObject({ operation: 'update_record' })
  })

  it('decodes path segments once', async () => {
    const names = ['order items', 'größe', 'a/b', '100%', '%2F', '日本', 'a+b', '..', "o'brien", '_aggregate2']
    for (const name of names) {
      const path = `/api/v2/shop/_table/${encodeURIComponent(name).replaceAll('.', '%2E')}/${encodeURIComponent('x,y')}`
      expect(await called('GET', path)).toEqual({ operation: 'get_record', input: { table_name: name, id: 'x,y' } })
    }
  })

  it('refuses a broken encoding with 400', async () => {
    for (const path of ['/api/v2/shop/_table/%zz', '/api/v2/shop/_table/%', '/api/v2/shop/_table/orders?filter=%e4']) {
      expect((await server.ask(path)).status).toBe(400)
    }
  })

  it('answers HEAD like GET, without a body', async () => {
    const got = await server.ask('/api/v2/shop/_table/orders')
    const head = await server.ask('/api/v2/shop/_table/orders', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.bytes).toHaveLength(0)
    expect(head.headers['content-length']).toBe(got.headers['content-length'])
  })

  it('answers 405 with Allow for a path that has other methods, and has it audited', async () => {
    const { status, headers } = await server.ask('/api/v2/shop/_spec', { method: 'PUT' })
    expect(status).toBe(405)
    expect(headers.allow).toBe('HEAD, GET, OPTIONS')
    expect(server.pipeline.refused[0]).toMatchObject({
      call: { service: 'shop' },
      failure: { code: 'method_not_allowed' },
    })
  })

  it('answers 404 for what is not there, and has it audited', async () => {
    for (const path of ['/api/v2/shop/nothing', '/api/v2/shop//_table', '/api/v2/shop/_tool', '/api/v2/other/_table']) {
      expect((await server.ask(path)).status, path).toBe(404)
    }
    expect(server.pipeline.refused).toHaveLength(4)
    expect(server.pipeline.calls).toHaveLength(0)
  })

  it('lets the pipeline refuse what only others may do', async () => {
    expect((await server.ask('/api/v2/shop/_table/orders?ids=1', { method: 'DELETE' })).status).toBe(403)
    expect(server.pipeline.calls[0]).toMatchObject({ operation: 'delete_records', input: { ids: '1' } })
    expect(server.pipeline.refused).toHaveLength(0)
  })

  it('lists services and documents', async () => {
    expect((await server.ask('/api/v2')).json()).toEqual({
      services: [{ name: 'shop', label: 'Shop', description: 'Orders and products', type: 'sqlite' }],
    })
    expect((await server.ask('/api/v2/api_docs')).json()).toMatchObject({ openapi: '3.1.1' })
    expect(server.pipeline.overviews.map((call) => call.operation)).toEqual(['list_apis', 'get_api_spec'])
    await server.ask('/api/v2/api_docs/shop')
    expect(server.pipeline.calls[0]).toMatchObject({ service: 'shop', operation: 'get_api_spec' })
    expect((await server.ask('/api/v2', { method: 'POST', body: '{}' })).status).toBe(405)
  })

  it('is not confused with neighbours of its base path', async () => {
    expect((await server.ask('/api/v2x/shop')).status).toBe(404)
    expect((await server.ask('/api/v3')).status).toBe(404)
    expect((await server.ask('/api/v2?x=1')).status).toBe(200)
  })

  it('reads credentials from headers only', async () => {
    const path = '/api/v2/shop/_table/orders'
    const with_ = (headers: Record<string, string>) => server.ask(path, { anonymous: true, headers })
    expect((await with_({ 'X-DreamFactory-API-Key': 'good' })).status).toBe(200)
    expect((await with_({ Authorization: 'bearer good' })).status).toBe(200)
    expect((await with_({ 'X-DreamFactory-Session-Token': 'good' })).status).toBe(200)
    expect((await with_({ Authorization: `Basic ${btoa('ada:pass:word')}` })).status).toBe(200)
    expect((await with_({ Authorization: 'Basic !!!' })).status).toBe(401)
    const inQuery = await server.ask(`${path}?api_key=good`, { anonymous: true })
    expect(inQuery.status).toBe(401)
    expect(inQuery.headers['www-authenticate']).toContain('Bearer')
    expect(inQuery.text).toContain('not read from the query string')
    expect(JSON.stringify(server.pipeline.refused)).not.toContain('good')
  })

  it('takes over a plain request id and makes its own otherwise', async () => {
    const own = await server.ask('/api/v2', { headers: { 'X-Request-Id': 'abc-1.2_3' } })
    expect(own.headers['x-request-id']).toBe('abc-1.2_3')
    const ids = new Set<unknown>()
    for (const id of ['has space', 'x'.repeat(65), 'a"b', '']) {
      ids.add((await server.ask('/api/v2', { headers: { 'X-Request-Id': id } })).headers['x-request-id'])
    }
    expect(ids.size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]+-[0-9a-z]+$/)
  })
})
