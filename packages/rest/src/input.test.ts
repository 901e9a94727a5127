import { ExactNumber } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AskOptions, startServer, type TestServer } from './testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => {
  server.pipeline.calls.length = 0
  server.pipeline.refused.length = 0
})

const orders = '/api/v2/shop/_table/orders'

async function inputOf(path: string, options: AskOptions = {}) {
  const { status, text } = await server.ask(path, options)
  expect(status, text).toBe(200)
  const { table_name: _, ...input } = server.pipeline.calls.at(-1)?.input ?? {}
  return input
}

async function refusal(path: string, options: AskOptions = {}) {
  const { status, json } = await server.ask(path, options)
  expect(server.pipeline.refused.length).toBeGreaterThan(0)
  const { error } = json() as { error: { message: string; context?: unknown } }
  return { status, ...error }
}

const sent = (body: unknown, more: AskOptions = {}): AskOptions => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'Content-Type': 'application/json', ...more.headers },
  ...(more.method !== undefined && { method: more.method }),
})

describe('the query string', () => {
  it('becomes values by the schema of the property', async () => {
    for (const [text, value] of Object.entries({
      true: true,
      '1': true,
      YES: true,
      false: false,
      '0': false,
      no: false,
    })) {
      expect(await inputOf(`${orders}?count_only=${text}`)).toEqual({ count_only: value })
    }
    expect(await inputOf(`${orders}?count_only`)).toEqual({ count_only: true })
    expect(await inputOf(`${orders}?limit=10&ratio=-1.5e3`)).toEqual({ limit: 10, ratio: -1500 })
    expect(await inputOf(`${orders}?numbered=1,2,3`)).toEqual({ numbered: [1, 2, 3] })
    expect(await inputOf(`${orders}?numbered=1&numbered=2`)).toEqual({ numbered: [1, 2] })
    expect(await inputOf(`${orders}?fields=a,b&fields=c`)).toEqual({ fields: 'a,b,c' })
    expect(await inputOf(`${orders}?ids=[1,2]`)).toEqual({ ids: [1, 2] })
    expect(await inputOf(`${orders}?ids=1,2`)).toEqual({ ids: '1,2' })
    expect(await inputOf(`${orders}?params=${encodeURIComponent('{"a":12345678901234567890}')}`)).toEqual({
      params: { a: new ExactNumber('12345678901234567890') },
    })
    expect(await inputOf(`${orders}?format=csv`)).toEqual({ format: 'csv' })
  })

  it('leaves what does not fit for the pipeline to refuse', async () => {
    expect(await inputOf(`${orders}?limit=ten&count_only=maybe`)).toEqual({ limit: 'ten', count_only: 'maybe' })
    expect(await inputOf(`${orders}?bogus=1&orders_by_x.limit=3`)).toEqual({ bogus: '1', 'orders_by_x.limit': '3' })
  })

  it('is decoded once', async () => {
    expect(await inputOf(`${orders}?filter=a+%3D+%27x%2By%26%25%27&&order=%C3%A4`)).toEqual({
      filter: "a = 'x+y&%'",
      order: 'ä',
    })
  })

  it('knows aliases, and takes each property once', async () => {
    expect(await inputOf(`${orders}?where=a&top=5&order_by=b`)).toEqual({ filter: 'a', limit: 5, order: 'b' })
    expect((await refusal(`${orders}?where=a&filter=b`)).message).toContain('more than once')
    expect((await refusal(`${orders}?limit=1&limit=2`)).status).toBe(400)
    expect((await refusal(`${orders}?table_name=secrets`)).status).toBe(400)
    expect((await refusal(`${orders}?__proto__=1`)).status).toBe(400)
  })

  it('says where JSON breaks off', async () => {
    const { status, message } = await refusal(`${orders}/_aggregate?aggregates=[{"function":`)
    expect(status).toBe(400)
    expect(message).toContain('column 14')
  })
})

