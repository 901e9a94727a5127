import { decrypt } from 'xml-encryption'
import { checkSignatures } from './signature-shape.js'
import {
  assertionNamespace,
  everyElement,
  onlyChild,
  parseXml,
  protocolNamespace,
  signatureNamespace,
  textOf,
  type XmlElement,
} from './xml.js'

export interface ExpectedResponse {
  /** The entity id of the identity provider. */
  readonly issuer: string
  /** Our address that it has to be for, byte for byte. */
  readonly callback: string
  /** The id of the request that it has to answer. */
  readonly requestId: string
  /** Our private key for encrypted assertions, PEM. */
  readonly decryptionKey?: string
}

const encryptionAlgorithms = [
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
]

/**
 * Throws an Error, which is not for callers to see, where a response is not of the one shape that we take: a success, in
 * answer to our request, with one assertion, plain or encrypted, in its one place. No signature is checked here, so
 * nothing that stands in the response is believed: it only may not contradict.
 */
export async function checkResponse(text: string, expected: ExpectedResponse): Promise<void> {
  const response = parseXml(text)
  if (response.name !== 'Response' || response.namespace !== protocolNamespace) throw new Error('This is no response')
  checkEnvelope(response, expected)
  const plain = onlyChild(response, assertionNamespace, 'Assertion')
  const encrypted = onlyChild(response, assertionNamespace, 'EncryptedAssertion')
  const named = (element: XmlElement) => count(element, 'Assertion') + count(element, 'EncryptedAssertion')
  if (named(response) !== 1 || count(response, 'Response') !== 1) throw new Error('Not one response with one assertion')
  checkSignatures(response, plain ? [response, plain] : [response])
  if (encrypted) {
    const assertion = parseXml(await opened(encrypted, expected.decryptionKey))
    if (assertion.name !== 'Assertion' || assertion.namespace !== assertionNamespace || named(assertion) !== 1) {
      throw new Error('What was encrypted is no assertion')
    }
    checkSignatures(assertion, [assertion])
  }
}

function checkEnvelope(response: XmlElement, { issuer, callback, requestId }: ExpectedResponse): void {
  const { attributes } = response
  const known = [
    [assertionNamespace, 'Issuer'],
    [signatureNamespace, 'Signature'],
    [protocolNamespace, 'Extensions'],
    [protocolNamespace, 'Status'],
    [assertionNamespace, 'Assertion'],
    [assertionNamespace, 'EncryptedAssertion'],
  ]
  for (const { namespace, name } of response.children) {
    if (!known.some(([of, called]) => of === namespace && called === name)) throw new Error(`A response with a ${name}`)
  }
  if (attributes.get('Version') !== '2.0') throw new Error('Another version of SAML')
  const status = onlyChild(response, protocolNamespace, 'Status')
  const code = status && onlyChild(status, protocolNamespace, 'StatusCode')
  if (code?.attributes.get('Value') !== 'urn:oasis:names:tc:SAML:2.0:status:Success') {
    const codes = code ? [...everyElement(code)].map((of) => of.attributes.get('Value')) : []
    throw new Error(`The identity provider refused: ${codes.join(', ')}`)
  }
  if (attributes.get('InResponseTo') !== requestId) throw new Error('The response answers no request of this sign-in')
  const signed = onlyChild(response, signatureNamespace, 'Signature') !== undefined
  // Required of signed ones (SAML 2.0 bindings, 3.5.5.2); of others it may not be wrong.
  if (attributes.get('Destination') !== callback && (signed || attributes.has('Destination'))) {
    throw new Error('The response is for another address')
  }
  const from = onlyChild(response, assertionNamespace, 'Issuer')
  if (from && textOf(from) !== issuer) throw new Error('The response is of another issuer')
}

/** By local name, in whatever namespace, since what looks for them later may be less exact. */
function count(element: XmlElement, name: string): number {
  let found = 0
  for (const each of everyElement(element)) if (each.name === name) found++
  return found
}

async function opened(encrypted: XmlElement, key: string | undefined): Promise<string> {
  if (key === undefined) throw new Error('The assertion is encrypted, and there is no key')
  if (count(encrypted, 'EncryptedData') !== 1 || count(encrypted, 'EncryptedKey') !== 1) {
    throw new Error('Not one key and one content in what is encrypted')
  }
  for (const { name, attributes } of everyElement(encrypted)) {
    if (name !== 'EncryptionMethod' || encryptionAlgorithms.includes(attributes.get('Algorithm') ?? '')) continue
    throw new Error('An encryption that is not taken')
  }
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, text: string) => (error ? reject(error) : resolve(text))
    decrypt(encrypted.source, { key, disallowDecryptionWithInsecureAlgorithm: true }, done)
  })
}
