import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Credentials, Failure, printJson } from '@gatehouse/core'
import type { View } from './endpoint.js'
import type { MirrorHeaders } from './mirror-headers.js'

/** What the transport itself refuses, in the shape that REST has for it. */
export function sendFailure(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  failure: Failure,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { code, status, message, hint } = failure
  const error = { code, status_code: status, message, hint, request_id: headers['X-Request-Id'] }
  const retry = failure.retryAfter === undefined ? {} : { 'Retry-After': String(failure.retryAfter) }
  const body = printJson({ error })
  response.writeHead(status, { ...headers, ...retry, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(body)
}

/** Why a request cannot be one of ours, from its headers alone. */
export function unfit({ method, headers }: IncomingMessage): Failure | undefined {
  if (method !== 'POST') return new Failure('method_not_allowed', 'An MCP endpoint takes POST only')
  const type = headers['content-type'] ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return new Failure('unsupported_media_type', 'Content-Type is application/json')
  }
  const accept = headers.accept ?? '*/*'
  if (!/json|text\/event-stream|\*\/\*|application\/\*/.test(accept)) {
    return new Failure('not_acceptable', 'Accept names application/json and text/event-stream')
  }
  return undefined
}

/** The headers of a connection's last request that say who sends it, and what was read from them. */
interface Shown {
  readonly authorization: string | undefined
  readonly apiKey: string | undefined
  readonly credentials: Credentials
}
const shown = new WeakMap<Socket, Shown>()

/**
 * `Authorization: Bearer`, or `X-API-Key` where the endpoint takes keys. Never anything of the URL. The same object for
 * as long as a connection shows the same, so that what is derived from it is derived once.
 */
export function credentialsOf(request: IncomingMessage, { endpoint, settings }: View, home?: string): Credentials {
  const { authorization } = request.headers
  const apiKey = (settings.api_keys && headerOf(request, 'x-api-key')) || undefined
  const last = shown.get(request.socket)
  if (
    last &&
    last.authorization === authorization &&
    last.apiKey === apiKey &&
    last.credentials.endpoint === endpoint &&
    last.credentials.home === home
  ) {
    return last.credentials
  }
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  const address = request.socket.remoteAddress
  const credentials: Credentials = {
    ...(apiKey !== undefined && { apiKey }),
    ...(bearer !== undefined && { bearer }),
    ...(address !== undefined && { address }),
    endpoint,
    ...(home !== undefined && { home }),
  }
  shown.set(request.socket, { authorization, apiKey, credentials })
  return credentials
}

export function mirrorHeadersOf(request: IncomingMessage): MirrorHeaders {
  return {
    version: headerOf(request, 'mcp-protocol-version'),
    method: headerOf(request, 'mcp-method'),
    name: headerOf(request, 'mcp-name'),
    param: (name) => headerOf(request, `mcp-param-${name.toLowerCase()}`),
  }
}

export function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
