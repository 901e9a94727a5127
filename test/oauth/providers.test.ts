import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOAuth, type OAuth } from '@gatehouse/access'
import { Failure, type SignedIn, type SignIn } from '@gatehouse/core'
import { openStore, type Store } from '@gatehouse/store'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBrowser } from './browser.js'
import { pkce, postForm, postJson } from './oauth-client.js'
import { callback } from './world.js'

const anna: SignedIn = {
  userId: '7',
  name: 'anna@contoso.example',
  provider: 'corp',
  roles: ['analyst'],
  attributes: {},
  tenants: ['default'],
  epoch: 0,
}

/** People of one outside provider, who are whoever comes back from it in the browser that was sent there. */
function providerOnly(): SignIn {
  const flows = new Map<string, { state: string; browser: string }>()
  return {
    password: async () => {
      throw new Failure('unauthenticated', 'These credentials are not valid')
    },
    providers: () => [{ name: 'corp', label: 'Contoso', kind: 'oidc' }],
    begin: async (provider, { state, browser }) => {
      if (provider !== 'corp') throw new Failure('not_found', 'There is no such provider')
      flows.set('flow', { state, browser })
      return new URL('https://login.contoso.example/authorize?state=flow')
    },
    finish: async (_provider, { url, browser }) => {
      const flow = flows.get(url.searchParams.get('state') ?? '')
      if (flow?.browser !== browser) throw new Failure('unauthenticated', 'This sign-in began in another browser')
      return { signedIn: anna, state: flow.state }
    },
    current: async (userId) => (userId === anna.userId ? anna : undefined),
  }
}

let folder: string
let store: Store
let oauth: OAuth
let server: Server
let url: string
let clock = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-providers-'))
  store = await openStore(`sqlite:${join(folder, 'gatehouse.db')}`)
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://localhost:${(server.address() as AddressInfo).port}`
  const signIn = providerOnly()
  const endpoint = {
    tenant: 'default',
    name: 'default',
    organisation: 'Contoso',
    services: '*',
    readOnly: false,
  } as const
  const endpoints = [{ ...endpoint, apiKeys: false }]
  oauth = createOAuth({
    issuer: url,
    allowedHosts: [],
    endpoints: () => endpoints,
    store: store.oauth,
    signIn: () => signIn,
    key: new Uint8Array(32),
    log: { error: () => undefined },
    now: () => Date.now() + clock,
  })
  // Who has the provider's callback hands over what it found.
  const app = express().get('/callback', async (request, response) => {
    const browser = /gatehouse_browser=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
    const answer = { url: new URL(request.originalUrl, url), browser }
    const found = await signIn.finish('corp', answer).catch(() => undefined)
    if (!found || !(await oauth.completeSignIn(found, request, response))) response.sendStatus(401)
  })
  server.on('request', (request, response) => {
    if (!oauth.handle(request, response)) app(request, response)
  })
})
afterAll(async () => {
  oauth.close()
  server.closeAllConnections()
  server.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

it('a person signs in with an outside provider, and comes back to decide', async () => {
  const registered = await postJson(`${url}/mcp/default/register`, { redirect_uris: [callback] })
  const { client_id, client_secret } = registered.body
  const { verifier, challenge } = pkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: callback,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const browser = createBrowser(url)
  const login = await browser.open(`${url}/mcp/default/authorize?${query}`)
  expect(login.text).toContain('Continue with Contoso')
  const button = /<a class="button" href="([^"]+)"/.exec(login.text)?.[1]?.replaceAll('&#38;', '&') ?? ''
  expect((await browser.open(button)).url).toBe('https://login.contoso.example/authorize?state=flow')
  expect((await browser.open(button.replace('/corp?', '/other?'))).status).toBe(404)

  // Another browser gains nothing by the provider's answer.
  expect((await createBrowser(url).open(`${url}/callback?state=flow`)).status).toBe(401)

  const consent = await browser.open(`${url}/callback?state=flow`)
  expect(consent.text).toContain('anna@contoso.example')
  const back = new URL((await browser.submit(consent, { decision: 'allow' })).url)
  const answer = await postForm(`${url}/mcp/default/token`, {
    grant_type: 'authorization_code',
    client_id,
    client_secret,
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifier,
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const inner = { authenticate: () => Promise.reject(new Failure('unauthenticated', 'No')) }
  const { authenticate } = oauth.authenticator(inner)
  const credentials = { bearer: answer.body.access_token, endpoint: 'default' }
  expect(await authenticate(credentials)).toMatchObject({
    id: 'user:anna@contoso.example',
    kind: 'user',
    roles: ['analyst'],
    actor: `client:${client_id}`,
  })

  // A revocation that nobody has told us of is noticed within a minute.
  await store.oauth.revokeGrants({ userId: anna.userId })
  expect(authenticate(credentials)).not.toBeInstanceOf(Promise)
  clock = 61_000
  await expect(authenticate(credentials)).rejects.toThrow('not valid')
})
