import type { IncomingMessage } from 'node:http'
import type { Credentials } from '@gatehouse/core'

/** What a request shows to say who sends it: headers only, never the query string, which ends up in logs. */
export function credentialsOf(request: IncomingMessage): Credentials {
  const { headers } = request
  const credentials: { -readonly [K in keyof Credentials]: Credentials[K] } = {}
  const apiKey = headers['x-api-key'] || headers['x-dreamfactory-api-key']
  if (typeof apiKey === 'string') credentials.apiKey = apiKey
  const { authorization } = headers
  if (authorization !== undefined) readAuthorization(authorization, credentials)
  const session = headers['x-dreamfactory-session-token']
  if (typeof session === 'string' && session !== '') credentials.bearer ??= session
  const address = request.socket.remoteAddress
  if (address !== undefined) credentials.address = address
  return credentials
}

function readAuthorization(authorization: string, credentials: { -readonly [K in keyof Credentials]: Credentials[K] }) {
  const space = authorization.indexOf(' ')
  const scheme = authorization.slice(0, Math.max(space, 0)).toLowerCase()
  const rest = authorization.slice(space + 1).trim()
  if (rest === '') return
  if (scheme === 'bearer') credentials.bearer = rest
  else if (scheme === 'basic') {
    // RFC 7617: base64 of `user:password` in UTF-8.
    const decoded = Buffer.from(rest, 'base64').toString('utf8')
    const colon = decoded.indexOf(':')
    if (colon >= 0) credentials.basic = { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
  }
}
