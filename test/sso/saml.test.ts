import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { administrator, type Person } from '../identity/person.js'
import { openPlace, type Place } from '../identity/places.js'
import { callTool } from '../oauth/oauth-client.js'
import { openMcpFlow } from './mcp-flow.js'
import { element, sign } from './saml-answers.js'
import { type SamlIdentityProvider, signInBySaml, startSamlIdp } from './saml-idp.js'
import { describeWithKeys } from './saml-provider.js'
import { assertionWrappings, victim } from './saml-wrapping.js'
import { expectAnna, sessionOf } from './session-of.js'
import { createWebBrowser, type WebBrowser, type WebPage } from './web-browser.js'

await describeWithKeys('signing in by SAML', (keys) => {
  const { idp, other, own } = keys
  let corp: SamlIdentityProvider
  let partner: SamlIdentityProvider
  let place: Place
  let gateway: RunningGateway
  let admin: Person

  beforeAll(async () => {
    corp = await startSamlIdp('127.0.0.1', idp)
    partner = await startSamlIdp('127.0.0.2', other)
    place = there(await openPlace(sqlite))
    gateway = await place.start({
      sign_in: {
        providers: {
          corp: {
            type: 'saml',
            label: 'Contoso',
            issuer: corp.entityId,
            metadata_url: corp.metadataUrl,
            return_to: ['https://app.example/'],
            signing_key: own.key,
            signing_certificate: own.certificate,
            decryption_key: own.key,
            decryption_certificate: own.certificate,
            roles: { staff: 'reader', bosses: ['reader', 'admin'] },
            attributes: { team: 'country' },
          },
          partner: {
            type: 'saml',
            issuer: partner.entityId,
            metadata_url: partner.metadataUrl,
            name_id_format: 'email',
            roles_claim: 'eduPersonAffiliation',
            roles: { member: 'reader' },
            attributes: { team: 'country' },
          },
        },
      },
    })
    for (const [name, provider] of [
      ['corp', corp],
      ['partner', partner],
    ] as const) {
      const metadata = await fetch(`${gateway.url}/api/v2/user/session/${name}/metadata`)
      expect(metadata.status).toBe(200)
      expect(metadata.headers.get('content-type')).toMatch(/^application\/samlmetadata\+xml/)
      provider.register(await metadata.text(), 'https://app.example/signed-out')
    }
    corp.people.set('anna', {
      nameId: 'a-1',
      attributes: {
        uid: 'anna',
        mail: 'anna@corp.example',
        displayName: 'Anna A',
        groups: ['staff', 'x'],
        country: 'b',
      },
    })
    admin = await administrator(gateway)
  })
  afterAll(async () => {
    await place.close()
    await corp.close()
    await partner.close()
  })

  const notes = '/api/v2/shop/_table/notes'
  const begin = (provider: string, more = '') => `${gateway.url}/api/v2/user/session?provider=${provider}${more}`
  async function signIn(provider: string, subject: string, browser: WebBrowser = createWebBrowser()) {
    return signInBySaml(browser, await browser.open(begin(provider)), subject)
  }
  /** Up to the page of the provider that posts its answer. */
  async function answered(subject: string, browser: WebBrowser = createWebBrowser()) {
    const page = await browser.submit(await browser.open(begin('corp')), { login: subject, password: 'any' })
    expect(page.text).toContain('name="SAMLResponse"')
    return { browser, page }
  }
  const asUser = (page: WebPage) => sessionOf(gateway.url, page)

  it('opens a session, with roles and attributes by what the provider says', async () => {
    await expectAnna(gateway.url, await signIn('corp', 'anna'))
  })

  it('has the roles of the day at the next sign-in', async () => {
    const bert = { nameId: 'b-1', attributes: { uid: 'bert', groups: 'staff', country: 'a' } }
    corp.people.set('bert', bert)
    const first = await signIn('corp', 'bert')
    expect(JSON.parse(first.text).roles).toEqual(['reader'])
    corp.people.set('bert', { ...bert, attributes: { uid: 'bert', groups: ['bosses'] } })
    const second = await signIn('corp', 'bert')
    expect(JSON.parse(second.text).roles).toEqual(['reader', 'admin'])
    expect(JSON.parse(second.text).id).toBe(JSON.parse(first.text).id)
    corp.people.set('bert', { ...bert, attributes: { uid: 'bert' } })
    expect(JSON.parse((await signIn('corp', 'bert')).text).roles).toEqual([])
    // A session of before has lost them too.
    expect((await asUser(second).get('/api/v2/user/profile')).body.roles).toEqual([])
  })

  it('knows people by their NameID, and those of two providers apart', async () => {
    partner.people.set('paul', {
      nameId: 'a-1',
      nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
      attributes: { uid: 'anna', eduPersonAffiliation: ['member', 'staff'], country: 'a' },
    })
    const [here, there] = [await signIn('corp', 'anna'), await signIn('partner', 'paul')]
    expect(there.status, there.text).toBe(200)
    expect(JSON.parse(there.text)).toMatchObject({ name: 'anna@partner', provider: 'partner', roles: ['reader'] })
    expect(JSON.parse(there.text).id).not.toBe(JSON.parse(here.text).id)
    expect((await asUser(there).get(notes)).body.resource).toEqual([{ id: 1, team: 'a' }])
  })

  it('refuses a NameID that is another one each time', async () => {
    corp.people.set('eve', {
      nameId: 'passing',
      nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
      attributes: { uid: 'eve', groups: ['bosses'] },
    })
    const page = await signIn('corp', 'eve')
    expect(page.status).toBe(401)
    expect(page.text).not.toMatch(/passing|NameID/)
    const found = await admin.get(`/api/v2/system/users?filter=${encodeURIComponent("name = 'eve@corp'")}`)
    expect(found.body.resource).toEqual([])
  })

  it('encrypts and signs what goes between us', async () => {
    const browser = createWebBrowser()
    browser.stopAt = ({ hostname }) => hostname === '127.0.0.1'
    const asked = new URL((await browser.open(begin('corp'))).url)
    expect(asked.searchParams.has('Signature')).toBe(true)
    // The provider refuses what we have not signed.
    asked.searchParams.set('RelayState', 'other')
    browser.stopAt = () => false
    const login = await browser.open(asked.href)
    const refused = await browser.submit(login, { login: 'anna', password: 'any' })
    expect(refused.status).toBe(500)
    const { page } = await answered('anna')
    const response = Buffer.from(
      /name="SAMLResponse"\s+value="([^"]+)"/.exec(page.text)?.[1] ?? '',
      'base64',
    ).toString()
    expect(response).toContain('EncryptedAssertion')
    expect(response).not.toContain('anna@')
  })

  it('refuses an answer that is shown twice, also to another replica', async () => {
    const second = await place.start(gatewayAgain())
    const { browser, page } = await answered('anna')
    const form = formOf(page)
    expect((await browser.submit(page)).status).toBe(200)
    expect((await browser.submit(page)).status).toBe(401)
    const toSecond = async (fields: Readonly<Record<string, string>>) => {
      const init = { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' as const }
      return (await fetch(`${second.url}/api/v2/user/session/corp/callback`, init)).status
    }
    expect(await toSecond(form)).toBe(401)
    // The other one does take answers.
    expect(await toSecond(formOf((await answered('anna')).page))).toBe(303)
    // In a flow of its own it answers another request.
    const next = await answered('anna')
    const stolen = await next.browser.submit(next.page, { SAMLResponse: form.SAMLResponse ?? '' })
    expect(stolen.status).toBe(401)
  })

  it('refuses an answer in another browser than the one that asked, and one that nobody asked for', async () => {
    const { page } = await answered('anna')
    expect((await createWebBrowser().submit(page)).status).toBe(401)
    const { page: other, browser } = await answered('anna')
    expect((await browser.submit(other, { RelayState: '' })).status).toBe(401)
    expect((await browser.submit(other, { RelayState: 'made-up' })).status).toBe(401)
    expect((await browser.submit(other)).status).toBe(200)
  })

  it('holds few answers that nobody has looked at yet, and no large ones', async () => {
    // Its counts are its own.
    const { url } = await place.start(gatewayAgain())
    const post = (fields: Readonly<Record<string, string>>) =>
      fetch(`${url}/api/v2/user/session/corp/callback`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        redirect: 'manual',
      })
    const form = formOf((await answered('anna')).page)
    expect((await post({ ...form, more: 'x'.repeat(300_000) })).status).toBe(413)
    expect((await post({ RelayState: form.RelayState ?? '' })).status).toBe(401)
    expect((await post(form)).status).toBe(303)
    const statuses = await Promise.all(
      Array.from({ length: 125 }, async () => (await post({ ...form, RelayState: 'made-up' })).status),
    )
    expect(statuses.filter((status) => status === 401)).toHaveLength(119)
    const late = await post(form)
    expect(late.status).toBe(429)
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('refuses an answer of one provider at the address of another', async () => {
    const { browser, page } = await answered('anna')
    const moved = { ...page, text: page.text.replace('/session/corp/', '/session/partner/') }
    expect((await browser.submit(moved)).status).toBe(401)
  })

  it('refuses what is forged, in the words of any wrong credentials', async () => {
    const { browser, page } = await answered('anna')
    const xml = Buffer.from(formOf(page).SAMLResponse ?? '', 'base64').toString()
    const forged = xml.replace('<saml:EncryptedAssertion', '<saml:Assertion ID="_evil"/><saml:EncryptedAssertion')
    expect(forged).not.toBe(xml)
    const refused = await browser.submit(page, { SAMLResponse: Buffer.from(forged).toString('base64') })
    expect(refused.status).toBe(401)
    expect(refused.text).not.toMatch(/Signature|signature|assertion/)
  })

  it.for(Object.keys(assertionWrappings))('refuses %s', async (name) => {
    partner.people.set('ada', {
      nameId: 'ada-4711',
      nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
      attributes: { uid: 'ada' },
    })
    const browser = createWebBrowser()
    const login = await browser.open(begin('partner'))
    const page = await browser.submit(login, { login: 'ada', password: 'any' })
    const xml = Buffer.from(formOf(page).SAMLResponse ?? '', 'base64').toString()
    const wrapped = assertionWrappings[name]?.(xml) ?? xml
    expect(wrapped).toContain(name.includes('namespace') ? 'urn:x' : victim)
    const refused = await browser.submit(page, { SAMLResponse: Buffer.from(wrapped).toString('base64') })
    expect(refused.status).toBe(401)
    // The same person, untouched.
    expect((await signIn('partner', 'ada', browser)).status).toBe(200)
  })

  it('opens nothing for longer than the provider says', async () => {
    partner.people.set('till', {
      nameId: 'till',
      nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
      attributes: { uid: 'till' },
    })
    const browser = createWebBrowser()
    const page = await browser.submit(await browser.open(begin('partner')), { login: 'till', password: 'any' })
    const xml = Buffer.from(formOf(page).SAMLResponse ?? '', 'base64').toString()
    const until = new Date(Date.now() + 300_000).toISOString()
    const limited = xml
      .replace(element(xml, 'Signature'), '')
      .replace(' SessionIndex=', ` SessionNotOnOrAfter="${until}" SessionIndex=`)
    const answer = sign(limited, other, { element: 'Assertion' })
    const opened = await browser.submit(page, { SAMLResponse: Buffer.from(answer).toString('base64') })
    expect(opened.status, opened.text).toBe(200)
    expect(JSON.parse(opened.text).expires).toBe(until)
    const renewed = await asUser(opened).send('PUT', '/api/v2/user/session')
    expect(renewed.body.expires).toBe(until)
  })

  it('signs out at the provider too', async () => {
    const browser = createWebBrowser()
    const person = asUser(await signIn('corp', 'anna', browser))
    // It would not ask again.
    expect((await signIn('corp', 'nobody', browser)).status).toBe(200)
    const out = await person.send('DELETE', '/api/v2/user/session?return_to=https://app.example/bye')
    expect(out.body.success).toBe(true)
    expect((await person.get('/api/v2/user/profile')).status).toBe(401)
    const url = new URL(out.body.sign_out_url)
    expect(url.origin).toBe(new URL(corp.entityId).origin)
    browser.stopAt = ({ origin }) => origin === 'https://app.example'
    const done = new URL((await browser.open(url.href)).url)
    expect(done.origin + done.pathname).toBe('https://app.example/signed-out')
    expect(done.searchParams.get('RelayState')).toBe('https://app.example/bye')
    browser.stopAt = () => false
    expect((await browser.open(begin('corp'))).text).toContain('name="login"')
  })

  it('leads from the login page of MCP to a tool call', async () => {
    const flow = await openMcpFlow(gateway.url)
    const browser = createWebBrowser()
    browser.stopAt = ({ href }) => href.startsWith(flow.redirect)
    const login = await browser.open(flow.authorize)
    const consent = await signInBySaml(browser, await browser.click(login, 'Continue with Contoso'), 'anna')
    expect(consent.text).toContain('value="allow"')
    const tokens = await flow.exchange((await browser.submit(consent, { decision: 'allow' })).url)
    expect(tokens.status, JSON.stringify(tokens.body)).toBe(200)
    const called = await callTool(`${gateway.url}/mcp`, tokens.body.access_token, 'shop_get_table_data', {
      table_name: 'notes',
    })
    expect(called.status, JSON.stringify(called.body)).toBe(200)
    expect(JSON.stringify(called.body)).toContain('team')
  })

  /** The same configuration, for another process on the same store. */
  function gatewayAgain() {
    return {
      sign_in: {
        providers: { corp: { type: 'saml', issuer: corp.entityId, metadata_url: corp.metadataUrl } },
      },
    }
  }
})

function formOf({ text }: WebPage): Readonly<Record<string, string>> {
  const fields = [...text.matchAll(/<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]))
}
