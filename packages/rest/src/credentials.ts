import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Credentials } from '@gatehouse/core'

type HeaderValue = string | string[] | undefined

/** The headers of a connection's last request that say who sends it, and what was read from them. */
interface Shown {
  readonly apiKey: HeaderValue
  readonly authorization: string | undefined
  readonly session: HeaderValue
  readonly credentials: Credentials
}
const shown = new WeakMap<Socket, Shown>()

/**
 * What a request shows to say who sends it: headers only, never the query string, which ends up in logs. The same
 * object for as long as a connection shows the same, so that what is derived from it is derived once.
 */
export function credentialsOf({ headers, socket }: IncomingMessage): Credentials {
  const apiKey = headers['x-api-key'] || headers['x-dreamfactory-api-key']
  const { authorization } = headers
  const session = headers['x-dreamfactory-session-token']
  const last = shown.get(socket)
  if (last && last.apiKey === apiKey && last.authorization === authorization && last.session === session) {
    return last.credentials
  }
  const credentials: { -readonly [K in keyof Credentials]: Credentials[K] } = {}
  if (typeof apiKey === 'string') credentials.apiKey = apiKey
  if (authorization !== undefined) readAuthorization(authorization, credentials)
  if (typeof session === 'string' && session !== '') credentials.bearer ??= session
  const address = socket.remoteAddress
  if (address !== undefined) credentials.address = address
  shown.set(socket, { apiKey, authorization, session, credentials })
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
