import { generateKeyPairSync } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { caller } from '../identity/person.js'
import { openPlace, type Place } from '../identity/places.js'
import { freePort } from '../oauth/free-port.js'
import { challengeOf, type RogueIssuer, signed, startRogueIssuer } from './rogue-issuer.js'
import { sessionOf } from './session-of.js'
import { createWebBrowser, type WebBrowser, type WebPage } from './web-browser.js'

const secret = 'a secret of the tests, and long enough'
let rogue: RogueIssuer
let other: RogueIssuer
let place: Place
let gateway: RunningGateway
let second: RunningGateway

beforeAll(async () => {
  rogue = await startRogueIssuer('127.0.0.1')
  other = await startRogueIssuer('127.0.0.2')
  place = there(await openPlace(sqlite))
  const provider = {
    type: 'oidc',
    client_id: 'gatehouse',
    client_secret: secret,
    allow_http: true,
    default_roles: ['reader'],
  }
  other.metadata = { userinfo_endpoint: `${other.issuer}/userinfo` }
  const strict = { default_roles: [], roles: { staff: 'reader' }, required_claims: { hd: 'corp.example' } }
  const sign_in = {
    providers: {
      rogue: { ...provider, issuer: rogue.issuer },
      other: { ...provider, issuer: other.issuer },
      strict: { ...provider, issuer: other.issuer, ...strict },
    },
  }
  gateway = await place.start({ sign_in })
  second = await place.start({ sign_in })
})
afterAll(async () => {
  await place.close()
  await rogue.close()
  await other.close()
})

/** A browser that was sent to a provider, and what it was sent with. */
interface Sent {
  readonly browser: WebBrowser
  readonly to: URL
  readonly state: string
  readonly nonce: string
}

async function sent(name = 'rogue'): Promise<Sent> {
  const browser = createWebBrowser()
  browser.stopAt = ({ hostname }) => hostname !== 'localhost'
  const to = new URL((await browser.open(`${gateway.url}/api/v2/user/session?provider=${name}`)).url)
  const of = (parameter: string) => to.searchParams.get(parameter) ?? ''
  return { browser, to, state: of('state'), nonce: of('nonce') }
}

function back(
  { browser, state }: Pick<Sent, 'browser' | 'state'>,
  { name = 'rogue', at = gateway.url, ...more }: Readonly<Record<string, string>> & { name?: string; at?: string } = {},
): Promise<WebPage> {
  const query = new URLSearchParams({ code: 'a code', state, iss: rogue.issuer, ...more })
  return browser.open(`${at}/api/v2/user/session/${name}/callback?${query}`)
}

/** All in the same words; nothing is told of what was wrong, and nobody is signed in. */
function expectRefused(page: WebPage, what: string) {
  expect(page.status, `${what}: ${page.text}`).toBe(401)
  expect(page.text).not.toContain('session_token')
}

