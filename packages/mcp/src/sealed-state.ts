import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isJsonObject, type JsonObject, type JsonValue, printJson } from '@gatehouse/core'
import { malformed } from './errors.js'

/** For whom and for what a state was made: it holds for nothing else. */
interface Binding {
  readonly principal: string
  readonly method: string
  /** The tool, prompt or resource. */
  readonly name: string
  readonly input: JsonObject
}

/** State that travels through the client (`requestState`): readable to it, but it cannot change, keep or move it. */
export interface SealedStates {
  seal(binding: Binding, state: JsonObject): string
  /** Throws a ProtocolError for a state that was changed, has expired, or was made for something else. */
  open(binding: Binding, sealed: string): JsonObject
  /** As `open`, and the state is used up. Known to this process alone. */
  consume(binding: Binding, sealed: string): JsonObject
}

const lifetimeMs = 5 * 60_000

/** `key` signs the states (HMAC-SHA-256); processes that answer for one another share it. */
export function createSealedStates(key: Uint8Array = randomBytes(32), now: () => number = Date.now): SealedStates {
  const used = new Map<string, number>()

  const open = (binding: Binding, sealed: string): JsonObject => {
    const [body = '', mac = '', ...rest] = sealed.split('.')
    const expected = createHmac('sha256', key).update(body).digest()
    const given = Buffer.from(mac, 'base64url')
    if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused()
    const held = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as JsonValue
    if (!isJsonObject(held) || !isJsonObject(held.state)) throw refused()
    if (held.for !== digestOf(binding) || typeof held.until !== 'number' || held.until < now()) throw refused()
    if (used.has(mac)) throw refused()
    return held.state
  }

  return {
    seal: (binding, state) => {
      const held = { for: digestOf(binding), until: now() + lifetimeMs, once: randomBytes(9).toString('hex'), state }
      const body = Buffer.from(printJson(held)).toString('base64url')
      return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`
    },
    open,
    consume: (binding, sealed) => {
      const state = open(binding, sealed)
      for (const [mac, until] of used) if (until < now()) used.delete(mac)
      used.set(sealed.slice(sealed.indexOf('.') + 1), now() + lifetimeMs)
      return state
    },
  }
}

function digestOf(binding: Binding): string {
  const { principal, method, name, input } = binding
  return createHash('sha256')
    .update(printJson([principal, method, name, canonical(input)]))
    .digest('base64url')
}

/** The same value with the members of its objects in order of name, so that equal inputs have equal digests. */
function canonical(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isJsonObject(value)) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, canonical(value[name] ?? null)]))
}

function refused() {
  return malformed(
    '`requestState` is not valid for this request: it was changed, used or made for another, or it expired',
  )
}
