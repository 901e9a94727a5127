import { expect, test } from 'vitest'
import { SignedXml } from 'xml-crypto'
import { element, type Manner, type Saying, sign } from './saml-answers.js'
import {
  type Begun,
  callback,
  describeWithKeys,
  honest,
  issuer,
  type Keys,
  openProvider,
  posted,
  refusal,
  settingsFor,
} from './saml-provider.js'
import { assertionWrappings, responseWrappings, victim } from './saml-wrapping.js'

/** What is done to an answer, and why it is refused. */
interface Attack {
  readonly manner?: Manner
  readonly said?: (begun: Begun) => Partial<Saying>
  readonly change?: (response: string, keys: Keys, begun: Begun) => string | Promise<string>
  readonly because: RegExp
}

const dsig = 'http://www.w3.org/2000/09/xmldsig#'
const tail = /<\/samlp:Response>$/

const attacks: Readonly<Record<string, Attack>> = {
  'nothing is signed': { manner: { signAssertion: false }, because: /^Invalid signature$/ },
  'the signature is taken out': {
    change: (xml) => xml.replace(element(xml, 'Signature'), ''),
    because: /^Invalid signature$/,
  },
  'the response is signed alone': {
    manner: { signAssertion: false, signResponse: true },
    because: /^Invalid signature$/,
  },
  'a value is changed': { change: (xml) => xml.replace('ada-4711', victim), because: /^Invalid signature$/ },
  'a role is added': {
    change: (xml) => xml.replace('>staff<', '>admins<'),
    because: /^Invalid signature$/,
  },
  'somebody else signed': {
    change: (xml, { other }) => sign(xml.replace(element(xml, 'Signature'), ''), other, { element: 'Assertion' }),
    because: /^Invalid signature$/,
  },
  'somebody else signed, and says that they may': {
    // Its certificate is in KeyInfo, in the place of the one that we know.
    change: (xml, { other }) => {
      const forged = xml.replace(element(xml, 'Signature'), '').replace('ada-4711', victim)
      const signed = sign(forged, other, { element: 'Assertion' })
      expect(signed).toContain('X509Certificate')
      return signed
    },
    because: /^Invalid signature$/,
  },
  'a comment in the name': {
    change: (xml) => xml.replace('ada-4711', 'ada<!-- -->-4711'),
    because: /`<!`/,
  },
  'a comment in an attribute': { change: (xml) => xml.replace('>staff<', '>st<!---->aff<'), because: /`<!`/ },
  'a processing instruction in the name': {
    change: (xml) => xml.replace('ada-4711', 'ada<?x y?>-4711'),
    because: /`<\?`/,
  },
  'CDATA in the name': { change: (xml) => xml.replace('ada-4711', '<![CDATA[ada-4711]]>'), because: /`<!`/ },
  'a comment in the digest': {
    change: (xml) => xml.replace(/<DigestValue>/, '<DigestValue><!--forged-->'),
    because: /`<!`/,
  },
  'two digests': {
    change: (xml) => xml.replace(element(xml, 'DigestValue'), (digest) => `<DigestValue>AAAA</DigestValue>${digest}`),
    because: /more than its digest/,
  },
  'an element in the digest': {
    change: (xml) => xml.replace(/<DigestValue>/, '<DigestValue><x/>'),
    because: /elements in a DigestValue/,
  },
  'a forged SignedInfo before the signed one': {
    change: (xml) => {
      const info = element(xml, 'SignedInfo')
      return xml.replace(info, `${info.replace(/<DigestValue>[^<]+/, '<DigestValue>AAAA')}${info}`)
    },
    because: /without SignatureValue/,
  },
  'a forged SignedInfo after the signed one': {
    change: (xml) => {
      const value = element(xml, 'SignatureValue')
      return xml.replace(value, `${value}${element(xml, 'SignedInfo')}`)
    },
    because: /without KeyInfo/,
  },
  'two references': {
    change: (xml) => xml.replace(element(xml, 'Reference'), (reference) => `${reference}${reference}`),
    because: /of several things/,
  },
  'a signature of another element': {
    change: (xml) => xml.replace(/<Reference URI="[^"]+"/, '<Reference URI="#_other"'),
    because: /of another element/,
  },
  'a signature of the whole document': {
    change: (xml) => xml.replace(/<Reference URI="[^"]+"/, '<Reference URI=""'),
    because: /of another element/,
  },
  'a signature of what stands elsewhere': {
    change: (xml) => xml.replace(/<Reference URI="[^"]+"/, '<Reference URI="https://evil.example/assertion.xml"'),
    because: /of another element/,
  },
  'two signatures': {
    change: (xml) => xml.replace(element(xml, 'Signature'), (signature) => `${signature}${signature}`),
    because: /out of place/,
  },
  'a signature where none belongs': {
    change: (xml) => {
      const signature = element(xml, 'Signature')
      return xml.replace(signature, '').replace('<samlp:Status>', `<samlp:Status>${signature}`)
    },
    because: /out of place/,
  },
  'the id of the signed element on another one, in another namespace': {
    change: (xml) => {
      const id = /\bID="([^"]+)"/.exec(element(xml, 'Assertion'))?.[1]
      return xml.replace('<samlp:Status>', `<samlp:Status samlp:ID="${id}">`)
    },
    because: /same id/,
  },
  'two ids on the signed element': {
    change: (xml) => xml.replace('<saml:Assertion ', '<saml:Assertion saml:ID="_evil" '),
    because: /of another element|Invalid signature/,
  },
  'SHA-1 signs': { manner: { signatureAlgorithm: 'rsa-sha1' }, because: /signature algorithm that is not taken/ },
  'SHA-1 digests': { manner: { digestAlgorithm: 'sha1' }, because: /digest algorithm that is not taken/ },
  'SHA-1 signs the response': {
    manner: { signResponse: true },
    change: (xml, { idp }) =>
      sign(xml.replace(element(xml, 'Signature'), ''), idp, {
        element: 'Response',
        signatureAlgorithm: `${dsig}rsa-sha1`,
      }),
    because: /signature algorithm that is not taken/,
  },
  'a shared secret signs': {
    // The public key as the secret of an HMAC: what confuses kinds of keys would take it.
    change: (xml) => xml.replace(/(<SignatureMethod Algorithm=")[^"]+/, `$1${dsig}hmac-sha1`),
    because: /signature algorithm that is not taken/,
  },
  'comments are signed': {
    change: (xml) => xml.replace(/(<CanonicalizationMethod Algorithm="[^"]+)/, '$1WithComments'),
    because: /canonicalization that is not taken/,
  },
  'another transform': {
    change: (xml) =>
      xml.replace(/<Transforms>.*<\/Transforms>/, (steps) =>
        steps.replace(/http:[^"]*enveloped-signature/, 'http://www.w3.org/TR/1999/REC-xpath-19991116'),
      ),
    because: /other transforms/,
  },
  'an answer to another request': {
    said: () => ({ inResponseTo: '_1234567890' }),
    because: /answers no request/,
  },
  'a signed answer to another request, in an envelope for this one': {
    said: () => ({ inResponseTo: '_1234567890' }),
    change: (xml, _keys, { id }) => xml.replace(/^(<[^>]+InResponseTo=")[^"]+/, `$1${id}`),
    because: /InResponseTo does not match/,
  },
  'an answer that nobody asked for': {
    said: () => ({ inResponseTo: '' }),
    because: /answers no request/,
  },
  'a signed answer that nobody asked for, in an envelope for this request': {
    said: () => ({ inResponseTo: '' }),
    change: (xml, _keys, { id }) => xml.replace(/^<samlp:Response /, `<samlp:Response InResponseTo="${id}" `),
    because: /another request/,
  },
  'for another audience': { said: () => ({ audience: 'https://other.example' }), because: /audience/ },
  'for another recipient': {
    said: () => ({ recipient: 'https://other.example/callback' }),
    because: /for another address/,
  },
  'for a recipient that begins alike': { said: () => ({ recipient: `${callback}/more` }), because: /another address/ },
  'for another destination': {
    said: () => ({ destination: 'https://other.example/callback' }),
    because: /for another address/,
  },
  'of another issuer': { said: () => ({ issuer: 'https://evil.example' }), because: /response is of another issuer/ },
  'a signed assertion of another issuer, in an envelope of the right one': {
    said: () => ({ issuer: 'https://evil.example' }),
    change: (xml) => xml.replace('https://evil.example', issuer),
    because: /assertion is of another issuer/,
  },
  'the provider says no': {
    change: (xml) => xml.replace('status:Success', 'status:Responder'),
    because: /refused/,
  },
  'no assertion': {
    change: (xml) => xml.replace(element(xml, 'Assertion'), ''),
    because: /Not one response with one assertion/,
  },
  'the assertion twice': {
    change: (xml) => xml.replace(element(xml, 'Assertion'), (assertion) => `${assertion}${assertion}`),
    because: /several Assertion/,
  },
  'an external entity': {
    change: (xml) => `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${xml.replace('ada-4711', '&x;')}`,
    because: /`<!`/,
  },
  'entities that multiply': {
    change: (xml) =>
      `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${xml.replace('ada-4711', '&b;')}`,
    because: /`<!`/,
  },
  'a document type behind an XML declaration': {
    change: (xml) => `<?xml version="1.0"?><!DOCTYPE samlp:Response>${xml}`,
    because: /`<!`/,
  },
  'an entity that nobody declared': {
    change: (xml) => xml.replace('ada-4711', '&ada;'),
    because: /Invalid character entity/,
  },
  'two documents': { change: (xml) => `${xml}${xml}`, because: /second root/ },
  'text behind the document': { change: (xml) => `${xml}ada`, because: /outside of root/i },
  'half a document': { change: (xml) => xml.slice(0, -30), because: /Unclosed|Unexpected/ },
  'elements within elements': {
    change: (xml) =>
      xml.replace(tail, `<samlp:Extensions>${'<x>'.repeat(5000)}${'</x>'.repeat(5000)}</samlp:Extensions>$&`),
    because: /too many elements/,
  },
  'a great many elements': {
    change: (xml) => xml.replace(tail, `<samlp:Extensions>${'<x/>'.repeat(20_000)}</samlp:Extensions>$&`),
    because: /too many elements/,
  },
  'a great many bytes': {
    change: (xml) => xml.replace(tail, `<samlp:Extensions>${'x'.repeat(500_000)}</samlp:Extensions>$&`),
    because: /too large/,
  },
  'another version': {
    change: (xml) => xml.replace('Version="2.0"', 'Version="1.1"'),
    because: /Another version/,
  },
  'a transient name': {
    said: () => ({ nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }),
    because: /another format/,
  },
  'a name that others may have had before': {
    said: () => ({ nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' }),
    because: /another format/,
  },
}

await describeWithKeys('attacks on SAML', (keys) => {
  // One provider for all: it remembers what was shown to it.
  const opened = openProvider(settingsFor(keys))
  const begin = async () => (await opened).begin()

  test.for(Object.entries(attacks))('%s', async ([, { manner, said, change, because }]) => {
    const begun = await begin()
    const answer = await honest(keys, begun, manner, said?.(begun))
    const attacked = (await change?.(answer, keys, begun)) ?? answer
    expect(attacked).not.toBe(await honest(keys, begun))
    expect(await refusal(begun.finish(attacked))).toMatch(because)
    // Nothing else was in the way.
    expect(await refusal(begun.finish(await honest(keys, begun)))).toBe('accepted as ada-4711')
  })

  test.for(Object.entries(assertionWrappings))('%s', async ([, wrap]) => {
    const begun = await begin()
    const answer = await honest(keys, begun)
    const wrapped = wrap(answer)
    expect(wrapped).not.toBe(answer)
    expect(await refusal(begun.finish(wrapped))).not.toMatch(/accepted/)
    expect(await refusal(begun.finish(answer))).toBe('accepted as ada-4711')
  })

  test.for(Object.entries(responseWrappings))('%s', async ([, wrap]) => {
    const signing = await openProvider({ ...settingsFor(keys), signed_responses: true })
    const begun = await signing.begin()
    const answer = await honest(keys, begun, { signResponse: true })
    const wrapped = wrap(answer)
    expect(wrapped).not.toBe(answer)
    expect(await refusal(begun.finish(wrapped))).not.toMatch(/accepted/)
    expect(await refusal(begun.finish(answer))).toBe('accepted as ada-4711')
  })

  test('the wrapped signatures do hold, of what they were moved away from', async () => {
    const begun = await begin()
    const answer = await honest(keys, begun)
    for (const [name, wrap] of Object.entries(assertionWrappings)) {
      if (name.startsWith('XSW')) expect([name, naive(wrap(answer), keys.idp.certificate)]).toEqual([name, true])
    }
    const whole = await honest(keys, begun, { signAssertion: false, signResponse: true })
    for (const [name, wrap] of Object.entries(responseWrappings)) {
      if (name.startsWith('XSW')) expect([name, naive(wrap(whole), keys.idp.certificate)]).toEqual([name, true])
    }
  })

  test('an answer is good once', async () => {
    const begun = await begin()
    const answer = await honest(keys, begun)
    expect(await refusal(begun.finish(answer))).toBe('accepted as ada-4711')
    expect(await refusal(begun.finish(answer))).toBe('The assertion was shown before')
  })

  test('what is no SAML at all', async () => {
    const { provider } = await openProvider(settingsFor(keys))
    const { kept } = await provider.begin('state')
    const { url, form } = posted('')
    expect(await refusal(provider.finish({ url }, kept))).toBe('There is no response')
    expect(await refusal(provider.finish({ url, form }, kept))).toBe('The response is no base64')
    expect(await refusal(provider.finish({ url, form: { SAMLResponse: '%%%' } }, kept))).toBe(
      'The response is no base64',
    )
    expect(await refusal(provider.finish({ url, form: { SAMLResponse: '/////w==' } }, kept))).toMatch(/not valid/)
    expect(await refusal(provider.finish(posted('<a/>'), kept))).toBe('This is no response')
    expect(await refusal(provider.finish(posted('ada'), kept))).toMatch(/before first tag/)
  })
})

/** Whether some signature in a document holds of something in it: what a careless reader would ask. */
function naive(xml: string, certificate: string): boolean {
  const reader = new SignedXml({ publicCert: certificate })
  reader.loadSignature(element(xml, 'Signature'))
  try {
    return reader.checkSignature(xml)
  } catch {
    return false
  }
}
