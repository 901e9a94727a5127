import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { keepOpen } from '../harness/keep-open.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { administrator, caller, signIn as signInByPassword } from '../identity/person.js'
import { openPlace } from '../identity/places.js'
import { type RogueIssuer, signed, startRogueIssuer } from './rogue-issuer.js'
import { sessionOf } from './session-of.js'
import { createWebBrowser } from './web-browser.js'

let issuer: RogueIssuer
beforeAll(async () => {
  issuer = await startRogueIssuer()
})
afterAll(() => issuer.close())

/** What the issuer says of whoever brings a code: the code is the subject. */
function vouchFor(nonces: ReadonlyMap<string, string>, groups: readonly string[]) {
  issuer.idToken = (request) => {
    const sub = request.get('code') ?? 'twin'
    const nonce = nonces.get(sub)
    const fresh = request.get('grant_type') === 'authorization_code' && nonce !== undefined
    return signed(issuer, { sub, preferred_username: 'Zoë', groups, ...(fresh && { nonce }) })
  }
}

describe.each([sqlite, postgres, mariadb])('people of providers on $name', (backend) => {
  let gateways: RunningGateway[]
  keepOpen({ name: backend.name, open: () => openPlace(backend) }, async (opened) => {
    const provider = { type: 'oidc', issuer: issuer.issuer, client_id: 'gatehouse', allow_http: true }
    const roles = { staff: 'reader' }
    const content = {
      tenants: { acme: { label: 'Acme', roles: { reader: { grants: [] } } } },
      sign_in: {
        providers: { corp: { ...provider, roles }, acmes: { ...provider, tenant: 'acme', roles } },
      },
    }
    gateways = [await opened.start(content), await opened.start(content)]
  })

  /** Up to the callback. */
  async function begun(gateway: RunningGateway, name = 'corp', root = '') {
    const browser = createWebBrowser()
    browser.stopAt = ({ origin }) => origin === issuer.issuer
    const to = new URL((await browser.open(`${gateway.url}${root}/api/v2/user/session?provider=${name}`)).url)
    const nonce = to.searchParams.get('nonce') ?? ''
    const back = (code: string, at = gateway, path = `${root}/api/v2/user/session/${name}`) => {
      const query = new URLSearchParams({ code, state: to.searchParams.get('state') ?? '', iss: issuer.issuer })
      return browser.open(`${at.url}${path}/callback?${query}`)
    }
    return { nonce, back, callback: to.searchParams.get('redirect_uri') }
  }
  const both = (): [RunningGateway, RunningGateway] => {
    const [one, other] = gateways
    if (!one || !other) throw new Error('two gateways are needed')
    return [one, other]
  }

  it('are made once, whoever comes first, and are the same on every replica', async () => {
    const [one, other] = both()
    // The same person in several browsers at once, at two replicas: each with a nonce of its own.
    const flows = await Promise.all([one, other, one, other].map((gateway) => begun(gateway)))
    issuer.idToken = async (request) => {
      const flow = flows[Number(request.get('code'))]
      return signed(issuer, { sub: 'twin', preferred_username: 'Zoë', groups: ['staff'], nonce: flow?.nonce })
    }
    const pages = await Promise.all(flows.map(({ back }, i) => back(String(i))))
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const bodies = pages.map(({ text }) => JSON.parse(text))
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(1)
    expect(bodies[0]).toMatchObject({ name: 'Zoë@corp', roles: ['reader'] })

    // Many renewals at once: the provider is asked by one of them, and none is refused for it.
    let running = 0
    let most = 0
    issuer.idToken = async (request) => {
      running++
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 50))
      running--
      expect(request.get('refresh_token')).toBe('a refresh token')
      return signed(issuer, { sub: 'twin', preferred_username: 'Zoë', groups: ['staff'] })
    }
    const renewed = await Promise.all(
      bodies.map(({ session_token }, i) =>
        caller(i % 2 === 0 ? one.url : other.url, { authorization: `Bearer ${session_token}` }).send(
          'PUT',
          '/api/v2/user/session',
        ),
      ),
    )
    expect(renewed.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(most).toBe(1)
    expect(new Set(renewed.map(({ body }) => body.roles.join())).size).toBe(1)
  })

  it('go on at another replica than they began at', async () => {
    const [one, other] = both()
    const flow = await begun(one)
    vouchFor(new Map([['roamer', flow.nonce]]), ['staff'])
    const page = await flow.back('roamer', other)
    expect(page.status, page.text).toBe(200)
    expect(JSON.parse(page.text).name).toMatch(/^Zoë-\w+@corp$/)
    const person = sessionOf(one.url, page)
    expect((await person.get('/api/v2/user/profile')).body.roles).toEqual(['reader'])
    expect((await person.send('DELETE', '/api/v2/user/session')).body).toEqual({ success: true })
    expect((await person.get('/api/v2/user/profile')).status).toBe(401)
  })

  it('are of one tenant, with its own place to come back to', async () => {
    const [gateway] = both()
    const flow = await begun(gateway, 'acmes', '/t/acme')
    expect(flow.callback).toBe(`${gateway.url}/t/acme/api/v2/user/session/acmes/callback`)
    vouchFor(new Map([['twin', flow.nonce]]), ['staff'])
    const page = await flow.back('twin')
    expect(page.status, page.text).toBe(200)
    const acme = JSON.parse(page.text)
    expect(acme).toMatchObject({ name: 'Zoë@acmes', provider: 'acmes' })
    const token = { authorization: `Bearer ${acme.session_token}` }
    expect((await caller(gateway.url, token).get('/t/acme/api/v2/user/profile')).status).toBe(200)
    expect((await caller(gateway.url, token).get('/api/v2/user/profile')).status).toBe(401)
    const fetched = (path: string) => fetch(`${gateway.url}${path}`, { redirect: 'manual' })
    expect((await fetched('/t/acme/api/v2/user/session?provider=corp')).status).toBe(404)
    expect((await fetched('/api/v2/user/session?provider=acmes')).status).toBe(404)

    // A flow of one tenant ends in no other.
    const astray = await begun(gateway, 'acmes', '/t/acme')
    vouchFor(new Map([['twin', astray.nonce]]), ['staff'])
    expect((await astray.back('twin', gateway, '/api/v2/user/session/corp')).status).toBe(401)
    expect((await astray.back('twin')).status).toBe(200)
    // A code for a session neither.
    const browser = createWebBrowser()
    browser.stopAt = ({ origin }) => origin === issuer.issuer
    const mine = `${gateway.url}/t/acme/api/v2/user/session?provider=acmes&return_to=${gateway.url}/docs`
    const to = new URL((await browser.open(mine)).url)
    vouchFor(new Map([['twin', to.searchParams.get('nonce') ?? '']]), ['staff'])
    browser.stopAt = ({ pathname }) => pathname === '/docs'
    const query = new URLSearchParams({ code: 'twin', state: to.searchParams.get('state') ?? '', iss: issuer.issuer })
    const sentOn = await browser.open(`${to.searchParams.get('redirect_uri')}?${query}`)
    const code = new URL(sentOn.url).searchParams.get('code')
    const exchange = (path: string) => caller(gateway.url, {}).post(`${path}/user/session`, { code })
    expect((await exchange('/api/v2')).status).toBe(401)
    expect((await exchange('/t/acme/api/v2')).body.provider).toBe('acmes')

    const root = await administrator(gateway)
    const names = (await root.get('/api/v2/system/users?fields=name,provider')).body.resource
    expect(names).not.toContainEqual({ name: 'Zoë@acmes', provider: 'acmes' })
  })

  it('are local users’ equals, and never the same', async () => {
    const [gateway] = both()
    const root = await administrator(gateway)
    // A name that a person of a provider has is taken.
    const taken = await root.post('/api/v2/system/users', { name: 'ZOË@corp', password: 'four words of nonsense' })
    expect(taken.status).toBe(409)
    await expect(signInByPassword(gateway.url, 'Zoë@corp', 'four words of nonsense')).rejects.toThrow('not valid')
  })
})
