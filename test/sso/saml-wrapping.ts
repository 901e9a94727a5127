import { element } from './saml-answers.js'

const idOf = (xml: string) => /\bID="([^"]+)"/.exec(xml)?.[1] ?? ''

/** The person that attackers want to be. */
export const victim = 'root-0001'

/** The signed element without its signature. */
function bare(signed: string): string {
  return signed.replace(element(signed, 'Signature'), '')
}

/** An assertion or response of an attacker: of another person, under another id, without a signature. */
function evil(original: string): string {
  return bare(original).replace(idOf(original), '_evil').replace('ada-4711', victim)
}

/** Puts something into the end, or the beginning, of an element. */
const inside = (outer: string, inner: string) => outer.replace(/<\/[\w:]+>$/, (end) => `${inner}${end}`)
const first = (outer: string, inner: string) => outer.replace(/^<[^>]+>/, (start) => `${start}${inner}`)
const object = (inner: string) => `<Object xmlns="http://www.w3.org/2000/09/xmldsig#">${inner}</Object>`

/** After the issuer, where a signature has its place. */
function signedBy(unsigned: string, signature: string): string {
  const issuer = element(unsigned, 'Issuer')
  return unsigned.replace(issuer, `${issuer}${signature}`)
}

/**
 * Signature wrapping (XSW, as the literature numbers it) of a response with a signed assertion: what was signed is
 * still there, and something else stands where it was.
 */
export const assertionWrappings: Readonly<Record<string, (response: string) => string>> = {
  'XSW3: a forged assertion before the signed one': (response) => {
    const assertion = element(response, 'Assertion')
    return response.replace(assertion, `${evil(assertion)}${assertion}`)
  },
  'XSW3: a forged assertion after the signed one': (response) => {
    const assertion = element(response, 'Assertion')
    return response.replace(assertion, `${assertion}${evil(assertion)}`)
  },
  'XSW4: the signed assertion inside a forged one': (response) => {
    const assertion = element(response, 'Assertion')
    return response.replace(assertion, inside(evil(assertion), assertion))
  },
  'XSW5: the signature in a forged assertion, the signed one behind': (response) => {
    const assertion = element(response, 'Assertion')
    const forged = signedBy(evil(assertion), element(assertion, 'Signature'))
    return response.replace(assertion, `${forged}${bare(assertion)}`)
  },
  'XSW6: the signed assertion in the signature of a forged one': (response) => {
    const assertion = element(response, 'Assertion')
    const signature = inside(element(assertion, 'Signature'), bare(assertion))
    return response.replace(assertion, signedBy(evil(assertion), signature))
  },
  'XSW7: a forged assertion in the extensions': (response) => {
    const assertion = element(response, 'Assertion')
    return response.replace(assertion, `<samlp:Extensions>${evil(assertion)}</samlp:Extensions>${assertion}`)
  },
  'XSW7: the signed assertion in the extensions': (response) => {
    const assertion = element(response, 'Assertion')
    return response.replace(assertion, `<samlp:Extensions>${assertion}</samlp:Extensions>${evil(assertion)}`)
  },
  'XSW8: the signed assertion in an object in the signature of a forged one': (response) => {
    const assertion = element(response, 'Assertion')
    const signature = inside(element(assertion, 'Signature'), object(bare(assertion)))
    return response.replace(assertion, signedBy(evil(assertion), signature))
  },
  'a forged assertion under the same id': (response) => {
    const assertion = element(response, 'Assertion')
    const forged = evil(assertion).replace('_evil', idOf(assertion))
    return response.replace(assertion, `${forged}<samlp:Extensions>${assertion}</samlp:Extensions>`)
  },
  'a forged assertion under the same id, in another spelling of it': (response) => {
    const assertion = element(response, 'Assertion')
    const forged = evil(assertion).replace('ID="_evil"', `Id="${idOf(assertion)}"`)
    return response.replace(assertion, signedBy(inside(forged, bare(assertion)), element(assertion, 'Signature')))
  },
  'a forged assertion of another namespace': (response) => {
    const assertion = element(response, 'Assertion')
    return response.replace(assertion, `<x:Assertion xmlns:x="urn:x" ID="_evil"/>${assertion}`)
  },
  'the whole response inside of another one': (response) => {
    const assertion = element(response, 'Assertion')
    return response.replace(assertion, `${evil(assertion)}<samlp:Extensions>${response}</samlp:Extensions>`)
  },
}

/** Of a signed response. */
export const responseWrappings: Readonly<Record<string, (response: string) => string>> = {
  'XSW1: the signed response in the signature of a forged one': (response) => {
    const signature = element(response, 'Signature')
    return signedBy(evil(response), inside(signature, object(bare(response))))
  },
  'XSW2: the signed response before the signature of a forged one': (response) =>
    signedBy(evil(response), `${bare(response)}${element(response, 'Signature')}`),
  'XSW2: the signed response at the end of a forged one': (response) =>
    inside(signedBy(evil(response), element(response, 'Signature')), bare(response)),
  'a forged assertion first in a signed response': (response) => first(response, evil(element(response, 'Assertion'))),
}
