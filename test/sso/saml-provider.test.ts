import { verify, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, type JsonObject } from '@gatehouse/core'
import { expect, test } from 'vitest'
import { sign } from './saml-answers.js'
import { serveMetadata } from './saml-metadata-server.js'
import {
  callback,
  describeWithKeys,
  entityId,
  honest,
  issuer,
  openProvider,
  problemsOf,
  refusal,
  requestIn,
  settingsFor,
} from './saml-provider.js'

const day = 24 * 60 * 60_000
const formats = 'urn:oasis:names:tc:SAML'

/** An assertion by hand: what `samlp` does not say. */
function byHand(id: string, { attributes = '', subject = '', conditions = '', statement = '', more = '' }): string {
  const [now, later] = [0, 300_000].map((ms) => new Date(Date.now() + ms).toISOString())
  const name = subject || `<saml:NameID Format="${formats}:2.0:nameid-format:persistent">ada-4711</saml:NameID>`
  return `<samlp:Response xmlns:samlp="${formats}:2.0:protocol" xmlns:saml="${formats}:2.0:assertion" ID="_r" Version="2.0"
    IssueInstant="${now}" Destination="${callback}" InResponseTo="${id}"><saml:Issuer>${issuer}</saml:Issuer>
    <samlp:Status><samlp:StatusCode Value="${formats}:2.0:status:Success"/></samlp:Status>
    <saml:Assertion ID="_a" Version="2.0" IssueInstant="${now}"><saml:Issuer>${issuer}</saml:Issuer>
      <saml:Subject>${name}<saml:SubjectConfirmation Method="${formats}:2.0:cm:bearer">
        <saml:SubjectConfirmationData Recipient="${callback}" InResponseTo="${id}" NotOnOrAfter="${later}"/>
      </saml:SubjectConfirmation></saml:Subject>
      <saml:Conditions NotBefore="${now}" NotOnOrAfter="${later}"><saml:AudienceRestriction>
        <saml:Audience>${entityId}</saml:Audience></saml:AudienceRestriction>${conditions}</saml:Conditions>
      <saml:AuthnStatement AuthnInstant="${now}" SessionIndex="_s">${
        statement ||
        '<saml:AuthnContext><saml:AuthnContextClassRef>urn:x:password</saml:AuthnContextClassRef></saml:AuthnContext>'
      }</saml:AuthnStatement>
      <saml:AttributeStatement>${attributes}</saml:AttributeStatement>${more}
    </saml:Assertion></samlp:Response>`
}

