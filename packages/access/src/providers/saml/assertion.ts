import { childrenOf, onlyChild, parseXml, assertionNamespace as saml, textOf, type XmlElement } from './xml.js'

/** An assertion that holds for us, now. */
export interface Assertion {
  readonly id: string
  readonly nameId?: NameId
  readonly sessionIndex?: string
  /** Milliseconds since 1970: what is opened by it ends then (`SessionNotOnOrAfter`). */
  readonly sessionUntil?: number
  readonly attributes: readonly Attribute[]
  /** Milliseconds since 1970; it can be shown until then. */
  readonly until: number
}

export interface NameId {
  readonly value: string
  readonly format: string
  readonly nameQualifier?: string
  readonly spNameQualifier?: string
}

export interface Attribute {
  readonly name: string
  readonly friendlyName?: string
  readonly values: readonly string[]
}

export interface ExpectedAssertion {
  /** The entity id of the identity provider. */
  readonly issuer: string
  /** Our own entity id. */
  readonly audience: string
  /** Our address that it has to be for, byte for byte. */
  readonly recipient: string
  /** The id of the request that it has to answer. */
  readonly requestId: string
  /** Milliseconds since 1970 at which that was asked; only where the person had to sign in anew. */
  readonly authenticatedSince?: number
  /** How the person may have signed in; empty: in any way. */
  readonly contexts: readonly string[]
  /** Milliseconds by which clocks may differ. */
  readonly clockSkewMs: number
  /** Milliseconds after which an assertion is old. */
  readonly maxAgeMs: number
  /** Milliseconds since 1970. */
  readonly now: number
}

const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const unspecified = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'

/**
 * Reads an assertion from the very text that was signed, and checks whether it is for us, now, in answer to our request
 * (SAML 2.0 profiles, 4.1.4.2 and 4.1.4.3). Throws an Error, which is not for callers to see.
 */
export function readAssertion(signed: string, expected: ExpectedAssertion): Assertion {
  const assertion = parseXml(signed)
  if (assertion.name !== 'Assertion' || assertion.namespace !== saml) throw new Error('This is no assertion')
  if (assertion.attributes.get('Version') !== '2.0') throw new Error('Another version of SAML')
  if (textOf(the(assertion, 'Issuer')) !== expected.issuer) throw new Error('The assertion is of another issuer')
  checkAge(assertion, expected)
  checkConditions(the(assertion, 'Conditions'), expected)
  const subject = the(assertion, 'Subject')
  const until = confirmedUntil(subject, expected)
  const session = checkStatements(childrenOf(assertion, saml, 'AuthnStatement'), expected)
  const nameId = onlyChild(subject, saml, 'NameID')
  return {
    id: need(assertion, 'ID'),
    ...(nameId && { nameId: nameIdOf(nameId) }),
    ...session,
    attributes: childrenOf(assertion, saml, 'AttributeStatement').flatMap((statement) =>
      childrenOf(statement, saml, 'Attribute').map(attributeOf),
    ),
    until,
  }
}

function checkAge(assertion: XmlElement, { now, clockSkewMs, maxAgeMs }: ExpectedAssertion): void {
  const issued = instant(need(assertion, 'IssueInstant'))
  if (issued > now + clockSkewMs) throw new Error('The assertion is from the future')
  if (issued < now - clockSkewMs - maxAgeMs) throw new Error('The assertion is too old')
}

function checkConditions(conditions: XmlElement, expected: ExpectedAssertion): void {
  checkTimes(conditions, expected)
  const restrictions = childrenOf(conditions, saml, 'AudienceRestriction')
  // One that we do not know could say that it does not hold for us. Those two that we know ask no more than we do.
  const known = restrictions.length + countOf(conditions, 'OneTimeUse') + countOf(conditions, 'ProxyRestriction')
  if (known !== conditions.children.length) throw new Error('A condition that is not known')
  if (restrictions.length === 0) throw new Error('The assertion names no audience')
  for (const restriction of restrictions) {
    const audiences = childrenOf(restriction, saml, 'Audience').map(textOf)
    if (!audiences.includes(expected.audience)) throw new Error('The assertion is for another audience')
  }
}