describe('the body', () => {
  const records = [{ name: 'a' }, { name: 'b' }]

  it('is records in any of their forms', async () => {
    expect(await inputOf(orders, sent(records))).toEqual({ records })
    expect(await inputOf(orders, sent({ resource: records, continue: true }))).toEqual({ records, continue: true })
    expect(await inputOf(orders, sent({ records, fields: '*' }))).toEqual({ records, fields: '*' })
    expect(await inputOf(`${orders}?fields=*`, sent({ name: 'a' }))).toEqual({ records: { name: 'a' }, fields: '*' })
    expect(await inputOf(orders, sent({ resource: 'text' }))).toEqual({ records: { resource: 'text' } })
    expect(await inputOf(orders, sent({ fields: 'the column' }))).toEqual({ records: { fields: 'the column' } })
    expect(await inputOf(orders, sent({}))).toEqual({ records: {} })
  })

  it('is parameters where it has nothing else', async () => {
    const put = { method: 'PUT' }
    expect(await inputOf(orders, sent({ ids: [1, 2], records: { name: 'x' } }, put))).toEqual({
      ids: [1, 2],
      records: { name: 'x' },
    })
    expect(await inputOf(`${orders}/_aggregate`, sent({ group_by: 'name', limit: '5' }))).toEqual({
      group_by: 'name',
      limit: 5,
    })
    const call = await inputOf('/api/v2/shop/_proc/report', sent({ parameters: [1, 2] }))
    expect(call).toEqual({ procedure_name: 'report', params: [1, 2] })
    expect((await refusal('/api/v2/shop/_proc/report', sent([1]))).status).toBe(400)
    await server.ask(orders, sent({ id: 5 }, { method: 'DELETE' }))
    expect(server.pipeline.calls.at(-1)?.input).toEqual({ table_name: 'orders', ids: 5 })
    await server.ask(orders, sent([1, 2], { method: 'DELETE' }))
    expect(server.pipeline.calls.at(-1)?.input).toEqual({ table_name: 'orders', records: [1, 2] })
  })

  it('may be missing', async () => {
    expect(await inputOf('/api/v2/shop/_proc/report', { method: 'POST' })).toEqual({ procedure_name: 'report' })
    expect(await inputOf('/api/v2/shop/_proc/report', { body: ' ' })).toEqual({ procedure_name: 'report' })
  })

  it('keeps the digits of its numbers', async () => {
    expect(await inputOf(orders, sent('[{"price":0.1234567890123456789,"id":9007199254740993}]'))).toEqual({
      records: [{ price: new ExactNumber('0.1234567890123456789'), id: new ExactNumber('9007199254740993') }],
    })
  })

  it('is JSON in UTF-8, or refused', async () => {
    for (const type of ['application/json; charset=UTF-8', 'application/vnd.api+json']) {
      expect(await inputOf(orders, { body: '\ufeff[]', headers: { 'Content-Type': type } })).toEqual({ records: [] })
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) {
      expect((await refusal(orders, { body: '[]', headers: { 'Content-Type': type } })).status).toBe(415)
    }
    expect((await refusal(orders, sent('[]', { headers: { 'Content-Encoding': 'gzip' } }))).status).toBe(415)
    expect((await refusal(orders, { body: Buffer.from([0x22, 0xff, 0x22]) })).message).toContain('UTF-8')
  })

  it('says where it is malformed, and caps depth and size', async () => {
    const broken = await refusal(orders, sent('[{"a":1},\n{"b" 2}]'))
    expect(broken).toMatchObject({ status: 400, context: { position: 15, line: 2, column: 6 } })
    expect((await refusal(orders, sent('['.repeat(200) + ']'.repeat(200)))).message).toContain('100 levels')
    expect((await refusal(orders, sent(`["${'x'.repeat(11_000)}"]`))).status).toBe(413)
    const chunked = await fetch(server.url + orders, {
      method: 'POST',
      headers: { 'X-API-Key': 'good' },
      body: new ReadableStream({
        start(controller) {
          for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(1000).fill(32))
          controller.close()
        },
      }),
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
  })

  it('cannot reach a prototype', async () => {
    expect((await refusal(`${orders}/_aggregate`, sent('{"__proto__":{"limit":1}}'))).status).toBe(400)
    const input = await inputOf(orders, sent('[{"__proto__":{"admin":true}}]'))
    expect(JSON.stringify(input)).toBe('{"records":[{"__proto__":{"admin":true}}]}')
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('tunnelling', () => {
  it('lets a POST stand for another method', async () => {
    const body = { filter: 'a = 1', fields: ['x'], limit: '4' }
    for (const [query, headers] of [
      ['?method=GET', {}],
      ['?method=get', {}],
      ['', { 'X-HTTP-Method': 'GET' }],
      ['', { 'X-HTTP-Method-Override': 'GET' }],
    ] as const) {
      expect(await inputOf(orders + query, sent(body, { headers }))).toEqual({ ...body, limit: 4 })
      expect(server.pipeline.calls.at(-1)?.operation).toBe('get_table_data')
    }
    const patch = sent({ name: 'x' }, { headers: { 'X-HTTP-Method': 'PATCH' } })
    expect(await inputOf(`${orders}?ids=1`, patch)).toEqual({ ids: '1', records: { name: 'x' } })
  })

  it('refuses what is no method, and other methods than POST', async () => {
    expect((await refusal(`${orders}?method=TRACE`, sent({}))).status).toBe(400)
    expect((await refusal(orders, sent({}, { headers: { 'X-HTTP-Method': 'constructor' } }))).status).toBe(400)
    expect(await inputOf(`${orders}?method=DELETE`)).toEqual({ method: 'DELETE' })
    expect(await inputOf(orders, { headers: { 'X-HTTP-Method': 'DELETE' } })).toEqual({})
  })
})

describe('If-Match', () => {
  it('becomes if_match where the operation can heed it', async () => {
    const patch = (tag: string) => sent({ name: 'x' }, { method: 'PATCH', headers: { 'If-Match': tag } })
    expect(await inputOf(`${orders}/7`, patch('"abc"'))).toMatchObject({ if_match: 'abc' })
    expect(await inputOf(`${orders}/7`, patch('W/"abc"'))).toMatchObject({ if_match: 'abc' })
    expect(await inputOf(`${orders}/7`, patch('*'))).toEqual({ id: '7', records: { name: 'x' } })
    expect((await refusal(`${orders}/7`, patch('"a", "b"'))).status).toBe(400)
    expect((await refusal(orders, patch('"a"'))).message).toContain('one record only')
    expect(await inputOf(orders, { headers: { 'If-Match': '"a"' } })).toEqual({})
  })
})
