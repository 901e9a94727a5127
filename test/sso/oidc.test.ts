import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { administrator, caller, type Person } from '../identity/person.js'
import { openPlace, type Place } from '../identity/places.js'
import { callTool, pkce } from '../oauth/oauth-client.js'
import {
  clientId,
  clientSecret,
  type IdentityProvider,
  signInAtProvider,
  startIdentityProvider,
} from './identity-provider.js'
import { openMcpFlow } from './mcp-flow.js'
import { expectAnna, sessionOf } from './session-of.js'
import { createWebBrowser, type WebBrowser, type WebPage } from './web-browser.js'

let corp: IdentityProvider
let partner: IdentityProvider
let place: Place
let gateway: RunningGateway
let admin: Person

beforeAll(async () => {
  corp = await startIdentityProvider('127.0.0.1')
  partner = await startIdentityProvider('127.0.0.2', { confidential: false })
  place = there(await openPlace(sqlite))
  gateway = await place.start({
    sign_in: {
      providers: {
        corp: {
          type: 'oidc',
          label: 'Contoso',
          issuer: corp.issuer,
          client_id: clientId,
          client_secret: clientSecret,
          return_to: ['https://app.example/done', 'https://app.example/bye', 'https://app.example/pages/'],
          allow_http: true,
          roles: { staff: 'reader', bosses: ['reader', 'admin'] },
          attributes: { team: 'country' },
        },
        partner: {
          type: 'oidc',
          issuer: partner.issuer,
          client_id: clientId,
          return_to: ['https://app.example/done'],
          allow_http: true,
          userinfo: true,
          roles_claim: 'realm_access.roles',
          roles: { helper: 'reader' },
          required_claims: { hd: ['partner.example', 'other.example'] },
          attributes: { team: 'country' },
        },
      },
    },
  })
  const back = (name: string) => ({
    redirectUris: [`${gateway.url}/api/v2/user/session/${name}/callback`],
    returnUris: [`${gateway.url}/`, 'https://app.example/bye'],
  })
  corp.serve(back('corp'))
  partner.serve(back('partner'))
  corp.people.set('u1', {
    preferred_username: 'anna',
    email: 'anna@corp.example',
    name: 'Anna A',
    groups: ['staff'],
    country: 'b',
  })
  admin = await administrator(gateway)
})
afterAll(async () => {
  await place.close()
  await corp.close()
  await partner.close()
})

const begin = (provider: string, more = '') => `${gateway.url}/api/v2/user/session?provider=${provider}${more}`

/** A session by a provider, in a browser of its own unless one is given. */
async function signIn(provider: string, subject: string, browser: WebBrowser = createWebBrowser()): Promise<WebPage> {
  return signInAtProvider(browser, await browser.open(begin(provider)), subject)
}
const asUser = (page: WebPage) => sessionOf(gateway.url, page)

async function userNamed(name: string) {
  const found = await admin.get(`/api/v2/system/users?filter=${encodeURIComponent(`name = '${name}'`)}`)
  return found.body.resource[0]
}

