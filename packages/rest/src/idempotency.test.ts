import { type Answer, Failure } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { memoryIdempotency } from './memory-idempotency.js'
import { timing } from './testing/pipeline.js'
import { type AskOptions, startServer, type TestServer } from './testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

let count = 0
beforeEach(() => {
  count = 0
  server.pipeline.answer = () => ({ kind: 'written', text: `[{"id":${++count}}]`, rows: 1, single: false, timing })
})

const orders = '/api/v2/shop/_table/orders'
const once = (key: string, body = '[{"name":"a"}]', more: AskOptions = {}) =>
  server.ask(orders, { body, ...more, headers: { 'Idempotency-Key': key, ...more.headers } })

describe('Idempotency-Key', () => {
  it('gives the same answer again and does nothing more', async () => {
    const first = await once('a')
    const second = await once('a')
    expect([first.text, second.text, count]).toEqual(['{"resource":[{"id":1}]}', first.text, 1])
    expect([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']]).toEqual([undefined, 'true'])
    expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id'])
    expect((await once('b')).text).toBe('{"resource":[{"id":2}]}')
  })

  it('is not for a different request', async () => {
    await once('c')
    expect((await once('c', '[{"name":"b"}]')).status).toBe(422)
    expect(count).toBe(1)
  })

  it('is not for two at a time', async () => {
    let finish: (answer: Answer) => void = () => undefined
    server.pipeline.answer = () =>
      new Promise((resolve) => {
        finish = resolve
        count++
      })
    const first = once('d')
    await expect.poll(() => count).toBe(1)
    const second = await once('d')
    expect([second.status, second.headers['retry-after']]).toEqual([409, '1'])
    finish({ kind: 'json', value: { done: true }, timing })
    expect((await first).text).toBe('{"done":true}')
    expect((await once('d')).text).toBe('{"done":true}')
  })

  it('can be used again after a failure that did nothing', async () => {
    const works = server.pipeline.answer
    server.pipeline.answer = () => {
      throw new Failure('unavailable', 'Down')
    }
    expect((await once('e')).status).toBe(503)
    server.pipeline.answer = works
    expect((await once('e')).status).toBe(200)
  })

  it('keeps the answer of a batch that failed in its middle', async () => {
    server.pipeline.answer = () => {
      count++
      throw new Failure('conflict', 'One failed', { batch: { failed: [0], records: [new Failure('conflict', 'x')] } })
    }
    const first = await once('f')
    const second = await once('f')
    expect([first.status, second.status, count]).toEqual([400, 400, 1])
    expect(second.headers['idempotent-replayed']).toBe('true')
  })

  it('is refused when it is too long, and ignored where nothing is written', async () => {
    expect((await once('x'.repeat(256))).status).toBe(400)
    const read = { headers: { 'X-HTTP-Method': 'GET' } }
    await once('g', '{}', read)
    await once('g', '{}', read)
    expect(count).toBe(2)
  })
})

describe('memoryIdempotency', () => {
  const answer = (size: number) => ({ status: 200, headers: [], body: new Uint8Array(size) })

  it('keeps keys of principals apart', () => {
    const store = memoryIdempotency()
    expect(store.begin('p', 'k', 'f')).toEqual({ state: 'begun' })
    expect(store.begin('q', 'k', 'f')).toEqual({ state: 'begun' })
    expect(store.begin('p', 'k', 'f')).toEqual({ state: 'running' })
    expect(store.begin('p', 'k', 'g')).toEqual({ state: 'mismatch' })
    store.complete('p', 'k', answer(1))
    expect(store.begin('p', 'k', 'f')).toMatchObject({ state: 'done' })
    store.abandon('p', 'k')
    expect(store.begin('p', 'k', 'f')).toEqual({ state: 'begun' })
  })

  it('stays within its bounds, and never forgets what is running', () => {
    const store = memoryIdempotency({ keys: 3, bytes: 100 })
    store.begin('p', 'running', 'f')
    for (const key of ['1', '2', '3', '4']) {
      store.begin('p', key, 'f')
      store.complete('p', key, answer(10))
    }
    expect(store.begin('p', 'running', 'f')).toEqual({ state: 'running' })
    expect(store.begin('p', '1', 'f')).toEqual({ state: 'begun' })
    store.complete('p', '1', answer(200))
    expect(store.begin('p', 'other', 'f')).toEqual({ state: 'begun' })
    expect(store.begin('p', '1', 'f')).toEqual({ state: 'begun' })
  })
})
