import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { type Answer, Failure } from '@gatehouse/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timing } from './testing/pipeline.js'
import { startServer, type TestServer } from './testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const orders = '/api/v2/shop/_table/orders'
const record = '{"id":9007199254740993,"name":"ü"}'
const answerWith = (answer: Answer) => {
  server.pipeline.answer = () => answer
}
const both = (text: string) => [text, new Uint8Array(Buffer.from(text))]

describe('answers', () => {
  it('wraps a page without touching its text', async () => {
    for (const text of both(`[${record}]`)) {
      answerWith({ kind: 'records', format: 'json', text, rows: 1, meta: { next: 1, next_cursor: 'ü' }, timing })
      const page = await server.ask(orders)
      expect(page.text).toBe(`{"resource":[${record}],"meta":{"next":1,"next_cursor":"ü"}}`)
      expect(page.headers).toMatchObject({
        'content-type': 'application/json',
        'content-length': `${page.bytes.length}`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      answerWith({ kind: 'records', format: 'json', text, rows: 1, meta: {}, timing })
      expect((await server.ask(orders)).text).toBe(`{"resource":[${record}],"meta":{}}`)
    }
  })

  it('answers one record bare, with its entity tag', async () => {
    for (const text of both(record)) {
      answerWith({ kind: 'record', text, etag: 'v1', timing })
      const got = await server.ask(`${orders}/1`)
      expect(got.text).toBe(record)
      expect(got.headers.etag).toBe('"v1"')
      for (const tag of ['"v1"', 'W/"v1"', '"x", "v1"', '*']) {
        const unchanged = await server.ask(`${orders}/1`, { headers: { 'If-None-Match': tag } })
        expect([unchanged.status, unchanged.text, unchanged.headers.etag]).toEqual([304, '', '"v1"'])
      }
      expect((await server.ask(`${orders}/1`, { headers: { 'If-None-Match': '"v2"' } })).status).toBe(200)
    }
  })

  it('answers writes with their records, or the bare one', async () => {
    for (const text of both('[{"id":1}]')) {
      answerWith({ kind: 'written', text, rows: 1, single: false, timing })
      expect((await server.ask(orders, { body: '[{}]' })).text).toBe('{"resource":[{"id":1}]}')
      answerWith({ kind: 'written', text, rows: 1, single: true, timing })
      expect((await server.ask(orders, { body: '{}' })).text).toBe('{"id":1}')
    }
    answerWith({ kind: 'written', text: '[]', rows: 0, single: true, timing })
    expect((await server.ask(orders, { body: '{}' })).text).toBe('{}')
  })

  it('passes on texts, values and dry runs', async () => {
    answerWith({ kind: 'text', text: '{"value":1}', timing })
    expect((await server.ask(orders)).text).toBe('{"value":1}')
    answerWith({ kind: 'json', value: ['a', null], timing })
    expect((await server.ask(orders)).text).toBe('["a",null]')
    answerWith({ kind: 'dry_run', value: { would: 'select' }, timing })
    expect((await server.ask(orders)).text).toBe('{"would":"select"}')
  })

  it('says limits and timings', async () => {
    const limit = { limit: 20, remaining: 19, reset: 60 }
    answerWith({ kind: 'text', text: '{}', limit, timing })
    const { headers } = await server.ask(orders)
    expect(headers).toMatchObject({ 'ratelimit-limit': '20', 'ratelimit-remaining': '19', 'ratelimit-reset': '60' })
    expect(headers['server-timing']).toMatch(/^auth;dur=0\.10, plan;dur=0\.25, db;dur=1\.50, total;dur=\d+\.\d\d$/)
  })
})

describe('formats', () => {
  it('are chosen by Accept where the operation has them', async () => {
    const formats: unknown[] = []
    server.pipeline.answer = ({ input }) => {
      formats.push(input.format)
      return { kind: 'text', text: '{}', timing }
    }
    for (const accept of [
      'text/csv',
      'application/x-ndjson',
      'application/json, text/csv;q=0.5',
      'text/csv;q=0.3, application/x-ndjson;q=0.8',
      'text/html, */*;q=0.1',
      'text/*',
    ]) {
      expect((await server.ask(orders, { headers: { Accept: accept } })).status).toBe(200)
    }
    await server.ask(`${orders}?format=table`, { headers: { Accept: 'text/csv' } })
    expect(formats).toEqual(['csv', 'ndjson', undefined, 'ndjson', undefined, 'csv', 'table'])
    const refused = await server.ask(`${orders}/1`, { headers: { Accept: 'text/csv' } })
    expect(refused.status).toBe(406)
    expect((await server.ask(orders, { headers: { Accept: 'application/json;q=0' } })).status).toBe(406)
  })

  it('carry what was cut, and a file name', async () => {
    answerWith({ kind: 'records', format: 'csv', text: 'id\r\n1\r\n', rows: 1, meta: { next: 1, of: 'ü' }, timing })
    const csv = await server.ask(`${orders}?file=${encodeURIComponent('größe "1".csv')}`)
    expect(csv.text).toBe('id\r\n1\r\n')
    expect(csv.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'x-page-meta': '{"next":1,"of":"\\u00fc"}',
      'content-disposition': `attachment; filename="gr__e _1_.csv"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.csv`,
    })
    const split = await server.ask(`${orders}?file=${encodeURIComponent('a\r\nX: 1.csv')}`)
    expect(split.headers.x).toBeUndefined()
    expect(split.status).toBe(200)
  })
})

describe('compression', () => {
  const big = JSON.stringify('x'.repeat(5000))

  it('is negotiated, for bodies that are worth it', async () => {
    answerWith({ kind: 'text', text: big, timing })
    const gzip = await server.ask(orders, { headers: { 'Accept-Encoding': 'gzip, br;q=0.5' } })
    expect([gzip.headers['content-encoding'], gzip.headers.vary]).toEqual(['gzip', 'Accept-Encoding'])
    expect(gunzipSync(gzip.bytes).toString()).toBe(big)
    const br = await server.ask(orders, { headers: { 'Accept-Encoding': 'gzip, deflate, br' } })
    expect(br.headers['content-encoding']).toBe('br')
    expect(brotliDecompressSync(br.bytes).toString()).toBe(big)
    for (const accept of ['identity', 'gzip;q=0', 'deflate', 'identity, gzip;q=0.5']) {
      const plain = await server.ask(orders, { headers: { 'Accept-Encoding': accept } })
      expect([plain.headers['content-encoding'], plain.text]).toEqual([undefined, big])
    }
    answerWith({ kind: 'text', text: '{}', timing })
    const small = await server.ask(orders, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(small.headers['content-encoding']).toBeUndefined()
  })

  it('goes with streams', async () => {
    server.pipeline.answer = () =>
      streamOf(async function* () {
        for (let i = 0; i < 50; i++) yield Buffer.from(`${i},${'x'.repeat(5000)}\n`)
      })
    const plain = await server.ask(orders)
    expect(plain.text.split('\n')).toHaveLength(51)
    const gzip = await server.ask(orders, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(gunzipSync(gzip.bytes).toString()).toBe(plain.text)
    expect(gzip.headers['transfer-encoding']).toBe('chunked')
    expect((await server.ask(orders, { method: 'HEAD' })).text).toBe('')
  })
})

describe('streams', () => {
  it('waits for a slow reader', async () => {
    const chunks = 16_384 // of 64 kB: 1 GB in all, far more than every buffer between the two ends together
    let produced = 0
    let ended = false
    server.pipeline.answer = () =>
      streamOf(async function* () {
        const chunk = Buffer.alloc(65_536, 120)
        try {
          for (; produced < chunks; produced++) yield chunk
        } finally {
          ended = true
        }
      })
    const response = await fetch(server.url + orders, { headers: { 'X-API-Key': 'good' } })
    let before = -1
    while (before !== produced) {
      before = produced
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(produced).toBeGreaterThan(0)
    expect(produced).toBeLessThan(chunks)
    expect(ended).toBe(false)
    await response.body?.cancel()
    await expect.poll(() => ended).toBe(true)
  })

  it('that fail before they begin become an error', async () => {
    server.pipeline.answer = () =>
      streamOf(async function* (): AsyncGenerator<Uint8Array> {
        if (server.port > 0) throw new Failure('timeout', 'Too slow')
        yield Buffer.from('never')
      })
    expect((await server.ask(orders)).status).toBe(504)
  })

  it('that fail in their middle never look whole', async () => {
    server.pipeline.answer = () =>
      streamOf(async function* () {
        yield Buffer.from('first\n')
        await new Promise((resolve) => setTimeout(resolve, 20))
        throw new Error('secret of the driver')
      })
    for (const encoding of ['identity', 'gzip']) {
      await expect(server.ask(orders, { headers: { 'Accept-Encoding': encoding } })).rejects.toThrow(
        /aborted|hang up|closed/,
      )
    }
    await expect.poll(() => server.errors.length).toBe(2)
  })
})

function streamOf(make: () => AsyncGenerator<Uint8Array>): Answer {
  return { kind: 'stream', mediaType: 'text/csv; charset=utf-8', chunks: make(), meta: {}, timing }
}
