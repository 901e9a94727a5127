import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { goodKey } from './testing/gate.js'
import { ask, post, type Served, serve, version } from './testing/served.js'

let served: Served
let url: string
beforeAll(async () => {
  served = await serve()
  url = `${served.url}/mcp`
})
afterAll(() => served.close())
beforeEach(() => {
  served.gate.events.length = 0
})

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

/** The status of a request whose Host is what fetch does not let one choose. */
function statusWithHost(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { Host: host, 'Content-Type': 'application/json', 'X-API-Key': goodKey },
    })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end(JSON.stringify(list))
  })
}

describe('routes', () => {
  it('leaves what is not its own', async () => {
    expect((await post(`${served.url}/api/v2`, list)).text).toBe('not ours')
    expect((await post(`${served.url}/mcpx`, list)).text).toBe('not ours')
  })

  it('knows its endpoints by name', async () => {
    expect((await post(`${served.url}/mcp/safe`, list)).status).toBe(200)
    const unknown = await post(`${served.url}/mcp/nothing`, list)
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'not_found'])
    expect((await post(`${served.url}/mcp/constructor`, list)).status).toBe(404)
  })

  it.each(['GET', 'DELETE', 'PUT'])('answers %s with 405', async (method) => {
    const response = await fetch(url, { method, headers: { 'X-API-Key': goodKey } })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('Host and Origin', () => {
  it('refuses a name that is not its own, before anything else', async () => {
    expect(await statusWithHost('evil.example')).toBe(403)
    expect(await statusWithHost('evil.example:80')).toBe(403)
    expect(await statusWithHost('127.0.0.1.evil.example')).toBe(403)
    expect(await statusWithHost('LOCALHOST:1')).toBe(200)
  })

  it('refuses pages of other sites, and lets allowed ones read the answer', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example']) {
      expect((await post(url, list, { Origin: origin })).status).toBe(403)
    }
    const allowed = await post(url, list, { Origin: 'https://console.example' })
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://console.example')
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { Origin: 'https://console.example' } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('X-API-Key')
  })
})

describe('credentials', () => {
  it('wants some, and says how', async () => {
    const { status, headers, body } = await post(url, list, { 'X-API-Key': '' })
    expect([status, body.error.code]).toEqual([401, 'unauthenticated'])
    expect(headers.get('www-authenticate')).toMatch(/^Bearer /)
    expect(served.gate.events).toMatchObject([{ principal: 'anonymous', failed: 'unauthenticated' }])
  })

  it('takes a key as bearer token', async () => {
    expect((await post(url, list, { 'X-API-Key': '', Authorization: `Bearer ${goodKey}` })).status).toBe(200)
    const wrong = await post(url, list, { 'X-API-Key': '', Authorization: 'Bearer wrong' })
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ])
  })

  it('takes X-API-Key only where the endpoint does', async () => {
    expect((await post(`${served.url}/mcp/oauth`, list)).status).toBe(401)
  })

  it('is not read from the URL', async () => {
    expect((await post(`${url}?api_key=${goodKey}`, list, { 'X-API-Key': '' })).status).toBe(401)
  })
})