describe('a person of a provider', () => {
  it('signs in over REST, with roles and attributes by what the provider says', async () => {
    const page = await signIn('corp', 'u1')
    expect(page.headers.get('cache-control')).toBe('no-store')
    await expectAnna(gateway.url, page)
  })

  it('has the roles of the day at the next sign-in, and at a renewal of the session', async () => {
    corp.people.set('u2', { preferred_username: 'bert', groups: ['staff'], country: 'a' })
    const first = await signIn('corp', 'u2')
    expect(JSON.parse(first.text).roles).toEqual(['reader'])
    corp.people.set('u2', { preferred_username: 'bert', groups: ['bosses', 'unknown'], country: 'b' })
    const second = await signIn('corp', 'u2')
    expect(JSON.parse(second.text)).toMatchObject({ name: 'bert@corp', roles: ['reader', 'admin'], is_sys_admin: true })
    // The session that was open before is of the same user.
    expect((await asUser(first).get('/api/v2/user/profile')).body.roles).toEqual(['reader', 'admin'])

    corp.people.set('u2', { preferred_username: 'bert', groups: [], country: 'b' })
    expect((await asUser(second).get('/api/v2/user/profile')).body.roles).toEqual(['reader', 'admin'])
    const renewed = await asUser(second).send('PUT', '/api/v2/user/session')
    expect(renewed.status, renewed.text).toBe(200)
    expect(renewed.body.roles).toEqual([])
    // A refresh token of the provider is good once, and the next one was kept.
    const again = caller(gateway.url, { authorization: `Bearer ${renewed.body.session_token}` })
    expect((await again.send('PUT', '/api/v2/user/session')).status).toBe(200)
  })

  it('is refused at a renewal when the provider does not know it any more', async () => {
    corp.people.set('u3', { preferred_username: 'cleo', groups: ['staff'] })
    const page = await signIn('corp', 'u3')
    corp.people.delete('u3')
    const person = asUser(page)
    expect((await person.send('PUT', '/api/v2/user/session')).status).toBe(401)
    expect((await person.get('/api/v2/user/profile')).status).toBe(401)
  })

  it('keeps what an administrator gave, and is refused when switched off', async () => {
    corp.people.set('u4', { preferred_username: 'dora', groups: [] })
    const page = await signIn('corp', 'u4')
    const { id } = await userNamed('dora@corp')
    expect((await admin.send('PATCH', `/api/v2/system/users/${id}`, { roles: ['reader'] })).status).toBe(200)
    await expect.poll(async () => (await asUser(page).get('/api/v2/user/profile')).body.roles).toEqual(['reader'])
    expect(JSON.parse((await signIn('corp', 'u4')).text).roles).toEqual(['reader'])

    expect((await admin.send('PATCH', `/api/v2/system/users/${id}`, { active: false })).status).toBe(200)
    await expect.poll(async () => (await asUser(page).get('/api/v2/user/profile')).status).toBe(401)
    const refused = await signIn('corp', 'u4')
    expect(refused.status).toBe(401)
    expect(JSON.parse(refused.text).error.message).toBe('These credentials are not valid')
  })

  it('has no password here, and gets none', async () => {
    await signIn('corp', 'u1')
    const { id, ...shown } = await userNamed('anna@corp')
    expect(shown).toMatchObject({ provider: 'corp', subject: 'u1' })
    expect(Object.keys(shown).filter((key) => /hash|claims|renew|sealed/.test(key))).toEqual([])
    const set = await admin.send('PATCH', `/api/v2/system/users/${id}`, { password: 'four words of nonsense' })
    expect(set.status).toBe(400)
    expect((await admin.post('/api/v2/system/reset_codes', { user_id: id })).status).toBe(400)
    const tried = await caller(gateway.url, {}).post('/api/v2/user/session', { user: 'anna', password: '' })
    expect(tried.status).toBe(400)
  })

  it('is found by its subject alone: another of the same name or address is another user', async () => {
    await admin.post('/api/v2/system/users', {
      name: 'eve',
      email: 'eve@corp.example',
      password: 'four words of nonsense',
      roles: ['admin'],
    })
    corp.people.set('u5', { preferred_username: 'eve', email: 'eve@corp.example', groups: [] })
    const eve = JSON.parse((await signIn('corp', 'u5')).text)
    expect(eve).toMatchObject({ name: 'eve@corp', roles: [] })
    expect(eve.id).not.toBe((await userNamed('eve')).id)

    // The same subject at another provider is nobody's account but its own.
    partner.people.set('u5', { preferred_username: 'eve', email: 'eve@corp.example', hd: 'partner.example' })
    const other = JSON.parse((await signIn('partner', 'u5')).text)
    expect(other).toMatchObject({ name: 'eve@partner', provider: 'partner', roles: [] })
    expect(other.id).not.toBe(eve.id)

    corp.people.set('u6', { preferred_username: 'admin', groups: [] })
    expect(JSON.parse((await signIn('corp', 'u6')).text)).toMatchObject({ name: 'admin@corp', is_sys_admin: false })
    // A name that changes at the provider is no reason for another user.
    corp.people.set('u6', { preferred_username: 'root of all', groups: [] })
    expect(JSON.parse((await signIn('corp', 'u6')).text).name).toBe('admin@corp')
  })
})

describe('several providers', () => {
  it('each have their own claims; who is not of the organisation is refused', async () => {
    partner.people.set('p1', {
      preferred_username: 'paul',
      realm_access: { roles: ['helper'] },
      hd: 'partner.example',
      country: 'a',
    })
    const page = await signIn('partner', 'p1')
    expect(JSON.parse(page.text)).toMatchObject({ name: 'paul@partner', provider: 'partner', roles: ['reader'] })
    partner.people.set('p2', { preferred_username: 'quin', realm_access: { roles: ['helper'] }, hd: 'evil.example' })
    expect((await signIn('partner', 'p2')).status).toBe(401)
    expect(await userNamed('quin@partner')).toBeUndefined()
  })

  it('are listed for pages that offer them', async () => {
    const { body } = await caller(gateway.url, {}).get('/api/v2/user/providers')
    expect(body.resource).toEqual([
      { name: 'corp', label: 'Contoso', type: 'oidc', url: begin('corp') },
      { name: 'partner', label: 'partner', type: 'oidc', url: begin('partner') },
    ])
    expect((await caller(gateway.url, {}).get('/t/acme/api/v2/user/providers')).body.resource).toEqual([])
  })

  it('that are not there are not found', async () => {
    const nobody = createWebBrowser()
    expect((await nobody.open(begin('nobody'))).status).toBe(404)
    expect((await nobody.open(`${gateway.url}/api/v2/user/session/corp/metadata`)).status).toBe(404)
    expect((await nobody.open(`${gateway.url}/t/acme/api/v2/user/session?provider=corp`)).status).toBe(404)
  })
})

