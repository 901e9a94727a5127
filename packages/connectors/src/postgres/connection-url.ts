import { readFileSync } from 'node:fs'
import { invalidConnection, type PostgresTarget, portOf } from './config.js'

/**
 * Passwords come as people paste them: `@`, `/`, `#`, `%` and `?` may stand in them unencoded, so the last `@` ends the
 * credentials and the first `:` the user's name. What is percent-encoded is decoded.
 */
export function fromUrl(url: string): PostgresTarget {
  const scheme = /^postgres(?:ql)?:\/\//i.exec(url)
  if (!scheme) throw invalidConnection('a URL that starts with postgres://')
  const rest = url.slice(scheme[0].length)
  const at = rest.lastIndexOf('@')
  const credentials = at < 0 ? '' : rest.slice(0, at)
  const place = /^(\[[^\]]+\]|[^:/?#]*)(?::(\d{1,5}))?(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(rest.slice(at + 1))
  if (!place) throw invalidConnection('a URL with a host, a port and a database')
  const colon = credentials.indexOf(':')
  const options = new URLSearchParams(place[4] ?? '')
  const user = decoded(colon < 0 ? credentials : credentials.slice(0, colon)) || options.get('user')
  if (!user) throw invalidConnection('a URL with a user')
  const host = decoded((place[1] ?? '').replace(/^\[(.*)\]$/, '$1'))
  return {
    host: options.get('host') || host || 'localhost',
    port: portOf(place[2] ?? options.get('port') ?? undefined),
    database: decoded(place[3] ?? '') || options.get('dbname') || user,
    user,
    password: colon < 0 ? (options.get('password') ?? undefined) : decoded(credentials.slice(colon + 1)),
    ssl: sslMode(options),
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

/** As libpq has it: `require` encrypts without looking at the certificate, `verify-ca` and `verify-full` look at it. */
function sslMode(options: URLSearchParams): PostgresTarget['ssl'] {
  const mode = options.get('sslmode') ?? (options.get('ssl') === 'true' ? 'verify-full' : 'disable')
  const root = options.get('sslrootcert')
  const ca = root === null || root === 'system' ? {} : { ca: certificate(root) }
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      // Without an order to encrypt, none is tried: falling back silently would protect nobody.
      return false
    case 'require':
    case 'no-verify':
      return root === null ? { rejectUnauthorized: false } : { rejectUnauthorized: true, ...ca, ...anyName }
    case 'verify-ca':
      return { rejectUnauthorized: true, ...ca, ...anyName }
    case 'verify-full':
      return { rejectUnauthorized: true, ...ca }
    default:
      throw invalidConnection('`sslmode` disable, require, verify-ca or verify-full')
  }
}

/** The certificate must be of the authority, but may name another host. */
const anyName = { checkServerIdentity: () => undefined }

function certificate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw invalidConnection('a readable file as `sslrootcert`')
  }
}
