import { connectStringOf, invalidConnection, type OracleTarget } from './config.js'

/**
 * Passwords come as people paste them: `@`, `/`, `#`, `%` and `?` may stand in them unencoded, so the last `@` ends the
 * credentials and the first `:` the user's name. What is percent-encoded is decoded. `oracles://` is TLS.
 */
export function fromUrl(url: string): OracleTarget {
  const scheme = /^(oracle|oracles):\/\//i.exec(url)
  if (!scheme) throw invalidConnection('a URL that starts with oracle:// or oracles://')
  const rest = url.slice(scheme[0].length)
  const at = rest.lastIndexOf('@')
  const credentials = at < 0 ? '' : rest.slice(0, at)
  const place = /^(\[[^\]]+\]|[^:/?#]*)(?::(\d{1,5}))?\/([^/?#]+)$/.exec(rest.slice(at + 1))
  if (!place) throw invalidConnection('a URL with a host and a service name')
  const colon = credentials.indexOf(':')
  const user = decoded(colon < 0 ? credentials : credentials.slice(0, colon))
  if (user === '') throw invalidConnection('a URL with a user')
  return {
    connectString: connectStringOf({
      host: decoded(place[1] ?? '') || 'localhost',
      port: place[2],
      service: decoded(place[3] ?? ''),
      tls: scheme[1]?.toLowerCase() === 'oracles',
    }),
    user,
    password: colon < 0 ? undefined : decoded(credentials.slice(colon + 1)),
  }
}

/** Percent-encoding undone where it is one; a lone `%` stays as it is. */
function decoded(text: string): string {
  if (!/^(?:[^%]|%[\da-f]{2})*$/i.test(text)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
