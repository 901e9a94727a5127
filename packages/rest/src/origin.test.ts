import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from './testing/server.js'

let server: TestServer
let open: TestServer
beforeAll(async () => {
  server = await startServer({
    cors: { origins: ['https://app.test'] },
    allowedHosts: ['localhost', '127.0.0.1', '::1'],
  })
  open = await startServer({ cors: { origins: ['*'] }, allowedHosts: ['*'] })
})
afterAll(async () => {
  await server.close()
  await open.close()
})

const orders = '/api/v2/shop/_table/orders'

describe('hosts', () => {
  it('that are not ours are refused everywhere', async () => {
    for (const path of [orders, '/api/v2', '/docs/', '/', '/health/ready']) {
      const { status } = await server.ask(path, { headers: { Host: 'evil.test' } })
      expect(status, path).toBe(403)
    }
    for (const host of ['LOCALHOST:8080', 'localhost', '[::1]:80', '127.0.0.1:1']) {
      expect((await server.ask(orders, { headers: { Host: host } })).status, host).toBe(200)
    }
    for (const host of ['localhost.evil.test', 'evil.test:localhost', 'localhost@evil.test']) {
      expect((await server.ask(orders, { headers: { Host: host } })).status, host).toBe(403)
    }
    expect((await open.ask(orders, { headers: { Host: 'any.test' } })).status).toBe(200)
  })
})

describe('origins', () => {
  const from = (Origin: string) => ({ headers: { Origin } })

  it('that are listed may read the answer, errors too', async () => {
    const { status, headers } = await server.ask(orders, from('https://app.test'))
    expect(status).toBe(200)
    expect(headers['access-control-allow-origin']).toBe('https://app.test')
    expect(headers['access-control-expose-headers']).toContain('ETag')
    expect(headers.vary).toBe('Origin')
    const refused = await server.ask(orders, { ...from('https://app.test'), anonymous: true })
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, 'https://app.test'])
  })

  it('that are not listed are refused', async () => {
    for (const origin of ['https://evil.test', 'null', 'http://app.test', 'https://app.test.evil.test']) {
      const { status, headers } = await server.ask(orders, from(origin))
      expect(status, origin).toBe(403)
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  it('of our own pages are fine', async () => {
    for (const origin of ['https://gatehouse.test', `http://127.0.0.1:${server.port}`]) {
      const { status, headers } = await server.ask(orders, from(origin))
      expect([status, headers['access-control-allow-origin']]).toEqual([200, undefined])
    }
  })

  it('may all call where the configuration says so, without credentials of the browser', async () => {
    const { headers } = await open.ask(orders, from('https://any.test'))
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['access-control-allow-credentials']).toBeUndefined()
  })

  it('can ask beforehand, without a key', async () => {
    const asking = { 'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'x-api-key' }
    const options = { method: 'OPTIONS', anonymous: true }
    const { status, headers } = await server.ask(orders, {
      ...options,
      headers: { Origin: 'https://app.test', ...asking },
    })
    expect(status).toBe(204)
    expect(headers['access-control-allow-methods']).toContain('PATCH')
    expect(headers['access-control-allow-headers']).toContain('X-API-Key')
    const evil = await server.ask(orders, { ...options, headers: { Origin: 'https://evil.test', ...asking } })
    expect(evil.status).toBe(403)
    expect((await server.ask(orders, options)).headers.allow).toContain('DELETE')
  })
})
