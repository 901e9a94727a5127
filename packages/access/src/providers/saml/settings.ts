import { type JsonObject, type JsonSchema, type ObjectSchema, parseDuration } from '@gatehouse/core'
import { localOrHttps } from '../this-machine.js'
import { certificateOf, checkPair } from './certificate.js'
import { nameIdFormats, wellKnown } from './person.js'

/** A private key of ours with its certificate, PEM. */
interface KeyPair {
  readonly key: string
  readonly certificate: string
}

export interface SamlSettings {
  /** The entity id of the identity provider. */
  readonly issuer: string
  readonly idp:
    | { readonly metadataUrl: string }
    | { readonly metadataFile: string }
    | { readonly entryPoint: string; readonly certificates: readonly string[]; readonly signOutUrl?: string }
  /** Absent: where our metadata is. */
  readonly entityId?: string
  readonly nameIdFormat: string
  readonly subjectAttribute?: string
  readonly nameAttributes: readonly string[]
  readonly emailAttributes: readonly string[]
  readonly labelAttributes: readonly string[]
  readonly signedResponses: boolean
  readonly forceAuthn: boolean
  readonly authnContexts: readonly string[]
  readonly signing?: KeyPair
  readonly decryption?: KeyPair
  readonly clockSkewMs: number
  readonly maxAgeMs: number
}

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description })
const texts = (description: string): JsonSchema => ({
  type: 'array',
  items: { type: 'string', minLength: 1 },
  minItems: 1,
  description,
})
const duration = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)?$',
  description,
})

export const samlSchema: ObjectSchema = {
  type: 'object',
  properties: {
    issuer: text('The entity id of the identity provider'),
    metadata_url: text('Where the identity provider publishes its metadata: https, or on this machine'),
    metadata_file: text('A file with the metadata of the identity provider'),
    entry_point: text('Instead of metadata: where people sign in, by HTTP redirect'),
    certificates: texts('Instead of metadata: what the identity provider signs with. Several while it changes its key'),
    sign_out_url: text('Instead of metadata: where people sign out, by HTTP redirect'),
    entity_id: text('What we are called there. Default: the address of our metadata'),
    name_id_format: {
      type: 'string',
      anyOf: [{ enum: Object.keys(nameIdFormats) }, { pattern: '^urn:' }],
      description: 'What a NameID has to be: persistent (default), email, unspecified, transient, or a URN',
    },
    subject_attribute: text('The attribute that tells people apart for ever, instead of the NameID'),
    name_attribute: text('The attribute that people are known by. Default: the first of the usual ones'),
    email_attribute: text('The attribute with the address. Default: the first of the usual ones'),
    label_attribute: text('The attribute with the full name. Default: the first of the usual ones'),
    signed_responses: { type: 'boolean', description: 'Responses are to be signed too, not their assertions alone' },
    force_authn: { type: 'boolean', description: 'People are asked again, however they are signed in there' },
    authn_contexts: texts('How people have to sign in there (AuthnContextClassRef). Default: in any way'),
    signing_key: { ...text('Our private key that signs requests, PEM'), writeOnly: true },
    signing_certificate: text('Its certificate, PEM'),
    decryption_key: { ...text('Our private key that encrypted assertions are opened with, PEM'), writeOnly: true },
    decryption_certificate: text('Its certificate, PEM'),
    clock_skew: duration('By how much clocks may differ. Default 30s'),
    max_age: duration('After which an assertion is old. Default 5m'),
  },
  required: ['issuer'],
}

interface SettingProblem {
  readonly key: string
  readonly message: string
}