describe('bodies', () => {
  it('are capped, with and without a length', async () => {
    const large = JSON.stringify({ ...list, params: { cursor: 'x'.repeat(200_000) } })
    expect((await post(url, large)).status).toBe(413)
    const chunked = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': goodKey },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
  })

  it('are JSON objects that are messages', async () => {
    const cases: readonly [string, number][] = [
      ['{"jsonrpc":"2.0",', -32700],
      ['"text"', -32600],
      ['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
      ['{"jsonrpc":"2.0","id":1}', -32600],
      ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
      ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
      [`${'['.repeat(100)}${']'.repeat(100)}`, -32700],
    ]
    for (const [body, code] of cases) {
      served.gate.events.length = 0
      const reply = await post(url, body)
      expect([body, reply.status, reply.body.error.code]).toEqual([body, 400, code])
      expect(served.gate.events).toMatchObject([{ failed: 'invalid' }])
    }
  })

  it('have their type and the answer theirs', async () => {
    expect((await post(url, list, { 'Content-Type': 'text/plain' })).status).toBe(415)
    expect((await post(url, list, { Accept: 'text/html' })).status).toBe(406)
    const stream = await post(url, list, { Accept: 'text/event-stream' })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.text).toMatch(/^event: message\ndata: \{"jsonrpc":"2.0","id":1,"result"/)
  })

  it('take notifications and answers without a word', async () => {
    const { status, text } = await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' })
    expect([status, text]).toEqual([202, ''])
    expect((await post(url, { jsonrpc: '2.0', id: 'unasked', result: {} })).status).toBe(202)
  })
})

describe('2026-07-28', () => {
  it('is served without a handshake', async () => {
    const { status, body } = await ask(url, 'server/discover')
    expect(status).toBe(200)
    expect(body.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: [version],
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'gatehouse', version: '1.2.3' } },
    })
    expect(body.result.instructions).toContain('salesdb')
  })

  it.each([
    ['MCP-Protocol-Version', '2025-11-25'],
    ['Mcp-Method', 'tools/call'],
    ['Mcp-Method', 'TOOLS/LIST'],
  ])('refuses a header %s of %s', async (header, value) => {
    const { status, body } = await ask(url, 'tools/list', {}, { headers: { [header]: value } })
    expect([status, body.error.code, body.id]).toEqual([400, -32020, 7])
  })

  it('refuses headers that are missing, and names that differ', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const bare = await post(url, { ...list, params: { _meta: meta } })
    expect([bare.status, bare.body.error.code]).toEqual([400, -32020])
    const named = { name: 'salesdb_get_tables' }
    const other = await ask(url, 'tools/call', named, { headers: { 'Mcp-Name': 'salesdb_get_data_model' } })
    expect([other.status, other.body.error.code]).toEqual([400, -32020])
    expect(served.gate.events).toMatchObject([
      { failed: 'invalid' },
      { operation: 'salesdb_get_tables', failed: 'invalid' },
    ])
    const encoded = `=?base64?${Buffer.from(named.name).toString('base64')}?=`
    expect((await ask(url, 'tools/call', named, { headers: { 'Mcp-Name': encoded } })).status).toBe(200)
  })

  it('refuses other versions with those it knows', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '1900-01-01',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const { status, body } = await post(
      url,
      { ...list, params: { _meta: meta } },
      { 'MCP-Protocol-Version': '1900-01-01', 'Mcp-Method': 'tools/list' },
    )
    expect([status, body.error.code, body.error.data]).toEqual([
      400,
      -32022,
      { supported: [version], requested: '1900-01-01' },
    ])
  })

  it('wants its envelope in every request', async () => {
    const headers = { 'MCP-Protocol-Version': version, 'Mcp-Method': 'tools/list' }
    const { status, body } = await post(url, { ...list, params: {} }, headers)
    expect([status, body.error.code]).toEqual([400, -32602])
  })

  it('says how long a call has run, where it is asked to', async () => {
    const abort = new AbortController()
    const params = {
      name: 'salesdb_get_table_data',
      arguments: { table_name: 'orders', filter: 'forever' },
      _meta: { progressToken: 'p1' },
    }
    const response = await fetch(url, {
      method: 'POST',
      signal: abort.signal,
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'X-API-Key': goodKey,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    })
    const reader = response.body?.getReader()
    const text = new TextDecoder().decode((await reader?.read())?.value)
    expect(JSON.parse(text.split('data: ')[1] ?? '')).toMatchObject({
      method: 'notifications/progress',
      params: { progressToken: 'p1', progress: 2 },
    })
    abort.abort()
    expect(await served.gate.aborted).toMatch(/^request-/)
  })

  it('has subscriptions for clients that take a stream', async () => {
    const { status } = await ask(url, 'subscriptions/listen', {}, { headers: { Accept: 'application/json' } })
    expect(status).toBe(406)
  })

  it.each(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'no/such', 'toString'])(
    'does not know %s',
    async (method) => {
      const { status, body } = await ask(url, method)
      expect([status, body.error.code]).toEqual([404, -32601])
    },
  )
})

describe('the eras before', () => {
  it('shake hands, and are offered our newest where theirs is not known', async () => {
    const initialize = (protocolVersion: string) =>
      post(url, {
        jsonrpc: '2.0',
        id: 'a',
        method: 'initialize',
        params: { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' } },
      })
    const known = await initialize('2025-06-18')
    expect(known.body).toMatchObject({ id: 'a', result: { protocolVersion: '2025-06-18' } })
    expect(known.headers.get('mcp-session-id')).toBeNull()
    expect(known.body.result.capabilities.tools).toEqual({ listChanged: false })
    expect((await initialize('2024-11-05')).body.result.protocolVersion).toBe('2025-11-25')
  })

  it('have errors in answers of status 200', async () => {
    const { status, body } = await post(url, { jsonrpc: '2.0', id: 1, method: 'no/such' })
    expect([status, body.error.code]).toEqual([200, -32601])
    expect((await post(url, { ...list, method: 'ping' })).body).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('refuse a version in the header that is none', async () => {
    const { status, body } = await post(url, list, { 'MCP-Protocol-Version': '2024-11-05' })
    expect([status, body.error.code]).toEqual([400, -32022])
  })

  it('have batches in 2025-03-26 alone', async () => {
    const batch = [list, { jsonrpc: '2.0', method: 'notifications/initialized' }, { ...list, id: 2, method: 'ping' }]
    const { body } = await post(url, batch)
    expect(body.map(({ id }: { id: number }) => id)).toEqual([1, 2])
    expect((await post(url, batch, { 'MCP-Protocol-Version': '2025-11-25' })).status).toBe(400)
    expect((await post(url, [])).status).toBe(400)
    const many = Array.from({ length: 51 }, (_, id) => ({ ...list, id }))
    expect((await post(url, many)).status).toBe(400)
  })
})
