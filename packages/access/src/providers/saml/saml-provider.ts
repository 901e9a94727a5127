import { randomBytes } from 'node:crypto'
import { Failure, isJsonObject, type JsonObject } from '@gatehouse/core'
import { BoundedMap } from '../../bounded-map.js'
import type { ProviderContext, RedirectProvider, VouchedAtProvider } from '../provider.js'
import { type Assertion, readAssertion } from './assertion.js'
import { createIdpSource } from './idp.js'
import type { SamlIdp } from './idp-metadata.js'
import { ourMetadata, requestUrl, type SamlSession, signedAssertion, signOutUrl } from './messages.js'
import { personOf } from './person.js'
import { checkResponse } from './response.js'
import type { SamlSettings } from './settings.js'

/** Characters of a response in base64: some hundred groups fit. */
const longest = 512 * 1024

/** Nothing is asked of the identity provider yet. */
export function createSamlProvider(settings: SamlSettings, context: ProviderContext): RedirectProvider {
  const us = { settings, callback: context.callback.href, entityId: settings.entityId ?? context.metadataUrl.href }
  const source = createIdpSource(settings, context.now)
  const seen = new BoundedMap<string, number>(10_000)

  /** First what stands in the response, then whether it is signed, then what the signed text says. */
  async function assertionIn(response: string, idp: SamlIdp, id: string, asked: number): Promise<Assertion> {
    await checkResponse(response, {
      issuer: settings.issuer,
      callback: us.callback,
      requestId: id,
      ...(settings.decryption && { decryptionKey: settings.decryption.key }),
    })
    return readAssertion(await signed(response, idp, id), {
      issuer: settings.issuer,
      audience: us.entityId,
      recipient: us.callback,
      requestId: id,
      ...(settings.forceAuthn && { authenticatedSince: asked }),
      contexts: settings.authnContexts,
      clockSkewMs: settings.clockSkewMs,
      maxAgeMs: settings.maxAgeMs,
      now: context.now(),
    })
  }

  /** Once more where the identity provider has new keys. */
  async function signed(response: string, idp: SamlIdp, id: string): Promise<string> {
    try {
      return await signedAssertion(us, idp, id, response)
    } catch (error) {
      const renewed = await source.renewed()
      if (String(renewed.certificates) === String(idp.certificates)) throw error
      return signedAssertion(us, renewed, id, response)
    }
  }

  return {
    kind: 'saml',
    issuer: settings.issuer,
    async begin(state) {
      const id = newId()
      return { url: await requestUrl(us, await source.get(), id, state), kept: { id, asked: context.now() } }
    },
    async finish({ form }, { id, asked }) {
      const idp = await source.get()
      try {
        if (typeof id !== 'string' || typeof asked !== 'number') throw new Error('There was no request')
        const assertion = await assertionIn(decoded(form?.SAMLResponse), idp, id, asked)
        // What is kept of a sign-in is used once. Should that ever fail, an assertion still is.
        if ((seen.get(assertion.id) ?? 0) > context.now()) throw new Error('The assertion was shown before')
        seen.set(assertion.id, assertion.until)
        const { sessionUntil: until } = assertion
        return { ...personOf(assertion, settings), ...hintOf(assertion), ...(until !== undefined && { until }) }
      } catch (cause) {
        if (cause instanceof Failure) throw cause
        throw new Failure('unauthenticated', 'The answer of the identity provider does not hold', { cause })
      }
    },
    async signOut(back, hint) {
      const session = sessionOf(hint)
      if (!session) return undefined
      const idp = await source.get()
      return idp.signOutUrl === undefined ? undefined : signOutUrl(us, idp, newId(), session, back.href)
    },
    metadata: () => ({ type: 'application/samlmetadata+xml', text: ourMetadata(us) }),
  }
}

function newId(): string {
  return `_${randomBytes(20).toString('hex')}`
}

function decoded(response: string | undefined): string {
  if (response === undefined) throw new Error('There is no response')
  if (response.length > longest) throw new Error('The response is too large')
  const text = response.replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Error('The response is no base64')
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'))
}

/** Whom to sign out, and of which session: JSON. */
function hintOf({ nameId, sessionIndex }: Assertion): Pick<VouchedAtProvider, 'signOutHint'> {
  return nameId ? { signOutHint: JSON.stringify({ nameId, sessionIndex }) } : {}
}

function sessionOf(hint: string | undefined): SamlSession | undefined {
  const { nameId, sessionIndex }: JsonObject = hint === undefined ? {} : JSON.parse(hint)
  const { value, format, nameQualifier, spNameQualifier }: JsonObject = isJsonObject(nameId) ? nameId : {}
  if (typeof value !== 'string' || typeof format !== 'string') return undefined
  return {
    nameId: {
      value,
      format,
      ...(typeof nameQualifier === 'string' && { nameQualifier }),
      ...(typeof spNameQualifier === 'string' && { spNameQualifier }),
    },
    ...(typeof sessionIndex === 'string' && { sessionIndex }),
  }
}
