import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBrowser } from './browser.js'
import { pkce, postForm } from './oauth-client.js'
import { callback, startWorld, type World } from './world.js'

const page = 'https://login.example/sign-in?theme=dark'

let world: World
let client: string
beforeAll(async () => {
  world = await startWorld({ oauth: { login_pages: { sales: page } } })
  client = await world.register()
})
afterAll(() => world.close())

function sales(challenge: string): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: callback,
    state: 'a state & more',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: `${world.url}/mcp/sales`,
    scope: 'salesdb:read',
  })
  return `${world.url}/mcp/default/authorize?${query}`
}

it('a page of the operator’s own is told what it needs, and posts the credentials back', async () => {
  const { verifier, challenge } = pkce()
  const browser = createBrowser(world.url)
  const told = new URL((await browser.open(sales(challenge))).url)
  expect(told.href.startsWith(`${page}&`)).toBe(true)
  const { oauth_services, theme: _, ...fields } = Object.fromEntries(told.searchParams)
  expect(fields).toEqual({
    response_type: 'code',
    client_id: client,
    redirect_uri: callback,
    state: 'a state & more',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scope: 'salesdb:read',
    resource: `${world.url}/mcp/sales`,
    service: 'sales',
    login_url: `${world.url}/mcp/sales/login`,
  })
  expect(JSON.parse(Buffer.from(oauth_services ?? '', 'base64').toString())).toEqual([])

  const post = (more: Record<string, string>, origin = 'https://login.example') =>
    browser.open(fields.login_url ?? '', {
      method: 'POST',
      body: new URLSearchParams({ ...fields, ...more }),
      headers: { origin, 'sec-fetch-site': 'cross-site' },
    })
  const email = world.account.user
  const wrong = new URL((await post({ email, password: 'wrong' })).url)
  expect([wrong.host, wrong.searchParams.get('error')]).toEqual([
    'login.example',
    'This name and password do not fit together',
  ])
  // No other page may do the same.
  expect((await post({ email, password: world.account.password }, 'https://evil.example')).status).toBe(400)
  expect(browser.cookies.has('gatehouse_person')).toBe(false)

  const consent = await post({ email, password: world.account.password })
  expect(consent.text).toContain('value="allow"')
  const back = new URL((await browser.submit(consent, { decision: 'allow' })).url)
  expect(back.searchParams.get('state')).toBe('a state & more')
  const answer = await postForm(`${world.url}/mcp/sales/token`, {
    grant_type: 'authorization_code',
    client_id: client,
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifier,
  })
  expect([answer.status, answer.body.scope]).toEqual([200, 'salesdb:read'])
})

it('the other endpoints keep our page', async () => {
  const url = sales(pkce().challenge).replace('%2Fmcp%2Fsales', '%2Fmcp')
  expect((await createBrowser(world.url).open(url)).text).toContain('name="password"')
})
