import { readFileSync } from 'node:fs'
import { portOf } from '../connection-parts.js'
import { placeOf, splitUrl } from '../connection-url.js'
import { invalidConnection, type PostgresTarget, usualPort } from './config.js'

export function fromUrl(url: string): PostgresTarget {
  const split = splitUrl(url)
  if (!split || !/^postgres(ql)?$/.test(split.scheme)) throw invalidConnection('a URL that starts with postgres://')
  const place = placeOf(split.place)
  if (!place) throw invalidConnection('a URL with a host, a port and a database')
  const { options } = place
  const user = split.user || options.get('user')
  if (!user) throw invalidConnection('a URL with a user')
  return {
    host: options.get('host') || place.host || 'localhost',
    port: portOf(place.port ?? options.get('port') ?? undefined, usualPort, invalidConnection),
    database: place.path || options.get('dbname') || user,
    user,
    password: split.password ?? options.get('password') ?? undefined,
    ssl: sslMode(options),
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
