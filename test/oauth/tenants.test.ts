import { afterAll, beforeAll, expect, it } from 'vitest'
import { everything } from '../harness/running-gateway.js'
import { agree, createBrowser } from './browser.js'
import { pkce, postForm, rpc } from './oauth-client.js'
import { callback, startWorld, type World } from './world.js'

let world: World
beforeAll(async () => {
  const tenant = (label: string) => ({ label, roles: { everyone: everything }, mcp: { default: {} } })
  world = await startWorld({
    tenants: { acme: tenant('Acme Ltd'), globex: tenant('Globex Inc') },
    oauth: { clients: [{ name: 'machine', tenant: 'acme', roles: ['everyone'] }] },
  })
})
afterAll(() => world.close())

const account = (tenant: string) => {
  const made = world.gateway.users.find((user) => user.tenant === tenant)
  return { user: made?.name ?? '', password: made?.password ?? '' }
}

function address(client: string, resource: string, challenge = pkce().challenge): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: callback,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: world.url + resource,
  })
  return `${world.url}/mcp/default/authorize?${query}`
}

async function tokenFor(client: string, tenant: string) {
  const { verifier, challenge } = pkce()
  const browser = createBrowser(world.url)
  const back = await agree(browser, address(client, `/t/${tenant}/mcp`, challenge), account(tenant))
  const answer = await postForm(`${world.url}/mcp/default/token`, {
    grant_type: 'authorization_code',
    client_id: client,
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifier,
  })
  return { browser, access: answer.body.access_token as string, refresh: answer.body.refresh_token as string }
}

const listed = async (path: string, token: string) => (await rpc(`${world.url}${path}`, token, 'tools/list')).status

it('a token is for one tenant', async () => {
  const client = await world.register()
  const acme = await tokenFor(client, 'acme')
  const globex = await tokenFor(client, 'globex')
  expect(await listed('/t/acme/mcp', acme.access)).toBe(200)
  expect(await listed('/t/globex/mcp', globex.access)).toBe(200)
  for (const [path, token] of [
    ['/t/globex/mcp', acme.access],
    ['/mcp', acme.access],
    ['/t/acme/mcp', globex.access],
    ['/t/nobody/mcp', globex.access],
  ] as const) {
    expect(await listed(path, token), path).toBe(401)
  }
  const elsewhere = { grant_type: 'refresh_token', client_id: client, refresh_token: acme.refresh }
  const moved = { ...elsewhere, resource: `${world.url}/t/globex/mcp` }
  expect((await postForm(`${world.url}/mcp/default/token`, moved)).body.error).toBe('invalid_target')
  expect((await postForm(`${world.url}/t/globex/mcp/default/token`, elsewhere)).status).toBe(200)
})

it('who is signed in to one is nobody in another', async () => {
  const client = await world.register()
  const { browser } = await tokenFor(client, 'acme')
  const consent = await browser.open(address(client, '/t/acme/mcp'))
  expect(consent.text).toContain('Acme Ltd')
  expect(consent.text).toContain('value="allow"')
  const other = await browser.open(address(client, '/t/globex/mcp'))
  expect(other.text).toContain('Globex Inc')
  expect(other.text).toContain('name="password"')
  const refused = await browser.submit(other, { username: account('acme').user, password: account('acme').password })
  expect(refused.status).toBe(401)
})

it('a client that was made for one is refused by another', async () => {
  const client = { client_id: 'machine@default.acme', client_secret: world.secret('machine@default.acme') }
  const credentials = { grant_type: 'client_credentials', ...client }
  const answer = await postForm(`${world.url}/mcp/default/token`, credentials)
  expect(await listed('/t/acme/mcp', answer.body.access_token)).toBe(200)
  expect(await listed('/t/globex/mcp', answer.body.access_token)).toBe(401)
  const globex = { ...credentials, resource: `${world.url}/t/globex/mcp` }
  expect((await postForm(`${world.url}/mcp/default/token`, globex)).body.error).toBe('unauthorized_client')
})
