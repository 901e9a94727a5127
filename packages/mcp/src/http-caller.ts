import type { IncomingMessage, ServerResponse } from 'node:http'
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

/** `Authorization: Bearer`, or `X-API-Key` where the endpoint takes keys. Never anything of the URL. */
export function credentialsOf(request: IncomingMessage, view: View): Credentials {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const apiKey = (view.settings.api_keys && headerOf(request, 'x-api-key')) || undefined
  const address = request.socket.remoteAddress
  return {
    ...(apiKey !== undefined && { apiKey }),
    ...(bearer !== undefined && { bearer }),
    ...(address !== undefined && { address }),
    endpoint: view.endpoint,
  }
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