const attribute = (name: string, values: readonly string[], friendly?: string) =>
  `<saml:Attribute Name="${name}"${friendly === undefined ? '' : ` FriendlyName="${friendly}"`}>${values
    .map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`)
    .join('')}</saml:Attribute>`

await describeWithKeys('SAML', (keys) => {
  const settings = settingsFor(keys)
  const { idp } = keys

  /** What comes of an assertion that was made by hand, and signed by the identity provider. */
  async function said(parts: Parameters<typeof byHand>[1], more: JsonObject = {}) {
    const begun = await (await openProvider({ ...settings, ...more })).begin()
    return begun.finish(sign(byHand(begun.id, parts), idp, { element: 'Assertion' }))
  }

  test('a person comes back', async () => {
    const begun = await (await openProvider(settings)).begin()
    const { signOutHint, ...person } = await begun.finish(await honest(keys, begun))
    expect(person).toEqual({
      subject: 'ada-4711',
      name: 'ada',
      email: 'ada@example.com',
      label: 'Ada Lovelace',
      claims: {
        uid: 'ada',
        mail: 'ada@example.com',
        displayName: 'Ada Lovelace',
        groups: ['staff', 'analysts'],
      },
    })
    expect(JSON.parse(signOutHint ?? '')).toMatchObject({ nameId: { value: 'ada-4711' }, sessionIndex: '_session' })
  })

  test('the request says what is wanted', async () => {
    const { begin } = await openProvider({ ...settings, force_authn: true, authn_contexts: ['urn:x:mfa'] })
    const { url } = await begin('the-state')
    expect(url.origin + url.pathname).toBe('https://idp.example/sign-in')
    expect(url.searchParams.get('RelayState')).toBe('the-state')
    expect(url.searchParams.has('Signature')).toBe(false)
    const request = requestIn(url)
    expect(request).toContain(`AssertionConsumerServiceURL="${callback}"`)
    expect(request).toContain('ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"')
    expect(request).toContain('Destination="https://idp.example/sign-in"')
    expect(request).toContain('ForceAuthn="true"')
    expect(request).toContain(`>${entityId}</saml:Issuer>`)
    expect(request).toContain('>urn:x:mfa</saml:AuthnContextClassRef>')
    expect(request).toContain(`Format="${formats}:2.0:nameid-format:persistent"`)
    expect(await begin()).not.toHaveProperty('id', (await begin()).id)
  })

  test('requests are signed', async () => {
    const { own } = keys
    const { begin } = await openProvider({ ...settings, signing_key: own.key, signing_certificate: own.certificate })
    const { url } = await begin('the state')
    expect(url.searchParams.get('SigAlg')).toBe('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
    const [signed = '', signature = ''] = url.search.slice(1).split('&Signature=')
    const said = Buffer.from(decodeURIComponent(signature), 'base64')
    // As the text stands in the URL (SAML 2.0 bindings, 3.4.4.1); a space may be written in two ways.
    const texts = [signed, signed.replaceAll('+', '%20')].map((text) => Buffer.from(text))
    const key = new X509Certificate(own.certificate).publicKey
    expect(texts.some((text) => verify('sha256', text, key, said))).toBe(true)
  })

  test.for(['aes256-gcm', 'aes128-gcm', 'aes256-cbc'])('assertions encrypted with %s', async (name) => {
    const { own } = keys
    const { begin } = await openProvider({
      ...settings,
      decryption_key: own.key,
      decryption_certificate: own.certificate,
    })
    const begun = await begin()
    const space = name.endsWith('gcm') ? 'http://www.w3.org/2009/xmlenc11#' : 'http://www.w3.org/2001/04/xmlenc#'
    const manner = { encryptFor: own.certificate, encryptionAlgorithm: `${space}${name}` }
    const answer = await honest(keys, begun, manner)
    expect(answer).not.toContain('ada-4711')
    expect(await refusal(begun.finish(answer))).toBe('accepted as ada-4711')
    const again = await honest(keys, begun, { ...manner, signResponse: true })
    expect(await refusal(begun.finish(again))).toBe('accepted as ada-4711')
  })

  test('what was encrypted is checked as if it were not', async () => {
    const { own, other } = keys
    const { begin } = await openProvider({
      ...settings,
      decryption_key: own.key,
      decryption_certificate: own.certificate,
    })
    const begun = await begin()
    const encryptFor = own.certificate
    const refused = async (manner: Parameters<typeof honest>[2], said?: Parameters<typeof honest>[3]) =>
      refusal(begun.finish(await honest(keys, begun, { encryptFor, ...manner }, said)))
    expect(await refused({ signAssertion: false })).toMatch(/Invalid signature/)
    expect(await refused({ signatureAlgorithm: 'rsa-sha1' })).toMatch(/signature algorithm that is not taken/)
    expect(await refused({ digestAlgorithm: 'sha1' })).toMatch(/digest algorithm that is not taken/)
    expect(await refused({ encryptFor: other.certificate })).toMatch(/rsa routines/)
    expect(await refused({ encryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc' })).toMatch(
      /encryption that is not taken/,
    )
    expect(await refused({}, { audience: 'https://other.example' })).toMatch(/audience/)
    expect(await refused({})).toBe('accepted as ada-4711')
    // The padding of PKCS #1 1.5 tells secrets to who may ask often enough (Bleichenbacher).
    const weak = (await honest(keys, begun, { encryptFor })).replace('xmlenc#rsa-oaep-mgf1p', 'xmlenc#rsa-1_5')
    expect(await refusal(begun.finish(weak))).toMatch(/encryption that is not taken/)
    const without = await (await openProvider(settings)).begin()
    const answer = await honest(keys, without, { encryptFor })
    expect(await refusal(without.finish(answer))).toMatch(/there is no key/)
  })

  test('what else was signed holds too', async () => {
    const { begin } = await openProvider({ ...settings, signed_responses: true })
    const begun = await begin()
    expect(await refusal(begun.finish(await honest(keys, begun)))).toBe('Invalid document signature')
    const answer = await honest(keys, begun, { signResponse: true })
    expect(await refusal(begun.finish(answer))).toBe('accepted as ada-4711')
  })

  test('times', async () => {
    let now = Date.now()
    const { begin } = await openProvider({ ...settings, clock_skew: '10s', max_age: '2m' }, () => now)
    const begun = await begin()
    const answer = await honest(keys, begun)
    const at = async (ms: number) => {
      now = Date.now() + ms
      return refusal(begun.finish(answer))
    }
    expect(await at(-60_000)).toMatch(/from the future|not hold yet/)
    expect(await at(200_000)).toMatch(/too old/)
    expect(await at(600_000)).toMatch(/too old|no more/)
    expect(await at(-5_000)).toBe('accepted as ada-4711')
  })

  test('subjects', async () => {
    const named = async (subject: string, more: JsonObject = {}, attributes = '') =>
      (await said({ subject, attributes }, more)).subject
    const nameId = (format: string, qualifier = '') =>
      `<saml:NameID Format="${formats}:${format}"${qualifier}>x</saml:NameID>`
    const [lasting, passing] = [nameId('2.0:nameid-format:persistent'), nameId('2.0:nameid-format:transient')]
    const employee = attribute('employeeNumber', ['17'])
    expect(await named(lasting)).toBe('x')
    expect(await named(nameId('2.0:nameid-format:persistent', ` NameQualifier="${issuer}"`))).toBe('x')
    expect(await named(nameId('2.0:nameid-format:persistent', ' NameQualifier="https://far"'))).toBe('https://far!x')
    expect(await refusal(said({ subject: passing }))).toMatch(/another format/)
    expect(await named(passing, { subject_attribute: 'employeeNumber' }, employee)).toBe('17')
    expect(await refusal(said({ subject: passing }, { subject_attribute: 'employeeNumber' }))).toMatch(/no value/)
    const twice = attribute('employeeNumber', ['17', '18'])
    expect(await refusal(said({ attributes: twice }, { subject_attribute: 'employeeNumber' }))).toMatch(/several/)
    expect(await named(nameId('1.1:nameid-format:emailAddress'), { name_id_format: 'email' })).toBe('x')
    expect(await refusal(said({ subject: '<saml:NameID>x</saml:NameID>' }))).toMatch(/another format/)
    expect(await named('<saml:NameID>x</saml:NameID>', { name_id_format: 'unspecified' })).toBe('x')
    expect(await refusal(said({ subject: '<saml:BaseID/>' }))).toMatch(/no NameID/)
  })

  test('attributes, by name and by friendly name', async () => {
    const oid = 'urn:oid:0.9.2342.19200300.100.1'
    const attributes = [
      attribute(`${oid}.1`, ['grace'], 'uid'),
      attribute(`${oid}.3`, ['grace@example.com'], 'mail'),
      attribute('memberOf', ['staff', 'admirals'], 'groups'),
      attribute('memberOf', ['navy']),
      attribute('a', ['1'], 'double'),
      attribute('b', ['2'], 'double'),
      attribute('c', ['3'], 'a'),
      attribute('empty', ['']),
      attribute('nested', ['<saml:NameID>inside</saml:NameID>']),
      attribute('__proto__', ['x']),
    ].join('')
    const { name, email, claims } = await said({ attributes })
    expect({ name, email }).toEqual({ name: 'grace', email: 'grace@example.com' })
    expect(claims).toMatchObject({
      uid: 'grace',
      mail: 'grace@example.com',
      memberOf: ['staff', 'admirals', 'navy'],
      groups: ['staff', 'admirals', 'navy'],
      a: '1',
      b: '2',
      nested: 'inside',
    })
    expect(claims).not.toHaveProperty('double')
    expect(claims).not.toHaveProperty('empty')
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype)
  })

  test('attributes as Entra ID and ADFS call them, and as the settings do', async () => {
    const claim = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'
    const attributes = [
      attribute(`${claim}/name`, ['grace@corp.example']),
      attribute(`${claim}/emailaddress`, ['grace@example.com']),
      attribute('http://schemas.microsoft.com/identity/claims/displayname', ['Grace Hopper']),
      attribute('nick', ['amazing']),
    ].join('')
    const person = await said({ attributes })
    expect(person).toMatchObject({
      name: 'grace@corp.example',
      email: 'grace@example.com',
      label: 'Grace Hopper',
    })
    const own = { name_attribute: 'nick', email_attribute: 'none', label_attribute: `${claim}/name` }
    const other = await said({ attributes }, own)
    expect(other).toMatchObject({ name: 'amazing', label: 'grace@corp.example' })
    expect(other).not.toHaveProperty('email')
    expect((await said({})).name).toBe('ada-4711')
  })

  test('answers as other identity providers write them', async () => {
    const answered = async (write: (xml: string) => string, more: JsonObject = {}) => {
      const begun = await (await openProvider({ ...settings, ...more })).begin()
      const vouched = await begun.finish(write(byHand(begun.id, { attributes: attribute('uid', ['grace']) })))
      return `${vouched.subject} ${vouched.name}`
    }
    const sha512 = {
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512',
    }
    const element = 'Assertion'
    // Both are signed, and the assertion has its namespaces from the response.
    const both = (xml: string) => sign(sign(xml, idp, { element }), idp, { element: 'Response' })
    expect(await answered(both, { signed_responses: true })).toBe('ada-4711 grace')
    expect(await answered((xml) => sign(xml, idp, { element, ...sha512 }))).toBe('ada-4711 grace')
    // Namespaces of values are signed along, though no name has them.
    const typed = (xml: string) =>
      xml
        .replace('<samlp:Response ', '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ')
        .replace(
          '<saml:AttributeValue>',
          '<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">',
        )
    expect(await answered((xml) => sign(typed(xml), idp, { element, inclusive: ['xs'] }))).toBe('ada-4711 grace')
    // Without prefixes, and with lines that end as on Windows.
    const bare = (xml: string) =>
      xml
        .replaceAll('saml:', '')
        .replace(/<(Issuer|Assertion)(?=[ >])/g, `<$1 xmlns="${formats}:2.0:assertion"`)
        .replaceAll('\n', '\r\n')
    expect(await answered((xml) => sign(bare(xml), idp, { element }))).toBe('ada-4711 grace')
    expect(await answered((xml) => `<?xml version="1.0" encoding="UTF-8"?>\n${sign(xml, idp, { element })}`)).toBe(
      'ada-4711 grace',
    )
  })

  test('how somebody signed in, and when', async () => {
    expect((await said({}, { authn_contexts: ['urn:x:mfa', 'urn:x:password'] })).subject).toBe('ada-4711')
    expect(await refusal(said({}, { authn_contexts: ['urn:x:mfa'] }))).toMatch(/in another way/)
    const begun = await (await openProvider({ ...settings, force_authn: true })).begin()
    const long = byHand(begun.id, {}).replace(/AuthnInstant="[^"]+"/, 'AuthnInstant="2020-01-01T00:00:00Z"')
    expect(await refusal(begun.finish(sign(long, keys.idp, { element: 'Assertion' })))).toMatch(/not asked again/)
    const fresh = sign(byHand(begun.id, {}), keys.idp, { element: 'Assertion' })
    expect(await refusal(begun.finish(fresh))).toBe('accepted as ada-4711')
  })

  test('conditions and statements that do not hold', async () => {
    const changed = async (change: (xml: string) => string) => {
      const begun = await (await openProvider(settings)).begin()
      return refusal(begun.finish(sign(change(byHand(begun.id, {})), keys.idp, { element: 'Assertion' })))
    }
    const restriction = /<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/s
    const confirmation = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/s
    expect(await changed((xml) => xml)).toBe('accepted as ada-4711')
    expect(await changed((xml) => xml.replace(restriction, '$&<saml:OneTimeUse/>'))).toBe('accepted as ada-4711')
    expect(await changed((xml) => xml.replace(restriction, '$&<saml:Condition/>'))).toMatch(/not known/)
    expect(await changed((xml) => xml.replace(restriction, ''))).toMatch(/AudienceRestriction|no audience/)
    expect(await changed((xml) => xml.replace(/<saml:Conditions.*<\/saml:Conditions>/s, ''))).not.toMatch(/accepted/)
    expect(await changed((xml) => xml.replace(confirmation, ''))).toMatch(/no subject confirmation/)
    expect(await changed((xml) => xml.replace('cm:bearer', 'cm:sender-vouches'))).toMatch(/bearer/)
    expect(await changed((xml) => xml.replace(/ Recipient="[^"]+"/, ''))).toMatch(/another address/)
    expect(
      await changed((xml) => xml.replace(/(<saml:SubjectConfirmationData .*) NotOnOrAfter="[^"]+"/, '$1')),
    ).not.toMatch(/accepted/)
    expect(await changed((xml) => xml.replace(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/s, ''))).toMatch(/Nobody/)
    const issued = /(<saml:Assertion .*?IssueInstant=")[^"]+/s
    expect(await changed((xml) => xml.replace(issued, '$12090-01-01T00:00:00Z'))).toMatch(/from the future/)
    expect(await changed((xml) => xml.replace(issued, '$1yesterday'))).not.toMatch(/accepted/)
    const past = 'NotOnOrAfter="2020-01-01T00:00:00Z"'
    const ends = (of: string) => new RegExp(`(<saml:${of} [^>]*)NotOnOrAfter="[^"]+"`, 's')
    expect(await changed((xml) => xml.replace(ends('Conditions'), `$1${past}`))).toMatch(/expired|no more/)
    expect(await changed((xml) => xml.replace(ends('SubjectConfirmationData'), `$1${past}`))).toMatch(
      /No valid|no more/,
    )
    const over = ' SessionNotOnOrAfter="2020-01-01T00:00:00Z" SessionIndex='
    expect(await changed((xml) => xml.replace(' SessionIndex=', over))).toMatch(/session is over/)
    const elsewhere = '</saml:Audience></saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:other'
    expect(await changed((xml) => xml.replace('</saml:Audience>', `${elsewhere}</saml:Audience>`))).toMatch(/udience/)
  })

  test('our metadata', async () => {
    const { own } = keys
    const plain = (await openProvider(settings)).provider.metadata?.()
    expect(plain?.type).toBe('application/samlmetadata+xml')
    expect(plain?.text).toContain('AuthnRequestsSigned="false"')
    expect(plain?.text).toContain('WantAssertionsSigned="true"')
    expect(plain?.text).toContain(`entityID="${entityId}"`)
    expect(plain?.text).not.toContain('KeyDescriptor')
    const { provider } = await openProvider({
      ...settings,
      entity_id: 'urn:gatehouse',
      signing_key: own.key,
      signing_certificate: own.certificate,
      decryption_key: own.key,
      decryption_certificate: own.certificate,
    })
    const text = provider.metadata?.().text ?? ''
    expect(text).toContain('entityID="urn:gatehouse"')
    expect(text).toContain('AuthnRequestsSigned="true"')
    expect(text).not.toContain('PRIVATE')
    // In the order that the schema of metadata has.
    const parts = [...text.matchAll(/<(KeyDescriptor use="\w+"|NameIDFormat|AssertionConsumerService)/g)]
    expect(parts.map(([, part]) => part)).toEqual([
      'KeyDescriptor use="signing"',
      'KeyDescriptor use="encryption"',
      'NameIDFormat',
      'AssertionConsumerService',
    ])
    expect(text).toContain(`Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${callback}"`)
  })

  test('signing out', async () => {
    const hint = JSON.stringify({
      nameId: { value: 'ada', format: `${formats}:2.0:nameid-format:persistent` },
      sessionIndex: '_s',
    })
    const back = new URL('https://gatehouse.example/')
    const { own } = keys
    const { provider } = await openProvider({
      ...settings,
      sign_out_url: 'https://idp.example/sign-out',
      signing_key: own.key,
      signing_certificate: own.certificate,
    })
    const url = await provider.signOut?.(back, hint)
    expect(url?.origin).toBe('https://idp.example')
    expect(url?.pathname).toBe('/sign-out')
    expect(url?.searchParams.has('Signature')).toBe(true)
    const request = url ? requestIn(url) : ''
    expect(request).toContain('LogoutRequest')
    expect(request).toContain('>ada</saml:NameID>')
    expect(request).toContain('>_s</saml2p:SessionIndex>')
    expect(await provider.signOut?.(back, undefined)).toBeUndefined()
    expect(await (await openProvider(settings)).provider.signOut?.(back, hint)).toBeUndefined()
  })

  test('metadata of the identity provider', async () => {
    const server = await serveMetadata(issuer)
    let now = Date.now()
    try {
      server.serve({ certificates: [keys.idp.certificate] })
      const { begin } = await openProvider({ issuer, metadata_url: server.url }, () => now)
      const begun = await begin()
      expect(begun.url.href).toContain(`${server.origin}/sign-in?`)
      expect(await refusal(begun.finish(await honest(keys, begun)))).toBe('accepted as ada-4711')
      await begin()
      expect(server.asked()).toBe(1)

      // Its keys change: an answer by the new one has us look again, but not more often than once a minute.
      server.serve({ certificates: [keys.other.certificate] })
      const renewed = { ...keys, idp: keys.other }
      const later = await begin()
      expect(await refusal(later.finish(await honest(renewed, later)))).toBe('Invalid signature')
      now += 61_000
      expect(await refusal(later.finish(await honest(renewed, later)))).toBe('accepted as ada-4711')
      expect(await refusal(later.finish(await honest(keys, later)))).toBe('Invalid signature')
      expect(server.asked()).toBe(2)

      // It is down: what is known serves for a day.
      server.serve('down')
      now += 2 * 60 * 60_000
      expect((await begin()).url.href).toContain(server.origin)
      now += day
      await expect(begin()).rejects.toMatchObject({ code: 'unavailable' })
    } finally {
      await server.close()
    }
  })

  test('metadata that is not right', async () => {
    const server = await serveMetadata(issuer)
    const begin = async (content: Parameters<typeof server.serve>[0]) => {
      server.serve(content)
      try {
        await (await openProvider({ issuer, metadata_url: server.url })).begin()
        return 'begun'
      } catch (thrown) {
        if (!(thrown instanceof Failure) || !(thrown.cause instanceof Error)) throw thrown
        expect(thrown.code).toBe('unavailable')
        return thrown.cause.message
      }
    }
    const certificates = [keys.idp.certificate]
    try {
      expect(await begin({ certificates })).toBe('begun')
      expect(await begin({ certificates, among: true })).toBe('begun')
      expect(await begin({ certificates, entityId: 'https://evil.example' })).toMatch(/not of https:\/\/idp.example/)
      expect(await begin({ certificates: [] })).toMatch(/no certificate/)
      expect(await begin({ certificates, use: 'encryption' })).toMatch(/no certificate/)
      expect(await begin({ certificates, signIn: 'http://evil.example/' })).toMatch(/not https/)
      expect(await begin({ certificates, binding: 'HTTP-POST' })).toMatch(/by HTTP redirect/)
      expect(await begin({ certificates, validUntil: '2020-01-01T00:00:00Z' })).toMatch(/valid no more/)
      expect(await begin('<!DOCTYPE x []><x/>')).toMatch(/`<!`/)
      expect(await begin('x'.repeat(3_000_000))).toMatch(/more than/)
      expect(await begin('down')).toMatch(/503/)
      expect(await begin('elsewhere')).toMatch(/fetch failed/)
    } finally {
      await server.close()
    }
  })

  test('metadata in a file', async () => {
    const server = await serveMetadata(issuer)
    server.serve({ certificates: [keys.idp.certificate] })
    const text = await (await fetch(server.url)).text()
    await server.close()
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-saml-'))
    try {
      const file = join(folder, 'idp.xml')
      await writeFile(file, `<?xml version="1.0"?>\n<!-- by hand -->\n${text}`)
      const begun = await (await openProvider({ issuer, metadata_file: file })).begin()
      expect(await refusal(begun.finish(await honest(keys, begun)))).toBe('accepted as ada-4711')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('two certificates while a key changes', async () => {
    const both = { ...settings, certificates: [keys.other.certificate, bare(keys.idp.certificate)] }
    const begun = await (await openProvider(both)).begin()
    expect(await refusal(begun.finish(await honest(keys, begun)))).toBe('accepted as ada-4711')
    expect(await refusal(begun.finish(await honest({ ...keys, idp: keys.other }, begun)))).toBe('accepted as ada-4711')
    expect(await refusal(begun.finish(await honest({ ...keys, idp: keys.own }, begun)))).toBe('Invalid signature')
  })

  test('settings that do not hold', () => {
    const { own, other } = keys
    const keysOf = (more: JsonObject) => problemsOf(more).map(({ key }) => key)
    expect(keysOf(settings)).toEqual([])
    expect(keysOf({ issuer })).toEqual(['issuer'])
    expect(keysOf({ ...settings, metadata_url: 'https://idp.example/' })).toEqual(['entry_point'])
    expect(keysOf({ issuer, metadata_url: 'http://idp.example/' })).toEqual(['metadata_url'])
    expect(keysOf({ issuer, metadata_url: 'http://127.0.0.1:8080/' })).toEqual([])
    expect(keysOf({ issuer, entry_point: 'https://idp.example/' })).toEqual(['entry_point'])
    expect(keysOf({ issuer, metadata_file: 'x', certificates: [idp.certificate] })).toEqual(['certificates'])
    expect(keysOf({ issuer, metadata_file: 'x', sign_out_url: 'https://x/' })).toEqual(['sign_out_url'])
    expect(keysOf({ ...settings, certificates: ['nonsense'] })).toEqual(['certificates'])
    expect(keysOf({ ...settings, signing_key: own.key })).toEqual(['signing_key'])
    expect(keysOf({ ...settings, decryption_certificate: own.certificate })).toEqual(['decryption_certificate'])
    const pair = (key: string, certificate: string) => ({
      ...settings,
      signing_key: key,
      signing_certificate: certificate,
    })
    expect(keysOf(pair(own.key, other.certificate))).toEqual(['signing_key'])
    expect(keysOf(pair('nonsense', own.certificate))).toEqual(['signing_key'])
    expect(keysOf(pair(own.key, own.certificate))).toEqual([])
    expect(keysOf({ ...settings, name_id_format: 'transient' })).toEqual(['name_id_format'])
    const urn = `${formats}:2.0:nameid-format:transient`
    expect(keysOf({ ...settings, name_id_format: urn })).toEqual(['name_id_format'])
    expect(keysOf({ ...settings, name_id_format: 'transient', subject_attribute: 'uid' })).toEqual([])
  })
})

/** As metadata has it: base64 alone. */
function bare(certificate: string): string {
  return certificate.replace(/-----[^-]+-----|\s/g, '')
}
