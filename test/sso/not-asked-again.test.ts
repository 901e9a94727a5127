import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { openPlace, type Place } from '../identity/places.js'
import { callTool } from '../oauth/oauth-client.js'
import { openMcpFlow } from './mcp-flow.js'
import { type RogueIssuer, signed, startRogueIssuer } from './rogue-issuer.js'
import { createWebBrowser } from './web-browser.js'

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
  const flow = await openMcpFlow(gateway.url)
  const browser = createWebBrowser()
  browser.stopAt = ({ href, origin }) => href.startsWith(flow.redirect) || origin === issuer.issuer
  const login = await browser.open(flow.authorize)
  const to = new URL((await browser.click(login, 'Continue with corp')).url)
  issuer.idToken = () => signed(issuer, { nonce: to.searchParams.get('nonce') })
  const answer = new URLSearchParams({ code: 'x', state: to.searchParams.get('state') ?? '', iss: issuer.issuer })
  const consent = await browser.open(`${to.searchParams.get('redirect_uri')}?${answer}`)
  const signedInAt = Date.now()
  const tokens = await flow.exchange((await browser.submit(consent, { decision: 'allow' })).url)
  expect(tokens.status, JSON.stringify(tokens.body)).toBe(200)
  const first = await flow.refresh(tokens.body.refresh_token)
  expect(first.status, JSON.stringify(first.body)).toBe(200)

  await pause(signedInAt + 5_100 - Date.now())
  const late = await flow.refresh(first.body.refresh_token)
  expect(late.body.error).toBe('invalid_grant')
  const called = await callTool(`${gateway.url}/mcp`, first.body.access_token, 'shop_get_table_data', {
    table_name: 'notes',
  })
  expect(called.status).toBe(401)
})