/** What the schema cannot say. */
export function samlProblems(settings: JsonObject): readonly SettingProblem[] {
  const problems: SettingProblem[] = []
  const check = (key: string, holds: () => void) => {
    try {
      holds()
    } catch (error) {
      problems.push({ key, message: error instanceof Error ? error.message : String(error) })
    }
  }
  const ways = ['metadata_url', 'metadata_file', 'entry_point'].filter((key) => settings[key] !== undefined)
  if (ways.length !== 1) {
    const message = 'a SAML provider needs one of metadata_url, metadata_file, and entry_point with certificates'
    problems.push({ key: ways[1] ?? 'issuer', message })
  }
  const byHand = settings.entry_point !== undefined
  if (byHand && settings.certificates === undefined) {
    problems.push({ key: 'entry_point', message: 'entry_point needs certificates beside it' })
  }
  for (const key of ['certificates', 'sign_out_url'].filter((name) => !byHand && settings[name] !== undefined)) {
    problems.push({ key, message: `${key} goes with entry_point: metadata has its own` })
  }
  for (const key of ['metadata_url', 'entry_point', 'sign_out_url']) {
    const url = settings[key]
    if (typeof url === 'string' && !localOrHttps(url)) problems.push({ key, message: 'another machine must be https' })
  }
  for (const certificate of textsIn(settings, 'certificates') ?? []) {
    check('certificates', () => void certificateOf(certificate))
  }
  for (const use of ['signing', 'decryption']) {
    const [key, certificate] = [textIn(settings, `${use}_key`), textIn(settings, `${use}_certificate`)]
    if (key !== undefined && certificate !== undefined) check(`${use}_key`, () => checkPair(key, certificate))
    else if (key !== certificate) {
      problems.push({
        key: `${use}_${key === undefined ? 'certificate' : 'key'}`,
        message: 'a key and its certificate belong together',
      })
    }
  }
  const transient = ['transient', nameIdFormats.transient].includes(textIn(settings, 'name_id_format'))
  if (transient && settings.subject_attribute === undefined) {
    const message = 'a transient NameID is another one each time: a subject_attribute has to tell people apart'
    problems.push({ key: 'name_id_format', message })
  }
  return problems
}

/** Of settings that hold. */
export function samlSettings(settings: JsonObject): SamlSettings {
  const read = (key: string) => textIn(settings, key)
  const [entityId, subjectAttribute] = [read('entity_id'), read('subject_attribute')]
  const [signing, decryption] = [pairIn(settings, 'signing'), pairIn(settings, 'decryption')]
  const format = read('name_id_format') ?? 'persistent'
  const named = (key: string, usual: readonly string[]) => {
    const own = read(key)
    return own === undefined ? usual : [own]
  }
  return {
    issuer: read('issuer') ?? '',
    idp: idpIn(settings),
    ...(entityId !== undefined && { entityId }),
    nameIdFormat: nameIdFormats[format] ?? format,
    ...(subjectAttribute !== undefined && { subjectAttribute }),
    nameAttributes: named('name_attribute', wellKnown.name),
    emailAttributes: named('email_attribute', wellKnown.email),
    labelAttributes: named('label_attribute', wellKnown.label),
    signedResponses: settings.signed_responses === true,
    forceAuthn: settings.force_authn === true,
    authnContexts: textsIn(settings, 'authn_contexts') ?? [],
    ...(signing && { signing }),
    ...(decryption && { decryption }),
    clockSkewMs: parseDuration(read('clock_skew') ?? '30s') ?? 0,
    maxAgeMs: parseDuration(read('max_age') ?? '5m') ?? 0,
  }
}

function idpIn(settings: JsonObject): SamlSettings['idp'] {
  const metadataUrl = textIn(settings, 'metadata_url')
  const metadataFile = textIn(settings, 'metadata_file')
  if (metadataUrl !== undefined) return { metadataUrl }
  if (metadataFile !== undefined) return { metadataFile }
  const signOutUrl = textIn(settings, 'sign_out_url')
  return {
    entryPoint: textIn(settings, 'entry_point') ?? '',
    certificates: (textsIn(settings, 'certificates') ?? []).map(certificateOf),
    ...(signOutUrl !== undefined && { signOutUrl }),
  }
}

function pairIn(settings: JsonObject, use: string): KeyPair | undefined {
  const key = textIn(settings, `${use}_key`)
  const certificate = textIn(settings, `${use}_certificate`)
  return key === undefined || certificate === undefined ? undefined : { key, certificate: certificateOf(certificate) }
}

function textIn(settings: JsonObject, key: string): string | undefined {
  const value = settings[key]
  return typeof value === 'string' ? value : undefined
}

function textsIn(settings: JsonObject, key: string): readonly string[] | undefined {
  const value = settings[key]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined
}
