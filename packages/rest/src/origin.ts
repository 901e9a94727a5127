import type { IncomingMessage } from 'node:http'
import { Failure } from '@gatehouse/core'
import type { RestOptions } from './options.js'

/** What a browser page may read and send; empty for all other clients. */
type OriginHeaders = readonly string[]

const exposed = [
  'X-Request-Id',
  'ETag',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Server-Timing',
  'Idempotent-Replayed',
  'Content-Disposition',
  'X-Page-Meta',
  'Accept-Ranges',
  'Content-Range',
  'Last-Modified',
  'Allow',
].join(', ')
const sent = [
  'Authorization',
  'X-API-Key',
  'X-DreamFactory-API-Key',
  'X-DreamFactory-Session-Token',
  'Content-Type',
  'Accept',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-Range',
  'Range',
  'Idempotency-Key',
  'X-HTTP-Method',
  'X-HTTP-Method-Override',
  'X-Request-Id',
].join(', ')
export const allMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** The guard at the door: which host names a request may be for, and which pages may send it. */
export interface Door {
  /** Throws `forbidden` for a host that is not ours: someone pointed a name of theirs at this address. */
  host(request: IncomingMessage): void
  /** Headers for the page that sends the request. Throws `forbidden` for a page of an origin that is not allowed. */
  origin(request: IncomingMessage): OriginHeaders
}

const none: OriginHeaders = []

export function createDoor(options: Pick<RestOptions, 'allowedHosts' | 'cors' | 'publicUrl'>): Door {
  const hosts = new Set(options.allowedHosts.map((host) => bare(host.toLowerCase())))
  const origins = new Set(options.cors?.origins)
  const own = new URL(options.publicUrl).origin
  // Clients send the same Host again and again.
  const known = new Map<string, boolean>()
  const allows = (host: string) => {
    let allowed = known.get(host)
    if (allowed === undefined) {
      allowed = hosts.has('*') || hosts.has(hostName(host))
      if (known.size < 1000) known.set(host, allowed)
    }
    return allowed
  }
  return {
    host({ headers: { host } }) {
      if (host !== undefined && allows(host)) return
      throw new Failure('forbidden', 'This server does not answer for the host in the Host header', {
        hint: 'An administrator can add it to server.allowed_hosts',
      })
    },
    origin({ headers: { origin, host } }) {
      if (origin === undefined) return none
      if (origins.has('*')) return ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', exposed]
      if (origins.has(origin)) {
        return ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', exposed, 'Vary', 'Origin']
      }
      if (origin === own || origin === `http://${host}` || origin === `https://${host}`) return none
      throw new Failure('forbidden', 'Pages of this origin may not call', {
        hint: 'An administrator can add the origin to server.cors.origins',
      })
    },
  }
}

/** `[::1]:8080` -> `::1`, `Example.com:80` -> `example.com` */
function hostName(host: string): string {
  const colon = host.lastIndexOf(':')
  const name = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
  return bare(name.toLowerCase())
}

function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

/** What a browser asks before it sends a request from another origin. */
export const preflightHeaders: readonly string[] = [
  'Access-Control-Allow-Methods',
  allMethods,
  'Access-Control-Allow-Headers',
  sent,
  'Access-Control-Max-Age',
  '600',
]
