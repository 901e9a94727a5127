import samlp from 'samlp'
import { SignedXml } from 'xml-crypto'

/** A private key with its certificate, PEM. */
export interface MessageKey {
  readonly key: string
  readonly certificate: string
}

/** What an identity provider says, and of whom. */
export interface Saying {
  readonly issuer: string
  readonly audience: string
  readonly recipient: string
  readonly destination: string
  readonly inResponseTo: string
  readonly nameId: string
  readonly nameIdFormat: string
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
  readonly sessionIndex?: string
}

export interface Manner {
  readonly signResponse?: boolean
  readonly signAssertion?: boolean
  readonly signatureAlgorithm?: 'rsa-sha1' | 'rsa-sha256'
  readonly digestAlgorithm?: 'sha1' | 'sha256'
  /** The certificate that assertions are encrypted for. */
  readonly encryptFor?: string
  readonly encryptionAlgorithm?: string
}

export const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'

/** A response as the identity provider of `samlp` makes it: XML. */
export function makeResponse({ key, certificate }: MessageKey, saying: Saying, manner: Manner = {}): Promise<string> {
  const { nameId, nameIdFormat, attributes, sessionIndex = '_session', ...rest } = saying
  const { encryptFor, ...way } = manner
  const mapper = () => ({
    metadata: [],
    getClaims: () => attributes,
    getNameIdentifier: () => ({ nameIdentifier: nameId, nameIdentifierFormat: nameIdFormat }),
  })
  const options = {
    signatureAlgorithm: 'rsa-sha256' as const,
    digestAlgorithm: 'sha256' as const,
    ...rest,
    ...way,
    key,
    cert: certificate,
    sessionIndex,
    lifetimeInSeconds: 300,
    // Its types know classes only; it calls functions.
    profileMapper: mapper as unknown as samlp.ProfileMapperConstructor,
    getPostURL: () => undefined,
    ...(encryptFor !== undefined && {
      encryptionCert: encryptFor,
      encryptionPublicKey: encryptFor,
      disallowEncryptionWithInsecureAlgorithm: false,
      warnOnInsecureEncryptionAlgorithm: false,
    }),
  }
  return new Promise((resolve, reject) => {
    samlp.getSamlResponse(options, {}, (error: unknown, xml: string) => (error ? reject(error) : resolve(xml)))
  })
}

export interface Signing {
  /** `Assertion` or `Response`. */
  readonly element: string
  readonly signatureAlgorithm?: string
  readonly digestAlgorithm?: string
  readonly transforms?: readonly string[]
  readonly canonicalization?: string
  /** Prefixes that are canonical as they stand around (InclusiveNamespaces). */
  readonly inclusive?: readonly string[]
}

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'

/** Signs an element of a document that was made by hand, after its issuer. */
export function sign(xml: string, { key, certificate }: MessageKey, signing: Signing): string {
  const { element, canonicalization = exclusive } = signing
  const signed = new SignedXml({
    privateKey: key,
    publicCert: certificate,
    signatureAlgorithm: signing.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: canonicalization as typeof exclusive,
  })
  const xpath = `//*[local-name(.)='${element}']`
  signed.addReference({
    xpath,
    transforms: [...(signing.transforms ?? ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive])],
    digestAlgorithm: signing.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    ...(signing.inclusive && { inclusiveNamespacesPrefixList: [...signing.inclusive] }),
  })
  signed.computeSignature(xml, { location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' } })
  return signed.getSignedXml()
}

/** The text of the first element of that name, whatever its prefix. */
export function element(xml: string, name: string): string {
  const found = new RegExp(`<((?:\\w+:)?${name})[\\s>].*?</\\1>`, 's').exec(xml)?.[0]
  if (found === undefined) throw new Error(`There is no ${name} in ${xml}`)
  return found
}