describe('an answer', () => {
  let flow: Sent
  beforeEach(async () => {
    flow = await sent()
    rogue.idToken = () => signed(rogue, { nonce: flow.nonce })
  })

  it('that is right is taken, and proves who asked (PKCE)', async () => {
    const page = await back(flow)
    expect(page.status, page.text).toBe(200)
    expect(flow.to.searchParams.get('code_challenge_method')).toBe('S256')
    expect(challengeOf(rogue.asked?.get('code_verifier') ?? '')).toBe(flow.to.searchParams.get('code_challenge'))
    const begun = await fetch(`${gateway.url}/api/v2/user/session?provider=other`, { redirect: 'manual' })
    expect(begun.status).toBe(303)
    expect(begun.headers.get('set-cookie')).toMatch(/^gatehouse_browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(begun.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('is taken once', async () => {
    expect((await back(flow)).status).toBe(200)
    expectRefused(await back(flow), 'again')
    expectRefused(await back(flow, { at: second.url }), 'at another replica')
  })

  it('is taken once, however many come together, at whatever replica', async () => {
    const pages = await Promise.all([gateway.url, second.url, gateway.url, second.url].map((at) => back(flow, { at })))
    expect(pages.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(pages.filter(({ status }) => status === 401)).toHaveLength(3)
  })

  it('is for the browser that was sent', async () => {
    expectRefused(await back({ ...flow, browser: createWebBrowser() }), 'a browser without our cookie')
    // Somebody else, who is on the way to a provider too: the one who began would be signed in there (login CSRF).
    const mine = await sent()
    const theirs = await sent()
    rogue.idToken = () => signed(rogue, { nonce: mine.nonce })
    expectRefused(await back({ browser: theirs.browser, state: mine.state }), 'the browser of another')
  })

  it('has the state of a flow of ours', async () => {
    for (const state of ['', 'x', flow.state.slice(1), `${flow.state}x`, '{"returnTo":"https://evil.example"}']) {
      expectRefused(await back({ ...flow, state }), state)
    }
    expect((await back(flow)).status).toBe(200)
  })

  it('is of the provider that was asked (mix-up)', async () => {
    expectRefused(await back(flow, { name: 'other' }), 'brought to the callback of another')
    for (const iss of [other.issuer, `${rogue.issuer}/`, '']) {
      const next = await sent()
      rogue.idToken = () => signed(rogue, { nonce: next.nonce })
      expectRefused(await back(next, { iss }), `iss=${iss}`)
    }
    const silent = await sent()
    rogue.idToken = () => signed(rogue, { nonce: silent.nonce })
    const query = new URLSearchParams({ code: 'a code', state: silent.state })
    const page = await silent.browser.open(`${gateway.url}/api/v2/user/session/rogue/callback?${query}`)
    expectRefused(page, 'no iss from an issuer that promises it')
  })

  it('that says no is a no', async () => {
    expectRefused(await back(flow, { error: 'access_denied', error_description: '<script>alert(1)</script>' }), 'error')
  })

  it('that says everything twice is refused', async () => {
    const query = `code=a&code=b&state=${flow.state}&iss=${encodeURIComponent(rogue.issuer)}`
    const page = await flow.browser.open(`${gateway.url}/api/v2/user/session/rogue/callback?${query}`)
    expectRefused(page, 'two codes')
  })

  it('that is posted is none, and nothing is kept of it', async () => {
    for (const name of ['state', 'RelayState']) {
      const posted = await fetch(`${gateway.url}/api/v2/user/session/rogue/callback`, {
        method: 'POST',
        body: new URLSearchParams({ [name]: flow.state, code: 'a code', SAMLResponse: 'x' }),
        headers: { origin: rogue.issuer },
        redirect: 'manual',
      })
      expect(posted.status).toBe(401)
    }
    expect((await back(flow)).status).toBe(200)
    const elsewhere = await fetch(`${gateway.url}/api/v2/user/session`, {
      method: 'POST',
      body: '{}',
      headers: { origin: rogue.issuer, 'content-type': 'application/json' },
    })
    expect(elsewhere.status).toBe(403)
  })
})

describe('an ID token', () => {
  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const body = (nonce: string) => ({ iss: rogue.issuer, aud: 'gatehouse', sub: 's1', iat: now, exp: now + 300, nonce })

  const wrong: Record<string, (nonce: string) => Promise<string | undefined>> = {
    'that is missing': async () => undefined,
    'of another nonce': () => signed(rogue, { nonce: 'another' }),
    'without a nonce': () => signed(rogue, {}),
    'for somebody else': (nonce) => signed(rogue, { nonce, aud: 'someone-else' }),
    'for several, of whom another may use it': (nonce) =>
      signed(rogue, { nonce, aud: ['gatehouse', 'other'], azp: 'other' }),
    'for nobody': (nonce) => signed(rogue, { nonce, aud: undefined }),
    'of another issuer': (nonce) => signed(rogue, { nonce, iss: other.issuer }),
    'of the issuer with a slash': (nonce) => signed(rogue, { nonce, iss: `${rogue.issuer}/` }),
    'that has expired': (nonce) => signed(rogue, { nonce, exp: now - 120 }),
    'that never expires': (nonce) => signed(rogue, { nonce, exp: undefined }),
    'that is not good yet': (nonce) => signed(rogue, { nonce, nbf: now + 120 }),
    'of nobody': (nonce) => signed(rogue, { nonce, sub: undefined }),
    'of an empty subject': (nonce) => signed(rogue, { nonce, sub: '' }),
    'signed by a stranger': (nonce) => signed(rogue, { nonce }, { key: stranger }),
    'signed by a key that is not published': (nonce) =>
      signed(rogue, { nonce }, { key: stranger, header: { kid: 'two' } }),
    'without a signature (alg none)': async (nonce) => `${b64({ alg: 'none', kid: 'one' })}.${b64(body(nonce))}.`,
    'with a signature cut off': async (nonce) =>
      `${(await signed(rogue, { nonce })).split('.').slice(0, 2).join('.')}.`,
    'signed with the public key as a secret (key confusion)': (nonce) =>
      signed(
        rogue,
        { nonce },
        { key: Buffer.from(rogue.publicKey.export({ type: 'spki', format: 'pem' })), header: { alg: 'HS256' } },
      ),
    'signed with our own secret': (nonce) =>
      signed(rogue, { nonce }, { key: Buffer.from(secret), header: { alg: 'HS256' } }),
    'of an algorithm that the issuer does not announce': (nonce) =>
      signed(rogue, { nonce }, { header: { alg: 'PS256' } }),
    'with a key of its own': async (nonce) => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      return signed(
        rogue,
        { nonce },
        { key: privateKey, header: { kid: 'own', jwk: publicKey.export({ format: 'jwk' }) } },
      )
    },
    'with an extension that must be understood': async (nonce) =>
      (await signed(rogue, { nonce })).replace(/^[^.]*/, b64({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 })),
    'that is none': async () => 'nonsense',
  }
  for (const [what, make] of Object.entries(wrong)) {
    it(`${what} is refused`, async () => {
      const flow = await sent()
      rogue.idToken = () => make(flow.nonce)
      expectRefused(await back(flow), what)
    })
  }
})

describe('a provider that cannot be asked', () => {
  it('is said to be so, and ends no session', async () => {
    const flow = await sent()
    rogue.idToken = (request) =>
      signed(rogue, request.get('grant_type') === 'refresh_token' ? {} : { nonce: flow.nonce })
    const opened = JSON.parse((await back(flow)).text)
    const person = (token: string) => caller(gateway.url, { authorization: `Bearer ${token}` })
    rogue.down = true
    try {
      const refused = await person(opened.session_token).send('PUT', '/api/v2/user/session')
      expect(refused.status, refused.text).toBe(503)
      expect(refused.headers.get('retry-after')).toBe('5')
      const fresh = await sent()
      expectUnavailable(await back(fresh))
    } finally {
      rogue.down = false
    }
    const renewed = await person(opened.session_token).send('PUT', '/api/v2/user/session')
    expect(renewed.status, renewed.text).toBe(200)
    expect(renewed.body.roles).toEqual(['reader'])
  })

  it('is one too whose answers say nothing of the person, and one that says no ends the session', async () => {
    const flow = await sent()
    const good = (request: URLSearchParams) =>
      signed(rogue, request.get('grant_type') === 'refresh_token' ? {} : { nonce: flow.nonce })
    rogue.idToken = good
    const { session_token } = JSON.parse((await back(flow)).text)
    const person = caller(gateway.url, { authorization: `Bearer ${session_token}` })
    const renewed = async () => (await person.send('PUT', '/api/v2/user/session')).status
    const old = Math.floor(Date.now() / 1000) - 3600
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    try {
      for (const refusal of [
        { status: 429, error: 'invalid_grant' },
        { status: 400, error: 'slow_down' },
        { status: 403, error: 'access_limited' },
        { status: 400, error: 'invalid_request' },
      ]) {
        rogue.refusal = refusal
        expect(await renewed(), refusal.error).toBe(503)
      }
      rogue.refusal = undefined
      // Our clock, or the provider's.
      rogue.idToken = () => signed(rogue, { iat: old, exp: old + 300 })
      expect(await renewed()).toBe(503)
      rogue.idToken = () => signed(rogue, {}, { key: stranger, header: { kid: 'two' } })
      expect(await renewed()).toBe(503)
      expect((await person.get('/api/v2/user/profile')).status).toBe(200)
      rogue.idToken = good
      rogue.refusal = { status: 400, error: 'invalid_grant' }
      expect(await renewed()).toBe(401)
      expect((await person.get('/api/v2/user/profile')).status).toBe(401)
    } finally {
      rogue.refusal = undefined
    }
  })

  it('for what it does not say anew without an ID token, has said it before', async () => {
    async function signIn() {
      const flow = await sent('strict')
      other.idToken = async (request) =>
        request.get('grant_type') === 'refresh_token'
          ? undefined
          : signed(other, { nonce: flow.nonce, hd: 'corp.example', groups: ['staff'] })
      const page = await back(flow, { name: 'strict', iss: other.issuer })
      expect(page.status, page.text).toBe(200)
      return JSON.parse(page.text).session_token
    }
    async function renewed(token: string, userinfo: Readonly<Record<string, unknown>>) {
      other.userinfo = userinfo
      return caller(gateway.url, { authorization: `Bearer ${token}` }).send('PUT', '/api/v2/user/session')
    }
    const same = await renewed(await signIn(), { sub: 's1' })
    expect(same.status, same.text).toBe(200)
    expect(same.body.roles).toEqual(['reader'])
    const less = await renewed(same.body.session_token, { sub: 's1', groups: [] })
    expect(less.body.roles).toEqual([])
    // What it has taken back is not given again by what it said once.
    const again = await renewed(less.body.session_token, { sub: 's1' })
    expect(again.body.roles).toEqual([])
    expect((await renewed(again.body.session_token, { sub: 's1', hd: 'evil.example' })).status).toBe(401)
    expect((await renewed(await signIn(), { sub: 's2' })).status).toBe(401)
    expect((await renewed(await signIn(), { sub: 's1', hd: 'evil.example' })).status).toBe(401)
  })

  it('that vouches for somebody else at a renewal ends the session', async () => {
    const flow = await sent()
    rogue.idToken = (request) =>
      signed(rogue, request.get('grant_type') === 'refresh_token' ? { sub: 's2' } : { nonce: flow.nonce })
    const { session_token } = JSON.parse((await back(flow)).text)
    const person = caller(gateway.url, { authorization: `Bearer ${session_token}` })
    expect((await person.send('PUT', '/api/v2/user/session')).status).toBe(401)
    expect((await person.get('/api/v2/user/profile')).status).toBe(401)
  })

  function expectUnavailable(page: WebPage) {
    expect(page.status, page.text).toBe(503)
    expect(page.text).not.toContain(rogue.issuer)
  }
})

describe('a refresh token', () => {
  const opened = async (flow: Sent) => {
    const page = await back(flow)
    expect(page.status, page.text).toBe(200)
    return sessionOf(gateway.url, page)
  }
  afterEach(() => {
    rogue.renewable = true
    rogue.refreshToken = 'a refresh token'
  })

  it('stays where the next sign-in brings none', async () => {
    const sub = 'kept'
    for (const renewable of [true, false]) {
      const flow = await sent()
      rogue.renewable = renewable
      rogue.idToken = (request) => signed(rogue, { sub, ...(request.has('code') && { nonce: flow.nonce }) })
      const person = await opened(flow)
      expect((await person.send('PUT', '/api/v2/user/session')).status).toBe(200)
      expect(rogue.asked?.get('refresh_token')).toBe('a refresh token')
    }
  })

  it('of a sign-in is not lost by a renewal that began before', async () => {
    const sub = 'overlapping'
    const flow = await sent()
    rogue.idToken = () => signed(rogue, { sub, nonce: flow.nonce })
    const person = await opened(flow)
    const next = await sent()
    rogue.idToken = async (request) => {
      if (!request.has('code')) {
        rogue.refreshToken = 'of the sign-in'
        await opened(next)
        rogue.refreshToken = 'of the renewal'
      }
      return signed(rogue, { sub, ...(request.has('code') && { nonce: next.nonce }) })
    }
    const renewed = await person.send('PUT', '/api/v2/user/session')
    expect(renewed.status, renewed.text).toBe(200)
    rogue.idToken = () => signed(rogue, { sub })
    const again = caller(gateway.url, { authorization: `Bearer ${renewed.body.session_token}` })
    expect((await again.send('PUT', '/api/v2/user/session')).status).toBe(200)
    expect(rogue.asked?.get('refresh_token')).toBe('of the sign-in')
  })
})

it('people are of the issuer that vouched for them, whatever is called like it later', async () => {
  const provider = { type: 'oidc', client_id: 'gatehouse', allow_http: true, default_roles: ['reader'] }
  const at = (issuer: RogueIssuer) => ({ sign_in: { providers: { moved: { ...provider, issuer: issuer.issuer } } } })
  const before = await place.start(at(rogue))
  const after = await place.start(at(other))
  async function signIn(to: RunningGateway, issuer: RogueIssuer, sub: string) {
    const browser = createWebBrowser()
    browser.stopAt = ({ hostname }) => hostname !== 'localhost'
    const asked = new URL((await browser.open(`${to.url}/api/v2/user/session?provider=moved`)).url).searchParams
    issuer.idToken = () => signed(issuer, { sub, nonce: asked.get('nonce') })
    const query = new URLSearchParams({ code: 'x', state: asked.get('state') ?? '', iss: issuer.issuer })
    return browser.open(`${to.url}/api/v2/user/session/moved/callback?${query}`)
  }
  const page = await signIn(before, rogue, 'mover')
  expect(page.status, page.text).toBe(200)
  const token = { authorization: `Bearer ${JSON.parse(page.text).session_token}` }
  expectRefused(await signIn(after, other, 'mover'), 'the same subject of another issuer')
  expect((await caller(after.url, token).get('/api/v2/user/profile')).status).toBe(401)
  expect((await signIn(after, other, 'newcomer')).status).toBe(200)
  expect((await signIn(before, rogue, 'mover')).status).toBe(200)
  expect((await caller(before.url, token).get('/api/v2/user/profile')).status).toBe(200)
})

it('subjects are whatever the issuer says, and stay data', async () => {
  for (const sub of ["' OR 1=1 --", 'S1', 's1 ', 'ß'.repeat(300), '../admin', 'a:b/c']) {
    const flow = await sent()
    rogue.idToken = () => signed(rogue, { nonce: flow.nonce, sub, preferred_username: `\u202e${sub}<b>` })
    const page = await back(flow)
    expect(page.status, sub).toBe(200)
    const { name, id } = JSON.parse(page.text)
    expect(name).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._@+-]*$/u)
    const again = await sent()
    rogue.idToken = () => signed(rogue, { nonce: again.nonce, sub, preferred_username: 'someone' })
    expect(JSON.parse((await back(again)).text).id).toBe(id)
  }
})

it('behind https, the cookie is for this host alone, and answers come to the public address whatever the Host header says', async () => {
  const port = await freePort()
  const provider = { type: 'oidc', client_id: 'gatehouse', allow_http: true, issuer: rogue.issuer }
  const behind = await place.start({
    server: { port, public_url: 'https://gate.example', allowed_hosts: ['127.0.0.1', 'gate.example', 'gate.internal'] },
    sign_in: { providers: { rogue: provider } },
  })
  expect(behind.url).toBe('https://gate.example')
  const begun = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = '/api/v2/user/session?provider=rogue'
    const headers = { host: 'gate.internal', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
    get({ host: '127.0.0.1', port, path, headers }, resolve).on('error', reject)
  })
  begun.resume()
  const to = new URL(begun.headers.location ?? '')
  expect(to.searchParams.get('redirect_uri')).toBe('https://gate.example/api/v2/user/session/rogue/callback')
  const cookie = begun.headers['set-cookie']?.[0]
  expect(cookie).toMatch(/^__Host-gatehouse_browser=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  // A cookie that another host of the domain could have set is none.
  const id = cookie?.replace(/^[^=]*=([^;]*).*$/, '$1')
  const query = new URLSearchParams({ code: 'x', state: to.searchParams.get('state') ?? '', iss: rogue.issuer })
  rogue.idToken = () => signed(rogue, { nonce: to.searchParams.get('nonce') })
  const planted = await fetch(`http://127.0.0.1:${port}/api/v2/user/session/rogue/callback?${query}`, {
    headers: { cookie: `gatehouse_browser=${id}` },
  })
  expect(planted.status).toBe(401)
})
