import { generateServiceProviderMetadata, SAML, type SamlConfig, ValidateInResponseTo } from '@node-saml/node-saml'
import type { NameId } from './assertion.js'
import type { SamlIdp } from './idp-metadata.js'
import type { SamlSettings } from './settings.js'

/** Our side of the exchange of messages. */
export interface Us {
  readonly entityId: string
  readonly callback: string
  readonly settings: SamlSettings
}

/** Whom to sign out, and of which session. */
export interface SamlSession {
  readonly nameId: NameId
  readonly sessionIndex?: string
}

/** Where a browser takes our request to. `id` is what the answer has to name. */
export async function requestUrl(us: Us, idp: SamlIdp, id: string, state: string): Promise<URL> {
  return new URL(await samlOf(us, idp, id).getAuthorizeUrlAsync(state, undefined, {}))
}

/** Where a browser takes our request to end a session. */
export async function signOutUrl(
  us: Us,
  idp: SamlIdp,
  id: string,
  { nameId, sessionIndex }: SamlSession,
  state: string,
): Promise<URL> {
  const { value, format, nameQualifier, spNameQualifier } = nameId
  const user = {
    issuer: us.settings.issuer,
    nameID: value,
    nameIDFormat: format,
    ...(nameQualifier !== undefined && { nameQualifier }),
    ...(spNameQualifier !== undefined && { spNameQualifier }),
    ...(sessionIndex !== undefined && { sessionIndex }),
  }
  return new URL(await samlOf(us, idp, id).getLogoutUrlAsync(user, state, {}))
}

/**
 * The assertion of a response, in the very text that the identity provider signed, and nothing but. Throws what the
 * library throws where a signature does not hold, or anything else that it looks at.
 */
export async function signedAssertion(us: Us, idp: SamlIdp, id: string, response: string): Promise<string> {
  const SAMLResponse = Buffer.from(response, 'utf8').toString('base64')
  const { profile } = await samlOf(us, idp, id).validatePostResponseAsync({ SAMLResponse })
  const text = profile?.getAssertionXml?.()
  if (text === undefined) throw new Error('The response has no assertion')
  return text
}

/** What an administrator gives to the identity provider. */
export function ourMetadata({ entityId, callback, settings }: Us): string {
  const { nameIdFormat, signing, decryption } = settings
  return generateServiceProviderMetadata({
    issuer: entityId,
    callbackUrl: callback,
    identifierFormat: nameIdFormat,
    wantAssertionsSigned: true,
    ...(signing && { privateKey: signing.key, publicCerts: signing.certificate }),
    ...(decryption && { decryptionPvk: decryption.key, decryptionCert: decryption.certificate }),
  })
}

/** For one request and its answer, which are remembered by who calls. */
function samlOf({ entityId, callback, settings }: Us, idp: SamlIdp, id: string): SAML {
  const { signing, decryption, authnContexts } = settings
  const asked = new Date().toISOString()
  const config: SamlConfig = {
    issuer: entityId,
    audience: entityId,
    callbackUrl: callback,
    entryPoint: idp.entryPoint,
    logoutUrl: idp.signOutUrl ?? idp.entryPoint,
    idpCert: [...idp.certificates],
    identifierFormat: settings.nameIdFormat,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: settings.signedResponses,
    forceAuthn: settings.forceAuthn,
    disableRequestedAuthnContext: authnContexts.length === 0,
    authnContext: [...authnContexts],
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    acceptedClockSkewMs: settings.clockSkewMs,
    maxAssertionAgeMs: settings.maxAgeMs,
    generateUniqueId: () => id,
    validateInResponseTo: ValidateInResponseTo.always,
    cacheProvider: {
      saveAsync: async () => null,
      getAsync: async (key) => (key === id ? asked : null),
      removeAsync: async () => null,
    },
    ...(signing && { privateKey: signing.key, publicCert: signing.certificate }),
    ...(decryption && { decryptionPvk: decryption.key }),
  }
  return new SAML(config)
}
