import { isJsonObject, type JsonValue, type OAuthClient } from '@gatehouse/core'
import { BoundedMap } from '../bounded-map.js'
import { clientMetadata } from './client-metadata.js'
import { guardedFetch } from './guarded-fetch.js'
import { OAuthError } from './oauth-error.js'
import type { DocumentRules } from './options.js'

/** Clients by the URL of their metadata (Client ID Metadata Documents). */
export interface ClientDocuments {
  /** Throws `invalid_client` in the same words for whatever is wrong with the document, so that nobody can look around with us. */
  find(id: string): Promise<OAuthClient>
}

interface Known {
  readonly client: Promise<OAuthClient>
  until: number
}

const minute = 60_000
const longest = 24 * 60 * minute
const mostAtOnce = 20

/** True where a client's id is meant to be the URL of its metadata. */
export function isDocumentId(id: string): boolean {
  return id.startsWith('https://')
}

export function createClientDocuments({ local }: Pick<DocumentRules, 'local'>, now: () => number): ClientDocuments {
  const known = new BoundedMap<string, Known>(1000)
  let running = 0

  const load = async (id: string, entry: { until: number }): Promise<OAuthClient> => {
    if (running >= mostAtOnce) throw busy()
    running++
    try {
      const url = documentUrl(id)
      const { body, contentType, cacheControl } = await guardedFetch(url, {
        most: 64 * 1024,
        timeoutMs: 5_000,
        ...(local && { local }),
      })
      if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)) throw new Error('The document is no JSON')
      const client = clientOf(id, JSON.parse(body) as JsonValue)
      entry.until = now() + lifetimeOf(cacheControl)
      return client
    } catch (cause) {
      // Not for long, so that a client that mends its document need not wait; long enough not to be a hammer.
      entry.until = now() + minute / 2
      throw Object.assign(unreadable(), { cause })
    } finally {
      running--
    }
  }

  return {
    find(id) {
      const old = known.get(id)
      if (old && old.until > now()) return old.client
      const entry = { until: Number.POSITIVE_INFINITY }
      const client = load(id, entry)
      // Who asks at the same time gets the same answer.
      known.set(id, Object.assign(entry, { client }))
      return client
    },
  }
}

function documentUrl(id: string): URL {
  if (id.length > 500 || !URL.canParse(id)) throw new Error('The id is no URL')
  const url = new URL(id)
  // One spelling only: what is shown, fetched and kept are the same.
  if (url.href !== id || url.hash !== '' || url.pathname === '/') throw new Error('The id is no URL of a document')
  return url
}

function clientOf(id: string, document: JsonValue): OAuthClient {
  if (!isJsonObject(document) || document.client_id !== id) throw new Error('The document is about another client')
  const metadata = clientMetadata(document, 'none')
  if (metadata.authMethod !== 'none') throw new Error('A document is public, so it can hold no secret')
  return { id, kind: 'document', ...metadata, roles: [], attributes: {} }
}

/** From five minutes to a day, as the answer says; an hour where it does not. */
function lifetimeOf(cacheControl: string): number {
  if (/no-store|no-cache/i.test(cacheControl)) return 5 * minute
  const seconds = /max-age=(\d{1,9})/i.exec(cacheControl)?.[1]
  if (seconds === undefined) return 60 * minute
  return Math.min(longest, Math.max(5 * minute, Number(seconds) * 1000))
}

function unreadable(): OAuthError {
  return new OAuthError('invalid_client', 'The metadata of this client cannot be read or is not right', { status: 401 })
}

function busy(): OAuthError {
  return new OAuthError('temporarily_unavailable', 'Too many clients are being looked up', { status: 503 })
}