describe('a page of its own origin', () => {
  it('gets a code for the session, once, and only with the verifier', async () => {
    const browser = createWebBrowser()
    browser.stopAt = ({ origin }) => origin === 'https://app.example'
    const { verifier, challenge } = pkce()
    const asked = begin('corp', `&return_to=https://app.example/done?x=1&code_challenge=${challenge}`)
    const back = new URL((await signInAtProvider(browser, await browser.open(asked), 'u1')).url)
    expect(back.href).toMatch(/^https:\/\/app\.example\/done\?x=1&code=[\w-]{43}$/)
    const code = back.searchParams.get('code')
    const exchange = (body: object) => caller(gateway.url, {}).post('/api/v2/user/session', body)
    expect((await exchange({ code })).status).toBe(401)
    // It was used up by who had no verifier.
    expect((await exchange({ code, code_verifier: verifier })).status).toBe(401)

    const next = new URL((await browser.open(asked)).url).searchParams.get('code')
    const opened = await exchange({ code: next, code_verifier: verifier })
    expect(opened.status, opened.text).toBe(200)
    expect(opened.body).toMatchObject({ name: 'anna@corp', provider: 'corp' })
    expect((await exchange({ code: next, code_verifier: verifier })).status).toBe(401)
  })

  it('gets no session of an administrator by it: a password does that', async () => {
    const browser = createWebBrowser()
    browser.stopAt = ({ origin }) => origin === 'https://app.example'
    const asked = begin('corp', '&return_to=https://app.example/done')
    const back = new URL((await signInAtProvider(browser, await browser.open(asked), 'u1')).url)
    const code = back.searchParams.get('code')
    const anybody = caller(gateway.url, {})
    expect((await anybody.post('/api/v2/system/admin/session', { code })).status).toBe(400)
    expect((await anybody.post('/api/v2/user/session', { code })).status).toBe(200)
  })

  it('is told when the person is refused', async () => {
    partner.people.set('p9', { preferred_username: 'rob', hd: 'evil.example' })
    const browser = createWebBrowser()
    browser.stopAt = ({ origin }) => origin === 'https://app.example'
    const asked = begin('partner', '&return_to=https://app.example/done')
    const page = await signInAtProvider(browser, await browser.open(asked), 'p9')
    expect(page.url).toBe('https://app.example/done?error=access_denied')
  })

  it('is one that is allowed (open redirects)', async () => {
    for (const where of [
      'https://evil.example/',
      'https://app.example.evil.example/',
      'https://app.example@evil.example/',
      'https://user@app.example/',
      'http://app.example/done',
      'https://app.example:8443/done',
      'https://app.example/',
      'https://app.example/done/more',
      'https://app.example/Done',
      'https://app.example/pages',
      'https://app.example/pages/../other',
      'https://app.example/pages/%2e%2e/other',
      'https://app.example/pages/..%2fother',
      `https://app.example/done?${'x'.repeat(2000)}`,
      '//evil.example/',
      '/api/v2',
      'javascript:alert(1)',
      'data:text/html,x',
      '\\\\evil.example',
    ]) {
      const refused = await createWebBrowser().open(begin('corp', `&return_to=${encodeURIComponent(where)}`))
      expect(refused.status, where).toBe(400)
    }
    const browser = createWebBrowser()
    browser.stopAt = ({ origin }) => origin === corp.issuer || origin === partner.issuer
    const allowed = await browser.open(begin('corp', '&return_to=https://app.example/pages/one?x=1'))
    expect(new URL(allowed.url).origin).toBe(corp.issuer)
    // What one provider's people may come back to, another's may not.
    expect((await browser.open(begin('partner', '&return_to=https://app.example/pages/one'))).status).toBe(400)
    expect(new URL((await browser.open(begin('partner', '&return_to=https://app.example/done'))).url).origin).toBe(
      partner.issuer,
    )
  })
})

