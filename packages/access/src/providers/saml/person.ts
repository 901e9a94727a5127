import type { Claims } from '../../claims.js'
import type { Vouched } from '../provider.js'
import type { Assertion, Attribute, NameId } from './assertion.js'

export interface PersonRules {
  /** The entity id of the identity provider. */
  readonly issuer: string
  /** The only format that a NameID may have to be a subject. */
  readonly nameIdFormat: string
  /** The attribute that is the subject instead of the NameID. */
  readonly subjectAttribute?: string
  /** Attributes by what they say; the first one there counts. */
  readonly nameAttributes: readonly string[]
  readonly emailAttributes: readonly string[]
  readonly labelAttributes: readonly string[]
}

const formats = 'urn:oasis:names:tc:SAML:'

/** Formats of NameIDs by the words of the settings. */
export const nameIdFormats: Readonly<Record<string, string>> = {
  persistent: `${formats}2.0:nameid-format:persistent`,
  transient: `${formats}2.0:nameid-format:transient`,
  email: `${formats}1.1:nameid-format:emailAddress`,
  unspecified: `${formats}1.1:nameid-format:unspecified`,
}

const claim = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'

/** As ADFS, Entra ID, Keycloak and the federations of universities (eduPerson, by OID) call them. */
export const wellKnown = {
  name: [
    'urn:oid:0.9.2342.19200300.100.1.1',
    'uid',
    'preferred_username',
    'username',
    `${claim}/upn`,
    `${claim}/name`,
    'urn:oid:1.3.6.1.4.1.5923.1.1.1.6',
  ],
  email: [
    'urn:oid:0.9.2342.19200300.100.1.3',
    'mail',
    'email',
    `${claim}/emailaddress`,
    'urn:oid:1.2.840.113549.1.9.1',
  ],
  label: [
    'urn:oid:2.16.840.1.113730.3.1.241',
    'displayName',
    'http://schemas.microsoft.com/identity/claims/displayname',
    'urn:oid:2.5.4.3',
    'cn',
  ],
} as const

/** The person that an assertion is about. Throws an Error where nothing in it is fit to be a subject. */
export function personOf({ nameId, attributes }: Assertion, rules: PersonRules): Vouched {
  const claims = claimsOf(attributes)
  const first = (names: readonly string[]) => names.map((name) => oneText(claims[name])).find((value) => value !== '')
  const subject = subjectOf(nameId, claims, rules)
  const email = first(rules.emailAttributes) ?? (nameId?.format === nameIdFormats.email ? nameId?.value : undefined)
  const label = first(rules.labelAttributes)
  return {
    subject,
    name: first(rules.nameAttributes) ?? email ?? nameId?.value ?? subject,
    ...(email !== undefined && { email }),
    ...(label !== undefined && { label }),
    claims,
  }
}

function subjectOf(nameId: NameId | undefined, claims: Claims, rules: PersonRules): string {
  if (rules.subjectAttribute !== undefined) {
    const value = claims[rules.subjectAttribute]
    if (typeof value !== 'string') throw new Error('The attribute that is the subject has no value, or several')
    return value
  }
  if (!nameId || nameId.value === '') throw new Error('The assertion has no NameID')
  if (nameId.format !== rules.nameIdFormat) throw new Error(`The NameID has another format: ${nameId.format}`)
  const { nameQualifier, value } = nameId
  // It is unique below its qualifier only, which is the identity provider itself unless that passes on for others.
  return nameQualifier === undefined || nameQualifier === rules.issuer ? value : `${nameQualifier}!${value}`
}

/** By name, and by friendly name where only one attribute has that and none has it for its name. Several values are a list. */
function claimsOf(attributes: readonly Attribute[]): Claims {
  const values = new Map<string, readonly string[]>()
  const friendly = new Map<string, Set<string>>()
  for (const { name, friendlyName, values: more } of attributes) {
    values.set(name, [...(values.get(name) ?? []), ...more])
    if (friendlyName === undefined || friendlyName === '') continue
    friendly.set(friendlyName, (friendly.get(friendlyName) ?? new Set()).add(name))
  }
  for (const [short, [name = '', ...others]] of friendly) {
    if (others.length === 0 && !values.has(short)) values.set(short, values.get(name) ?? [])
  }
  const filled = [...values].filter(([, list]) => list.length > 0)
  return Object.fromEntries(filled.map(([name, list]) => [name, list.length === 1 ? list[0] : list]))
}

function oneText(value: Claims[string]): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : ''
}
