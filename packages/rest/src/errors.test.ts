import { connect } from 'node:net'
import { type Call, Failure } from '@gatehouse/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timing } from './testing/pipeline.js'
import { startServer, type TestServer } from './testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const orders = '/api/v2/shop/_table/orders'
const failWith = (thrown: unknown) => {
  server.pipeline.answer = () => {
    throw thrown
  }
}

describe('errors', () => {
  it('have code, status, message, hint, context and request id', async () => {
    failWith(
      new Failure('conflict', 'It exists', { hint: 'email', context: { column: 'email' }, cause: new Error('SQL') }),
    )
    const { status, headers, json } = await server.ask(orders)
    expect(status).toBe(409)
    expect(json()).toEqual({
      error: {
        code: 'conflict',
        status_code: 409,
        message: 'It exists',
        hint: 'email',
        context: { column: 'email' },
        request_id: headers['x-request-id'],
      },
    })
  })

  it('say when to come back', async () => {
    failWith(new Failure('limited', 'Too many', { retryAfter: 12.2 }))
    expect((await server.ask(orders)).headers['retry-after']).toBe('13')
    failWith(new Failure('unavailable', 'Down', { retryAfter: 0 }))
    expect((await server.ask(orders)).headers['retry-after']).toBe('1')
  })

  it('carry the limit that they counted against, or that refused them', async () => {
    const failure = new Failure('invalid', 'Wrong')
    failure.limit = { limit: 5, remaining: 3, reset: 20 }
    failWith(failure)
    expect((await server.ask(orders)).headers).toMatchObject({
      'ratelimit-limit': '5',
      'ratelimit-remaining': '3',
      'ratelimit-reset': '20',
    })
    failWith(new Failure('limited', 'Used up', { context: { limit: 5, remaining: 0, reset: 12 }, retryAfter: 12 }))
    const refused = await server.ask(orders)
    expect(refused.headers).toMatchObject({
      'ratelimit-limit': '5',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '12',
      'retry-after': '12',
    })
  })

  it('of batches have their own shape', async () => {
    const failed = new Failure('conflict', 'It exists', { hint: 'email' })
    failWith(new Failure('conflict', '1 of 2 records failed', { batch: { failed: [1], records: [{ id: 1 }, failed] } }))
    const { status, json } = await server.ask(orders, { body: '[{},{}]' })
    expect(status).toBe(400)
    expect(json()).toMatchObject({
      error: {
        code: 1000,
        status_code: 400,
        message: '1 of 2 records failed',
        context: {
          error: [1],
          resource: [{ id: 1 }, { code: 'conflict', status_code: 409, message: 'It exists', hint: 'email' }],
        },
      },
    })
  })

  it('tell nothing of what happened inside', async () => {
    failWith(new Error('password=hunter2 at 10.0.0.1'))
    const { status, text } = await server.ask(orders)
    expect(status).toBe(500)
    expect(text).not.toMatch(/hunter2|10\.0\.0\.1|stack/)
    expect(server.errors.at(-1)).toMatchObject({ err: { message: 'password=hunter2 at 10.0.0.1' } })
  })
})

describe('a client that goes away', () => {
  it('aborts the call', async () => {
    let call: Call | undefined
    const aborted = new Promise<void>((resolve) => {
      server.pipeline.answer = (given) => {
        call = given
        given.signal.addEventListener('abort', () => resolve())
        return new Promise(() => undefined)
      }
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`GET ${orders} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: good\r\n\r\n`)
    await expect.poll(() => call).toBeDefined()
    expect(call?.signal.aborted).toBe(false)
    socket.destroy()
    await aborted
    expect(call?.signal.aborted).toBe(true)
  })

  it('in the middle of its body is cancelled', async () => {
    const before = server.pipeline.refused.length
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`POST ${orders} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: good\r\nContent-Length: 100\r\n\r\n[{`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await expect.poll(() => server.pipeline.refused.length).toBe(before + 1)
    expect(server.pipeline.refused.at(-1)).toMatchObject({ failure: { code: 'cancelled' } })
  })

  it('does not disturb others on the same connection', async () => {
    server.pipeline.answer = ({ input }) => ({ kind: 'json', value: input, timing })
    const socket = connect(server.port, '127.0.0.1')
    const get = `GET ${orders}/1 HTTP/1.1\r\nHost: localhost\r\nX-API-Key: good\r\n\r\n`
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.write(get)
    await expect.poll(() => text.split('HTTP/1.1 200').length).toBe(2)
    socket.write(get + get)
    await expect.poll(() => text.split('HTTP/1.1 200').length).toBe(4)
    socket.destroy()
  })
})
