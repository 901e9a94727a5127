import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from './free-port.js'
import { postForm, postJson, rpc } from './oauth-client.js'
import { callback, startWorld, type World } from './world.js'

let world: World
afterEach(() => world.close())

const metadata = { redirect_uris: [callback], token_endpoint_auth_method: 'none' }

describe('registration', () => {
  it('is limited by address', async () => {
    world = await startWorld({ oauth: { registration: { per_hour: 2 } } })
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push(await postJson(`${world.url}/mcp/default/register`, metadata))
    expect(statuses.map(({ status }) => status)).toEqual([201, 201, 429])
    expect(Number(statuses[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('ends where there are as many as may be', async () => {
    world = await startWorld({ oauth: { registration: { max: 1 } } })
    const one = await postJson(`${world.url}/mcp/default/register`, metadata)
    const two = await postJson(`${world.url}/mcp/default/register`, metadata)
    expect([one.status, two.status]).toEqual([201, 503])
  })

  it('can be switched off, and metadata documents too', async () => {
    world = await startWorld({ oauth: { registration: { enabled: false }, metadata_documents: false } })
    const document = await (await fetch(`${world.url}/.well-known/oauth-authorization-server`)).json()
    expect(document).not.toHaveProperty('registration_endpoint')
    expect(document).toHaveProperty('client_id_metadata_document_supported', false)
    expect((await postJson(`${world.url}/mcp/default/register`, metadata)).status).toBe(404)
  })
})

it('lifetimes are those of the configuration', async () => {
  world = await startWorld({ oauth: { code: '1s', access_token: '2s', refresh_token: '1s' } })
  const client = await world.register()
  const tokens = await world.tokens({ client })
  expect(tokens.answer.body.expires_in).toBe(2)
  expect((await rpc(`${world.url}/mcp`, tokens.access, 'tools/list')).status).toBe(200)
  // Nothing here measures: a second after it was said to end, it has ended.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect((await rpc(`${world.url}/mcp`, tokens.access, 'tools/list')).status).toBe(401)
  const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh, client_id: client }
  expect((await postForm(`${world.url}/mcp/default/token`, fields)).body.error).toBe('invalid_grant')
})

it('behind https, cookies are for this host alone', async () => {
  const port = await freePort()
  world = await startWorld({ server: { port, public_url: 'https://gate.example' } })
  const local = `http://127.0.0.1:${port}`
  const registered = await postJson(`${local}/mcp/default/register`, metadata)
  const query = new URLSearchParams({
    client_id: registered.body.client_id,
    response_type: 'code',
    redirect_uri: callback,
  })
  const answer = await fetch(`${local}/mcp/default/authorize?${query}`, { redirect: 'manual' })
  const [cookie = ''] = answer.headers.getSetCookie()
  expect(cookie).toMatch(/^__Host-gatehouse_browser=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})
