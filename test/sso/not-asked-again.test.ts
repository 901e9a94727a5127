import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { openPlace, type Place } from '../identity/places.js'
import { callTool, pkce, postForm, postJson } from '../oauth/oauth-client.js'
import { type RogueIssuer, signed, startRogueIssuer } from './rogue-issuer.js'
import { createWebBrowser } from './web-browser.js'

const redirect = 'http://127.0.0.1:53682/callback'
let issuer: RogueIssuer
let place: Place
let gateway: RunningGateway

beforeAll(async () => {
  issuer = await startRogueIssuer()
  issuer.renewable = false
  place = there(await openPlace(sqlite))
  const corp = {
    type: 'oidc',
    issuer: issuer.issuer,
    client_id: 'gatehouse',
    allow_http: true,
    default_roles: ['reader'],
  }
  gateway = await place.start({
    sign_in: { session: '5s', session_max: '5s', providers: { corp } },
  })
})
afterAll(async () => {
  await place.close()
  await issuer.close()
})

it('a provider that cannot be asked again vouches for as long as a session may last, and no longer', async () => {
  const register = { redirect_uris: [redirect], token_endpoint_auth_method: 'none' }
  const { client_id } = (await postJson(`${gateway.url}/mcp/default/register`, register)).body
  const { verifier, challenge } = pkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: redirect,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const browser = createWebBrowser()
  browser.stopAt = ({ href, origin }) => href.startsWith(redirect) || origin === issuer.issuer
  const login = await browser.open(`${gateway.url}/mcp/default/authorize?${query}`)
  const to = new URL((await browser.click(login, 'Continue with corp')).url)
  issuer.idToken = () => signed(issuer, { nonce: to.searchParams.get('nonce') })
  const answer = new URLSearchParams({ code: 'x', state: to.searchParams.get('state') ?? '', iss: issuer.issuer })
  const consent = await browser.open(`${to.searchParams.get('redirect_uri')}?${answer}`)
  const signedInAt = Date.now()
  const code = new URL((await browser.submit(consent, { decision: 'allow' })).url).searchParams.get('code') ?? ''
  const exchange = (fields: Record<string, string>) =>
    postForm(`${gateway.url}/mcp/default/token`, { client_id, ...fields })
  const tokens = await exchange({
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirect,
  })
  expect(tokens.status, JSON.stringify(tokens.body)).toBe(200)
  const first = await exchange({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token })
  expect(first.status, JSON.stringify(first.body)).toBe(200)

  await pause(signedInAt + 5_100 - Date.now())
  const late = await exchange({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token })
  expect(late.body.error).toBe('invalid_grant')
  const called = await callTool(`${gateway.url}/mcp`, first.body.access_token, 'shop_get_table_data', {
    table_name: 'notes',
  })
  expect(called.status).toBe(401)
})
