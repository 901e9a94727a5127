import { afterAll, beforeAll, expect, it } from 'vitest'
import { everything, testKey } from '../harness/running-gateway.js'
import { postForm, postJson, rpc } from './oauth-client.js'
import { startWorld, type World } from './world.js'

let world: World
beforeAll(async () => {
  world = await startWorld({
    tenants: { acme: { label: 'Acme Ltd', mcp: { default: {}, tools: {} }, roles: { everyone: everything } } },
  })
})
afterAll(() => world.close())

const json = async (path: string) => {
  const response = await fetch(`${world.url}${path}`)
  const type = response.headers.get('content-type') ?? ''
  // biome-ignore lint/suspicious/noExplicitAny: documents of every shape, and a wrong guess fails the test
  const body: any = type.startsWith('application/json') ? await response.json() : await response.text()
  return { status: response.status, headers: response.headers, body }
}

const endpoints = [
  ['/mcp', '*:read *:write *:execute'],
  ['/mcp/sales', 'salesdb:read salesdb:write salesdb:execute'],
  ['/t/acme/mcp', '*:read *:write *:execute'],
  ['/t/acme/mcp/tools', '*:read *:write *:execute'],
] as const

it.each(endpoints)('%s says where to get a token, whatever the first request is', async (path, scope) => {
  const url = `${world.url}${path}`
  const metadata = `${world.url}/.well-known/oauth-protected-resource${path}`
  const bare = `Bearer realm="gatehouse", scope="${scope}", resource_metadata="${metadata}"`
  const first = await rpc(url, undefined, 'server/discover')
  expect([first.status, first.headers.get('www-authenticate')]).toEqual([401, bare])
  for (const request of [
    fetch(url),
    fetch(url, { method: 'DELETE' }),
    fetch(url, { method: 'POST', body: 'x' }),
    postJson(url, { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }),
    postJson(url, '{'),
    fetch(`${url}?tools=x`, { method: 'POST', headers: { authorization: 'Basic eDp5' } }),
  ]) {
    const { status, headers } = await request
    expect([status, headers.get('www-authenticate')]).toEqual([401, bare])
  }
  const invalid = await rpc(url, 'gha_x', 'tools/list')
  expect([invalid.status, invalid.headers.get('www-authenticate')]).toEqual([
    401,
    `Bearer realm="gatehouse", error="invalid_token", scope="${scope}", resource_metadata="${metadata}"`,
  ])
  const document = await json(`/.well-known/oauth-protected-resource${path}`)
  expect(document.body).toMatchObject({
    resource: url,
    authorization_servers: [world.url],
    scopes_supported: scope.split(' '),
    bearer_methods_supported: ['header'],
  })
})

it('the root form is about the default endpoint', async () => {
  const root = await json('/.well-known/oauth-protected-resource')
  expect(root.body).toEqual((await json('/.well-known/oauth-protected-resource/mcp')).body)
})

it('the issuer is the same everywhere, byte for byte', async () => {
  const documents = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']
  for (const path of documents) {
    const { body, headers } = await json(path)
    expect(body.issuer).toBe(world.url)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    for (const name of ['authorization', 'token', 'registration', 'revocation']) {
      expect(body[`${name}_endpoint`].startsWith(`${world.url}/mcp/default/`)).toBe(true)
    }
    expect(body.code_challenge_methods_supported).toEqual(['S256'])
    expect(body.response_types_supported).toEqual(['code'])
  }
  expect((await json('/.well-known/jwks.json')).body).toEqual({ keys: [] })
})

it('what is not there is not found', async () => {
  for (const path of [
    '/.well-known/oauth-protected-resource/mcp/nothing',
    '/.well-known/oauth-protected-resource/api/v2',
    '/.well-known/oauth-protected-resource/t/nobody/mcp',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/nothing',
    '/mcp/nothing/authorize',
    '/t/nobody/mcp/default/login',
  ]) {
    expect((await json(path)).status, path).toBe(404)
  }
})

it('pages of any origin may call what programs call, and no page of another origin the rest', async () => {
  const origin = 'https://inspector.example'
  for (const name of ['token', 'register', 'revoke']) {
    const preflight = await fetch(`${world.url}/mcp/default/${name}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
  }
  const page = await fetch(`${world.url}/mcp/default/authorize?client_id=x`, { headers: { origin } })
  expect(page.headers.get('access-control-allow-origin')).toBeNull()
})

it('answers of the token endpoint are kept nowhere', async () => {
  const refused = await postForm(`${world.url}/mcp/default/token`, { grant_type: 'x', client_id: 'nobody' })
  expect(refused.headers.get('cache-control')).toBe('no-store')
  expect((await fetch(`${world.url}/mcp/default/token`)).status).toBe(404)
})

it('keys stay where the endpoint takes them', async () => {
  const list = (path: string, headers: Record<string, string>) =>
    rpc(`${world.url}${path}`, undefined, 'tools/list', {}, headers)
  const key = { 'x-api-key': testKey('admin') }
  expect((await list('/mcp', key)).status).toBe(200)
  expect((await list('/mcp/sales', key)).status).toBe(401)
})
