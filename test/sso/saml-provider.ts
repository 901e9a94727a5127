import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { type ProviderType, providerTypes } from '@gatehouse/access'
import { Failure, type JsonObject } from '@gatehouse/core'
import { describe, test } from 'vitest'
import { messageKey } from '../servers/certificate.mjs'
import { type Manner, type MessageKey, makeResponse, persistent, type Saying } from './saml-answers.js'

export const issuer = 'https://idp.example/saml'
export const callback = 'https://gatehouse.example/api/v2/user/session/corporate/callback'
export const entityId = 'https://gatehouse.example/api/v2/user/session/corporate/metadata'

export interface Keys {
  readonly idp: MessageKey
  /** Of nobody whom we trust. */
  readonly other: MessageKey
  readonly own: MessageKey
}

/** A block of tests that need keys; where none can be made, it says why. */
export async function describeWithKeys(name: string, tests: (keys: Keys) => void): Promise<void> {
  const keys = await makeKeys()
  describe(name, () => {
    if ('skipped' in keys) test('keys', ({ skip }) => skip(`OpenSSL: ${keys.skipped}`))
    else tests(keys)
  })
}

async function makeKeys(): Promise<Keys | { readonly skipped: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-saml-'))
  try {
    const [idp, other, own] = await Promise.all(['idp', 'other', 'own'].map((name) => messageKey(folder, name)))
    if (!idp || !other || !own) throw new Error('No keys were made')
    if ('skipped' in idp) return idp
    if ('skipped' in other) return other
    return 'skipped' in own ? own : { idp, other, own }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const settingsFor = ({ idp }: Keys): JsonObject => ({
  issuer,
  entry_point: 'https://idp.example/sign-in',
  certificates: [idp.certificate],
})

type Provider = Extract<Awaited<ReturnType<ProviderType['create']>>, { readonly kind: 'oidc' | 'saml' }>
type Vouched = Awaited<ReturnType<Begun['finish']>>

/** A sign-in that has begun. */
export interface Begun {
  readonly url: URL
  readonly id: string
  /** What an honest identity provider says. */
  readonly saying: Saying
  finish(xml: string): ReturnType<Provider['finish']>
}

interface OpenProvider {
  readonly provider: Provider
  begin(state?: string): Promise<Begun>
}

/** The provider by itself, without a gateway: what is refused tells why. */
export async function openProvider(settings: JsonObject, now: () => number = Date.now): Promise<OpenProvider> {
  const problems = problemsOf(settings)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  const provider = await type().create(settings, {
    name: 'corporate',
    callback: new URL(callback),
    metadataUrl: new URL(entityId),
    wanted: [],
    now,
  })
  if (!('begin' in provider)) throw new Error('SAML asks the person in the browser')
  return {
    provider,
    async begin(state = 'state'): Promise<Begun> {
      const { url, kept } = await provider.begin(state)
      const id = /ID="([^"]+)"/.exec(requestIn(url))?.[1] ?? ''
      return { url, id, saying: sayingOf(id), finish: (xml) => provider.finish(posted(xml), kept) }
    },
  }
}

function type(): ProviderType {
  const { saml } = providerTypes
  if (!saml) throw new Error('There is no type saml')
  return saml
}

export function problemsOf(settings: JsonObject) {
  return type().problems?.(settings) ?? []
}

function sayingOf(id: string): Saying {
  return {
    issuer,
    audience: entityId,
    recipient: callback,
    destination: callback,
    inResponseTo: id,
    nameId: 'ada-4711',
    nameIdFormat: persistent,
    attributes: { uid: 'ada', mail: 'ada@example.com', displayName: 'Ada Lovelace', groups: ['staff', 'analysts'] },
  }
}

export function posted(xml: string) {
  return { url: new URL(callback), form: { SAMLResponse: Buffer.from(xml, 'utf8').toString('base64') } }
}

/** The XML of a request that goes by redirect. */
export function requestIn(url: URL): string {
  return inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString('utf8')
}

/** Why an answer is refused: what the log has, not what the caller is told. */
export async function refusal(answer: Promise<Vouched>): Promise<string> {
  try {
    const { subject } = await answer
    return `accepted as ${subject}`
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== 'unauthenticated') throw thrown
    return thrown.cause instanceof Error ? thrown.cause.message : String(thrown.cause)
  }
}

/** What an honest identity provider answers. */
export function honest(keys: Keys, begun: Begun, manner: Manner = {}, said: Partial<Saying> = {}): Promise<string> {
  return makeResponse(keys.idp, { ...begun.saying, ...said }, manner)
}
