import { localOrHttps } from '../this-machine.js'
import { certificateOf } from './certificate.js'
import {
  childrenOf,
  everyElement,
  metadataNamespace,
  parseXml,
  protocolNamespace,
  signatureNamespace,
  textOf,
  type XmlElement,
} from './xml.js'

/** What we need to know of an identity provider. */
export interface SamlIdp {
  /** Where requests go, by redirect. */
  readonly entryPoint: string
  /** PEM. Several while keys change. */
  readonly certificates: readonly string[]
  /** Where people sign out, by redirect. */
  readonly signOutUrl?: string
  /** Milliseconds since 1970; not to be used from then on. */
  readonly validUntil?: number
}

const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'

/**
 * Reads an identity provider out of its metadata (SAML 2.0 metadata), which may be among others. Throws an Error, which
 * is not for callers to see, where it is not there or lacks what we need. A signature of the metadata is not checked: it
 * is worth as much as the way that it came.
 */
export function readIdpMetadata(text: string, entityId: string): SamlIdp {
  const root = parseXml(text, { comments: true })
  const entities = root.name === 'EntitiesDescriptor' ? childrenOf(root, metadataNamespace, 'EntityDescriptor') : [root]
  const [entity, another] = entities.filter(
    ({ name, namespace, attributes }) =>
      name === 'EntityDescriptor' && namespace === metadataNamespace && attributes.get('entityID') === entityId,
  )
  if (!entity || another) throw new Error(`The metadata is not of ${entityId}, once`)
  const descriptor = childrenOf(entity, metadataNamespace, 'IDPSSODescriptor').find(({ attributes }) =>
    (attributes.get('protocolSupportEnumeration') ?? '').split(/\s+/).includes(protocolNamespace),
  )
  if (!descriptor) throw new Error('The metadata is of no identity provider of SAML 2.0')
  const entryPoint = locationOf(descriptor, 'SingleSignOnService')
  if (entryPoint === undefined) throw new Error('The metadata has no sign-on by HTTP redirect')
  const signOutUrl = locationOf(descriptor, 'SingleLogoutService')
  const ends = [root, entity, descriptor]
    .flatMap(({ attributes }) => attributes.get('validUntil') ?? [])
    .map(Date.parse)
  if (ends.some(Number.isNaN)) throw new Error('The metadata is valid until no known time')
  return {
    entryPoint,
    certificates: certificatesOf(descriptor),
    ...(signOutUrl !== undefined && { signOutUrl }),
    ...(ends.length > 0 && { validUntil: Math.min(...ends) }),
  }
}

function locationOf(descriptor: XmlElement, service: string): string | undefined {
  const found = childrenOf(descriptor, metadataNamespace, service).find(
    ({ attributes }) => attributes.get('Binding') === redirect,
  )
  const location = found?.attributes.get('Location')
  if (location !== undefined && !localOrHttps(location)) throw new Error(`${location} is not https`)
  return location
}

function certificatesOf(descriptor: XmlElement): readonly string[] {
  const keys = childrenOf(descriptor, metadataNamespace, 'KeyDescriptor').filter(
    ({ attributes }) => (attributes.get('use') ?? 'signing') === 'signing',
  )
  const found = keys.flatMap((key) =>
    [...everyElement(key)].flatMap((element) => {
      if (element.namespace !== signatureNamespace || element.name !== 'X509Data') return []
      // The first is the signer's own; others would be of who vouches for it, whose keys sign no assertions.
      const [own] = childrenOf(element, signatureNamespace, 'X509Certificate')
      return own ? [certificateOf(textOf(own))] : []
    }),
  )
  if (found.length === 0) throw new Error('The metadata has no certificate for signatures')
  return [...new Set(found)]
}
