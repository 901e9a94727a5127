import { timingSafeEqual } from 'node:crypto'
import { type ApiKey, type Authenticator, type Credentials, Failure, type Principal } from '@gatehouse/core'
import { addressFilter } from './address-filter.js'
import { hashKey } from './key-text.js'

interface KnownKey {
  readonly hash: Buffer
  readonly principal: Principal
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly admits: (address: string | undefined) => boolean
}

export interface KeyAuthenticator extends Authenticator {
  authenticate(credentials: Credentials): Principal
  /** Takes the keys that are valid from now on; whatever is not among them stops working at once. */
  replace(keys: readonly ApiKey[]): void
}

/**
 * Knows callers by their API key, in `X-API-Key` or as a bearer token. Each key has one Principal object for as long
 * as the keys stay. Throws `unauthenticated`, in the same words for keys that are unknown, expired, revoked or sent
 * from the wrong address, so that nobody learns which keys exist.
 *
 * The presented key is hashed on each call (about a microsecond); its text is kept nowhere.
 */
export function createAuthenticator(
  keys: readonly ApiKey[],
  { now = Date.now }: { now?: () => number } = {},
): KeyAuthenticator {
  let known = indexKeys(keys)
  return {
    authenticate(credentials) {
      const text = credentials.apiKey ?? credentials.bearer
      if (text === undefined) throw withoutKey(credentials)
      const hash = hashKey(text)
      // Looking up by hash tells an attacker nothing about a key, whatever time it takes: hashes cannot be steered
      // towards a known one. The comparison guards against a Map that compares differently one day.
      const key = known.get(hash)
      if (!key || !timingSafeEqual(key.hash, Buffer.from(hash, 'hex'))) throw invalid()
      if (key.expires <= now() || !key.admits(credentials.address)) throw invalid()
      return key.principal
    },
    replace(next) {
      known = indexKeys(next)
    },
  }
}

function indexKeys(keys: readonly ApiKey[]): ReadonlyMap<string, KnownKey> {
  return new Map(keys.filter((key) => !key.revoked).map((key) => [key.hash, knownKey(key)]))
}

function knownKey(key: ApiKey): KnownKey {
  const roles = [...new Set(key.roles)].sort()
  return {
    hash: Buffer.from(key.hash, 'hex'),
    principal: Object.freeze({
      id: `key:${key.name}`,
      kind: 'key',
      name: key.name,
      roles,
      attributes: key.attributes,
      tenant: 'default',
      scope: JSON.stringify(roles),
    }),
    expires: key.expires === undefined ? Number.POSITIVE_INFINITY : endOf(key.expires),
    admits: addressFilter(key.addresses),
  }
}

/** The moment from which a key is no longer valid: a bare date lasts to its end. An unreadable one has passed. */
function endOf(expires: string): number {
  const time = Date.parse(expires)
  if (Number.isNaN(time)) return Number.NEGATIVE_INFINITY
  return /^\d{4}-\d{2}-\d{2}$/.test(expires) ? time + 86_400_000 : time
}

function invalid(): Failure {
  return new Failure('unauthenticated', 'These credentials are not valid', {
    hint: 'Send a valid API key as `X-API-Key` or as `Authorization: Bearer`',
  })
}

function withoutKey({ basic }: Credentials): Failure {
  return basic
    ? new Failure('unauthenticated', 'Basic authentication is not available', {
        hint: 'Send an API key as `X-API-Key` or as `Authorization: Bearer`',
      })
    : new Failure('unauthenticated', 'Credentials are missing', {
        hint: 'Send an API key as `X-API-Key` or as `Authorization: Bearer`',
      })
}
