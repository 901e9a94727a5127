import { childrenOf, everyElement, signatureNamespace, textOf, type XmlElement } from './xml.js'

/** RSA with SHA-256 and up: what was made with SHA-1 can be made by others too. */
const signatureAlgorithms = [
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
]
const digestAlgorithms = ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']
const canonical = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/**
 * Throws where signatures are not as SAML has them (SAML 2.0 core, 5.4), before any key is asked: each is a child of the
 * very element that it is about, refers to it by its id, and holds nothing else. Signature wrapping lives on all the
 * other places that XML Signature allows. `signable` are the elements that may have one.
 */
export function checkSignatures(root: XmlElement, signable: readonly XmlElement[]): void {
  const ids = new Set<string>()
  for (const element of everyElement(root)) {
    for (const id of element.ids) {
      if (ids.has(id)) throw new Error('Two elements have the same id')
      ids.add(id)
    }
    const signatures = element.children.filter(({ name }) => name === 'Signature')
    if (signatures.length === 0) continue
    const [signature] = signatures
    if (!signature || signatures.length > 1 || !signable.includes(element)) throw new Error('A signature out of place')
    checkSignature(signature, element)
  }
}

function checkSignature(signature: XmlElement, signed: XmlElement): void {
  const [info, value, ...more] = signature.children
  expect(signature, 'Signature')
  expect(info, 'SignedInfo')
  expect(value, 'SignatureValue')
  // The certificate that a signature brings along is nobody's word: it is not read.
  for (const part of more) expect(part, 'KeyInfo')
  if (more.length > 1) throw new Error('A signature with several keys')
  textOf(value)

  const [canonicalization, method, reference, ...others] = info.children
  expect(canonicalization, 'CanonicalizationMethod')
  expect(method, 'SignatureMethod')
  expect(reference, 'Reference')
  if (others.length > 0) throw new Error('A signature of several things')
  if (algorithmOf(canonicalization) !== canonical) throw new Error('A canonicalization that is not taken')
  if (!signatureAlgorithms.includes(algorithmOf(method))) throw new Error('A signature algorithm that is not taken')

  const [id] = signed.ids
  if (id === undefined || signed.attributes.get('ID') !== id || reference.attributes.get('URI') !== `#${id}`) {
    throw new Error('A signature of another element')
  }
  const [transforms, digestMethod, digest, ...rest] = reference.children
  expect(transforms, 'Transforms')
  expect(digestMethod, 'DigestMethod')
  expect(digest, 'DigestValue')
  if (rest.length > 0) throw new Error('A reference with more than its digest')
  if (!digestAlgorithms.includes(algorithmOf(digestMethod))) throw new Error('A digest algorithm that is not taken')
  textOf(digest)
  const steps = childrenOf(transforms, signatureNamespace, 'Transform').map(algorithmOf)
  if (transforms.children.length !== 2 || steps[0] !== enveloped || steps[1] !== canonical) {
    throw new Error('A signature with other transforms')
  }
}

function expect(element: XmlElement | undefined, name: string): asserts element is XmlElement {
  if (element?.name !== name || element.namespace !== signatureNamespace) throw new Error(`A signature without ${name}`)
}

function algorithmOf(element: XmlElement): string {
  return element.attributes.get('Algorithm') ?? ''
}
