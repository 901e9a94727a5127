import type { IncomingMessage } from 'node:http'
import type { Credentials } from '@gatehouse/core'

/** What a request shows to say who sends it: headers only, never the query string, which ends up in logs. */
export function credentialsOf(request: IncomingMessage): Credentials {
  const { headers } = request
  const apiKey = text(headers['x-api-key']) ?? text(headers['x-dreamfactory-api-key'])
  const authorization = headers.authorization
  const bearer = (authorization && after(authorization, 'bearer ')) ?? text(headers['x-dreamfactory-session-token'])
  const basic = authorization && after(authorization, 'basic ')
  const address = request.socket.remoteAddress
  return {
    ...(apiKey !== undefined && { apiKey }),
    ...(bearer !== undefined && bearer !== '' && { bearer }),
    ...(basic && basicOf(basic)),
    ...(address !== undefined && { address }),
  }
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function after(authorization: string, scheme: string): string | undefined {
  if (authorization.length <= scheme.length) return undefined
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) return undefined
  return authorization.slice(scheme.length).trim()
}

/** RFC 7617: base64 of `user:password` in UTF-8. */
function basicOf(encoded: string): Pick<Credentials, 'basic'> {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  return colon < 0 ? {} : { basic: { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) } }
}
