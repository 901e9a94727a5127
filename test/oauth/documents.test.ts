import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from './browser.js'
import type { DocumentServer } from './document-server.js'
import { pkce, postForm } from './oauth-client.js'
import { callback, startWorld, type World } from './world.js'

let world: World
let documents: DocumentServer
beforeAll(async () => {
  world = await startWorld()
  if (world.documents) documents = world.documents
})
afterAll(() => world.close())
beforeEach(({ skip }) => {
  if (!world.documents) skip('openssl cannot be had here, so no certificate can be made')
})
afterEach(() => documents.asked.splice(0))

const good = (url: string) => ({
  client_id: url,
  client_name: 'A documented client',
  redirect_uris: [callback, 'https://client.example/callback'],
  token_endpoint_auth_method: 'none',
})

let count = 0
const fresh = () => `/${++count}/client.json`

async function asked(client: string, redirectUri = callback) {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: redirectUri,
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
    resource: `${world.url}/mcp`,
  })
  return createBrowser(world.url).open(`${world.url}/mcp/default/authorize?${query}`)
}

it('are read, and shown with where they are', async () => {
  const client = documents.put(fresh(), good)
  const page = await asked(client)
  expect(page.text).toContain('name="password"')
  const { access, scope } = await world.tokens({ client, scope: '*:read' })
  expect([access.startsWith('gha_'), scope]).toEqual([true, '*:read'])
  const browser = world.browser()
  const login = await browser.open(page.url)
  const consent = await browser.submit(login, { username: world.account.user, password: world.account.password })
  expect(consent.text).toContain(new URL(client).host)
  // Read once for all of it.
  expect(documents.asked).toHaveLength(1)
})

it('say where answers may go', async () => {
  const client = documents.put(fresh(), good)
  expect((await asked(client, 'https://client.example/callback')).text).toContain('name="password"')
  const elsewhere = await asked(client, 'https://client.example/other')
  expect([elsewhere.status, elsewhere.text.includes('name="password"')]).toEqual([400, false])
})

describe('are refused, in the same words,', () => {
  it.each<[string, (path: string) => string]>([
    ['where there are none', (path) => documents.origin + path],
    [
      'that are about another client',
      (path) => documents.put(path, () => good('https://elsewhere.example/client.json')),
    ],
    ['without an id', (path) => documents.put(path, (url) => ({ ...good(url), client_id: undefined }))],
    [
      'that name a secret',
      (path) => documents.put(path, (url) => ({ ...good(url), token_endpoint_auth_method: 'client_secret_basic' })),
    ],
    [
      'with a redirect address that runs',
      (path) => documents.put(path, (url) => ({ ...good(url), redirect_uris: ['javascript:1'] })),
    ],
    ['that are no JSON', (path) => documents.put(path, good, { body: '{' })],
    ['of another type', (path) => documents.put(path, good, { type: 'text/html' })],
    ['that are a list', (path) => documents.put(path, () => [])],
    ['that are too large', (path) => documents.put(path, (url) => ({ ...good(url), more: 'x'.repeat(70_000) }))],
    [
      'that redirect',
      (path) => {
        const target = documents.put(`${path}/target`, () => good(documents.origin + path))
        return documents.put(path, good, { status: 302, headers: { location: target } })
      },
    ],
    ['that fail', (path) => documents.put(path, good, { status: 500 })],
  ])('%s', async (_what, put) => {
    const path = fresh()
    const page = await asked(put(path))
    expect(page.status).toBe(400)
    expect(page.text).toContain('The metadata of this client cannot be read or is not right')
    expect(documents.asked).toEqual([path])
    const token = await postForm(`${world.url}/mcp/default/token`, {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id: documents.origin + path,
    })
    expect([token.status, token.body.error]).toEqual([401, 'invalid_client'])
  })

  it.each(['', '/', '/client.json#x', '/a/../client.json', '/client.json?'.padEnd(600, 'x')])(
    'whose address is spelt so: %s',
    async (path) => {
      expect((await asked(documents.origin + path)).status).toBe(400)
      expect(documents.asked).toEqual([])
    },
  )
})

it('are never looked for in this network', async () => {
  const outside = await startWorld({}, { local: false })
  try {
    const { port } = new URL(documents.origin)
    documents.put('/client.json', good)
    const bodies = new Set<string>()
    for (const address of [
      `https://localhost:${port}/client.json`,
      'https://localhost/client.json',
      `https://127.0.0.1:${port}/client.json`,
      'https://[::1]/client.json',
      'https://[::ffff:127.0.0.1]/client.json',
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/client.json',
      'https://2130706433/client.json',
      'https://0x7f000001/client.json',
      'https://user@localhost/client.json',
      'https://nobody.invalid/client.json',
    ]) {
      const query = new URLSearchParams({ response_type: 'code', client_id: address, redirect_uri: callback })
      const answer = await fetch(`${outside.url}/mcp/default/authorize?${query}`, { redirect: 'manual' })
      expect([answer.status, answer.headers.get('location')], address).toEqual([400, null])
      bodies.add(await answer.text())
    }
    expect([...bodies]).toHaveLength(1)
    expect(documents.asked).toEqual([])
  } finally {
    await outside.close()
  }
})