/** Somebody has to hold it who came with our request, at our address. Answers until when that holds. */
function confirmedUntil(subject: XmlElement, expected: ExpectedAssertion): number {
  const problems: Error[] = []
  for (const confirmation of childrenOf(subject, saml, 'SubjectConfirmation')) {
    try {
      if (need(confirmation, 'Method') !== bearer) throw new Error('Not by bearer')
      const data = the(confirmation, 'SubjectConfirmationData')
      const { attributes } = data
      if (attributes.get('Recipient') !== expected.recipient) throw new Error('The assertion is for another address')
      if (attributes.get('InResponseTo') !== expected.requestId)
        throw new Error('The assertion answers another request')
      checkTimes(data, expected)
      return instant(need(data, 'NotOnOrAfter')) + expected.clockSkewMs
    } catch (error) {
      problems.push(error instanceof Error ? error : new Error(String(error)))
    }
  }
  throw problems[0] ?? new Error('The assertion has no subject confirmation')
}

/** Answers the index of the session, for signing out, and when it ends. */
function checkStatements(
  statements: readonly XmlElement[],
  expected: ExpectedAssertion,
): Pick<Assertion, 'sessionIndex' | 'sessionUntil'> {
  const [statement] = statements
  if (!statement) throw new Error('Nobody signed in')
  const { contexts, authenticatedSince, clockSkewMs, now } = expected
  const ends: number[] = []
  for (const each of statements) {
    const end = each.attributes.get('SessionNotOnOrAfter')
    if (end !== undefined) ends.push(instant(end))
    if (authenticatedSince !== undefined && instant(need(each, 'AuthnInstant')) < authenticatedSince - clockSkewMs) {
      throw new Error('The person was not asked again')
    }
    const reference = onlyChild(the(each, 'AuthnContext'), saml, 'AuthnContextClassRef')
    if (contexts.length > 0 && !contexts.includes(reference ? textOf(reference) : '')) {
      throw new Error('The person signed in another way than was asked for')
    }
  }
  if (Math.min(...ends) <= now - clockSkewMs) throw new Error('The session is over')
  const sessionIndex = statement.attributes.get('SessionIndex')
  return {
    ...(sessionIndex !== undefined && { sessionIndex }),
    ...(ends.length > 0 && { sessionUntil: Math.min(...ends) }),
  }
}

function checkTimes({ attributes }: XmlElement, { now, clockSkewMs }: ExpectedAssertion): void {
  const from = attributes.get('NotBefore')
  const end = attributes.get('NotOnOrAfter')
  if (from !== undefined && instant(from) > now + clockSkewMs) throw new Error('The assertion does not hold yet')
  if (end !== undefined && instant(end) <= now - clockSkewMs) throw new Error('The assertion holds no more')
}

function nameIdOf(element: XmlElement): NameId {
  const { attributes } = element
  const nameQualifier = attributes.get('NameQualifier')
  const spNameQualifier = attributes.get('SPNameQualifier')
  return {
    value: textOf(element),
    format: attributes.get('Format') ?? unspecified,
    ...(nameQualifier !== undefined && { nameQualifier }),
    ...(spNameQualifier !== undefined && { spNameQualifier }),
  }
}

function attributeOf(element: XmlElement): Attribute {
  const friendlyName = element.attributes.get('FriendlyName')
  return {
    name: need(element, 'Name'),
    ...(friendlyName !== undefined && { friendlyName }),
    values: childrenOf(element, saml, 'AttributeValue')
      .map(allText)
      .filter((value) => value !== ''),
  }
}

/** Some values are elements: a NameID inside of `eduPersonTargetedID`. */
function allText(element: XmlElement): string {
  return [element.text, ...element.children.map(allText)].join('').trim()
}

/** Of an `xs:dateTime` in UTC, which is all that SAML allows (core, 1.3.3). */
function instant(text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new Error('That is no time')
  return time
}

function the(element: XmlElement, name: string): XmlElement {
  const child = onlyChild(element, saml, name)
  if (!child) throw new Error(`There is no ${name} in a ${element.name}`)
  return child
}

function need(element: XmlElement, name: string): string {
  const value = element.attributes.get(name)
  if (value === undefined || value === '') throw new Error(`There is no ${name} in a ${element.name}`)
  return value
}

function countOf(element: XmlElement, name: string): number {
  return childrenOf(element, saml, name).length
}