describe('signing out', () => {
  it('ends the session, and says where the one of the provider ends', async () => {
    const browser = createWebBrowser()
    const person = asUser(await signIn('corp', 'u1', browser))
    const out = await person.send('DELETE', '/api/v2/user/session?return_to=https://app.example/bye')
    expect(out.body.success).toBe(true)
    expect((await person.get('/api/v2/user/profile')).status).toBe(401)
    const url = new URL(out.body.sign_out_url)
    expect(url.origin).toBe(corp.issuer)
    expect(url.searchParams.get('id_token_hint')).toMatch(/^eyJ/)
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe('https://app.example/bye')
    browser.stopAt = ({ origin }) => origin === 'https://app.example'
    const done = await browser.submit(await browser.open(url.href), { logout: 'yes' })
    expect(done.url).toBe('https://app.example/bye')
    // The provider asks anew.
    browser.stopAt = () => false
    expect((await browser.open(begin('corp'))).text).toContain('name="password"')
    const elsewhere = asUser(await signIn('corp', 'u1'))
    const refused = await elsewhere.send('DELETE', '/api/v2/user/session?return_to=https://evil.example/')
    expect(refused.status).toBe(400)
  })

  it('of a local user leads nowhere else', async () => {
    const local = await administrator(gateway)
    expect((await local.send('DELETE', '/api/v2/user/session')).body).toEqual({ success: true })
  })
})

describe('the login page of MCP', () => {
  async function toTokens(subject: string) {
    const flow = await openMcpFlow(gateway.url)
    const browser = createWebBrowser()
    browser.stopAt = ({ href }) => href.startsWith(flow.redirect)
    const login = await browser.open(flow.authorize)
    let page = await browser.click(login, 'Continue with Contoso')
    page = await signInAtProvider(browser, page, subject)
    if (!page.text.includes('value="allow"')) return { page, flow, tokens: undefined }
    expect(page.text).toContain('anna')
    const tokens = await flow.exchange((await browser.submit(page, { decision: 'allow' })).url)
    expect(tokens.status, JSON.stringify(tokens.body)).toBe(200)
    return { page, flow, tokens }
  }

  it('leads by its button to a tool call; roles are those of the day at a refresh', async () => {
    const { tokens, flow } = await toTokens('u1')
    const call = (token: string) =>
      callTool(`${gateway.url}/mcp`, token, 'shop_get_table_data', { table_name: 'notes' })
    const called = await call(tokens?.body.access_token)
    expect(called.status, JSON.stringify(called.body)).toBe(200)
    expect(JSON.stringify(called.body)).toContain('team')

    corp.people.set('u1', { preferred_username: 'anna', groups: [], country: 'b' })
    const refreshed = await flow.refresh(tokens?.body.refresh_token)
    expect(refreshed.status, JSON.stringify(refreshed.body)).toBe(200)
    const without = await call(refreshed.body.access_token)
    expect(JSON.stringify(without.body)).not.toContain('"team"')

    corp.people.set('u1', { preferred_username: 'anna', groups: ['staff'], country: 'b' })
    const back = await flow.refresh(refreshed.body.refresh_token)
    expect(JSON.stringify((await call(back.body.access_token)).body)).toContain('team')

    // Somebody who has left.
    corp.people.delete('u1')
    const gone = await flow.refresh(back.body.refresh_token)
    expect(gone.status).toBe(400)
    expect(gone.body.error).toBe('invalid_grant')
    expect((await call(back.body.access_token)).status).toBe(401)
    corp.people.set('u1', { preferred_username: 'anna', groups: ['staff'], country: 'b' })
  })

  it('is shown again to who is refused', async () => {
    corp.people.set('u8', { preferred_username: 'ines', groups: [] })
    await signIn('corp', 'u8')
    const { id } = await userNamed('ines@corp')
    await admin.send('PATCH', `/api/v2/system/users/${id}`, { active: false })
    const { page } = await toTokens('u8')
    expect(page.text).toContain('The provider did not sign you in')
    expect(page.text).toContain('Continue with Contoso')
  })
})

it('is written down as every other way to sign in', async () => {
  const query = `/api/v2/system/audit?filter=${encodeURIComponent("service = 'user'")}&order=id%20desc&limit=1000`
  const found = async () => {
    const events = (await admin.get(query)).body.resource as Record<string, unknown>[]
    return events.map(({ operation, principal, decision }) => `${operation} ${principal} ${decision}`)
  }
  await expect
    .poll(found, { timeout: 10_000 })
    .toEqual(
      expect.arrayContaining([
        'begin_sign_in anonymous allowed',
        'sign_in user:bert@corp allowed',
        'sign_in anonymous refused',
        'sign_out user:anna@corp allowed',
      ]),
    )
  const all = await admin.get(
    `/api/v2/system/audit?limit=1000&filter=${encodeURIComponent("operation = 'oauth.sign_in'")}`,
  )
  expect(all.body.resource.map(({ principal }: { principal: string }) => principal)).toContain('user:anna@corp')
})
