import { type ApiKey, type Authenticator, type Credentials, Failure, type Principal } from '@gatehouse/core'
import { addressFilter } from './address-filter.js'
import { hashKey } from './key-text.js'
import { defaultTenant, principalId } from './principal-id.js'

interface KnownKey {
  readonly principal: Principal
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly admits: (address: string | undefined) => boolean
  /** When it was used last, and until when that was told; milliseconds since 1970. */
  used: number
  told: number
}

export interface KeyAuthenticator extends Authenticator {
  authenticate(credentials: Credentials): Principal
  /** Takes the keys that are valid from now on; whatever is not among them stops working at once. */
  replace(keys: readonly ApiKey[]): void
  /** Keys that were used since this was asked last: when, ISO 8601, by name. */
  takeUses(): ReadonlyMap<string, string>
}

/**
 * Knows callers by their API key, in `X-API-Key` or as a bearer token. Each key has one Principal object for as long
 * as the keys stay. Throws `unauthenticated`, in the same words for keys that are unknown, expired, revoked or sent
 * from the wrong address, so that nobody learns which keys exist.
 *
 * The presented key is hashed once for each Credentials object: a surface that keeps the object for as long as a
 * connection shows the same ones saves its calls the hash. The key's text is kept nowhere else.
 */
export function createAuthenticator(
  keys: readonly ApiKey[],
  { now = Date.now, tenant = defaultTenant }: { now?: () => number; tenant?: string } = {},
): KeyAuthenticator {
  // Of many keys one changes: the others are the same objects as before.
  const made = new WeakMap<ApiKey, KnownKey>()
  let known = indexKeys(keys, tenant, made)
  const hashes = new WeakMap<Credentials, string>()
  const hashOf = (credentials: Credentials, text: string) => {
    let hash = hashes.get(credentials)
    if (hash === undefined) {
      hash = hashKey(text)
      hashes.set(credentials, hash)
    }
    return hash
  }
  return {
    authenticate(credentials) {
      const text = credentials.apiKey ?? credentials.bearer
      if (text === undefined) throw withoutKey(credentials)
      // Looking up by hash tells an attacker nothing about a key, whatever time it takes: hashes cannot be steered
      // towards a known one.
      const key = known.get(hashOf(credentials, text))
      if (!key) throw invalid()
      const time = now()
      if (key.expires <= time || !key.admits(credentials.address)) throw invalid()
      key.used = time
      return key.principal
    },
    replace(next) {
      const before = known
      known = indexKeys(next, tenant, made)
      for (const [hash, key] of known) {
        const old = before.get(hash)
        if (!old || old === key) continue
        key.used = old.used
        key.told = old.told
      }
    },
    takeUses() {
      const uses = new Map<string, string>()
      for (const key of known.values()) {
        if (key.used <= key.told) continue
        key.told = key.used
        uses.set(key.principal.name, new Date(key.used).toISOString())
      }
      return uses
    },
  }
}

function indexKeys(
  keys: readonly ApiKey[],
  tenant: string,
  made: WeakMap<ApiKey, KnownKey>,
): ReadonlyMap<string, KnownKey> {
  const index = new Map<string, KnownKey>()
  for (const key of keys) {
    if (key.revoked) continue
    const known = made.get(key) ?? knownKey(key, tenant)
    made.set(key, known)
    index.set(key.hash, known)
  }
  return index
}

function knownKey(key: ApiKey, tenant: string): KnownKey {
  const roles = [...new Set(key.roles)].sort()
  return {
    principal: Object.freeze({
      id: principalId('key', key.name, tenant),
      kind: 'key',
      name: key.name,
      roles,
      attributes: key.attributes,
      tenant,
      scope: JSON.stringify(roles),
    }),
    expires: key.expires === undefined ? Number.POSITIVE_INFINITY : endOf(key.expires),
    admits: addressFilter(key.addresses),
    used: 0,
    told: 0,
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
    ? new Failure('unauthenticated', 'These credentials are not valid here', {
        hint: 'Send an API key as `X-API-Key` or as `Authorization: Bearer`',
      })
    : new Failure('unauthenticated', 'Credentials are missing', {
        hint: 'Send an API key as `X-API-Key` or as `Authorization: Bearer`',
      })
}
