import { placeOf, splitUrl } from '../connection-url.js'
import { connectStringOf, invalidConnection, type OracleTarget } from './config.js'

/** `oracles://` is TLS. */
export function fromUrl(url: string): OracleTarget {
  const split = splitUrl(url)
  if (!split || !/^oracles?$/.test(split.scheme)) {
    throw invalidConnection('a URL that starts with oracle:// or oracles://')
  }
  const place = placeOf(split.place)
  if (!place?.path || place.options.size > 0) throw invalidConnection('a URL with a host and a service name')
  const { scheme, user, password } = split
  if (user === '') throw invalidConnection('a URL with a user')
  const host = place.host.includes(':') ? `[${place.host}]` : place.host || 'localhost'
  return {
    connectString: connectStringOf({ host, port: place.port, service: place.path, tls: scheme === 'oracles' }),
    user,
    password,
  }
}
