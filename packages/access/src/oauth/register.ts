import type { JsonValue, OAuthClient, OAuthStore } from '@gatehouse/core'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { clientMetadata } from './client-metadata.js'
import { OAuthError } from './oauth-error.js'
import type { RegistrationRules } from './options.js'
import { hashText, makeText } from './secret-text.js'

const day = 24 * 60 * 60_000

/** A client that registered itself and never came back is forgotten after a day. */
const unusedMs = day
/** One that is in use stays for this long after its last token. */
const usedMs = 90 * day

export interface Registration {
  /** RFC 7591: what the client is told. Throws `invalid_client_metadata`, `invalid_redirect_uri`. */
  register(body: JsonValue | undefined, address: string | undefined): Promise<{ readonly client_id: string }>
  /** The client got a token. */
  used(client: OAuthClient): Promise<void>
}

export function createRegistration(store: OAuthStore, rules: RegistrationRules, now: () => number): Registration {
  const counts = new RateLimiterMemory({ points: rules.perHour, duration: 3600 })

  const limit = async (address: string) => {
    const counted = await counts.consume(address).catch((refused: unknown) => {
      if (refused instanceof Error) throw refused
      return undefined
    })
    if (counted) return
    throw new OAuthError('temporarily_unavailable', 'Too many registrations from this address', {
      status: 429,
      headers: { 'Retry-After': '3600' },
    })
  }

  return {
    async register(body, address) {
      await limit(address ?? '')
      const metadata = clientMetadata(body, 'client_secret_basic')
      const time = now()
      if ((await store.countRegistered(time)) >= rules.most) {
        throw new OAuthError('temporarily_unavailable', 'No more clients can register for now', {
          status: 503,
          headers: { 'Retry-After': '3600' },
        })
      }
      const secret = metadata.authMethod === 'none' ? undefined : makeText('secret')
      const id = makeText('client')
      await store.saveClient(
        {
          id,
          kind: 'registered',
          ...metadata,
          ...(secret !== undefined && { secretHash: hashText(secret) }),
          roles: [],
          attributes: {},
          expires: time + unusedMs,
        },
        time,
      )
      return {
        client_id: id,
        client_id_issued_at: Math.floor(time / 1000),
        ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
        client_name: metadata.name,
        redirect_uris: metadata.redirectUris,
        grant_types: metadata.grantTypes,
        response_types: ['code'],
        token_endpoint_auth_method: metadata.authMethod,
      }
    },
    async used(client) {
      if (client.kind !== 'registered' || client.expires === undefined) return
      const expires = now() + usedMs
      // Once a day is enough.
      if (expires - client.expires > day) await store.prolongClient(client.id, expires)
    },
  }
}
