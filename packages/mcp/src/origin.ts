import type { IncomingMessage } from 'node:http'
import type { McpOptions } from './options.js'

/**
 * Whether a request was meant for us and comes from where it may. A page of another site can make a browser send to a
 * local server under a name of its own (DNS rebinding): its Host and its Origin give it away. Clients that are no
 * browsers send no Origin.
 */
export type OriginCheck = (request: IncomingMessage) => boolean

export function createOriginCheck(
  options: Pick<McpOptions, 'publicUrl' | 'allowedHosts' | 'allowedOrigins'>,
): OriginCheck {
  const own = new URL(options.publicUrl)
  const hosts = new Set([own.host, ...options.allowedHosts].map((host) => host.toLowerCase()))
  const origins = new Set([own.origin, ...options.allowedOrigins])
  // Nearly all requests name the same one.
  let lastKnown: string | undefined
  const knows = (host: string) => {
    if (host === lastKnown) return true
    const known = hosts.has(host) || hosts.has(withoutPort(host))
    if (known) lastKnown = host
    return known
  }
  return ({ headers }) => {
    const host = headers.host?.toLowerCase()
    if (host === undefined || !knows(host)) return false
    const { origin } = headers
    return origin === undefined || origins.has(origin) || origin === `http://${host}` || origin === `https://${host}`
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '')
}

/** What a browser of an allowed origin is told, so that its page may read our answers. */
export function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  if (origin === undefined) return {}
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'WWW-Authenticate, X-Request-Id',
    Vary: 'Origin',
  }
}

export const preflightHeaders = {
  'Access-Control-Allow-Methods': 'POST',
  'Access-Control-Allow-Headers':
    'Accept, Authorization, Content-Type, Mcp-Method, Mcp-Name, MCP-Protocol-Version, X-API-Key',
  'Access-Control-Max-Age': '600',
} as const
