import { Failure } from '@gatehouse/core'

/** Where the store is. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }
  | {
      readonly kind: 'mysql'
      readonly host: string
      readonly port: number
      readonly user: string
      readonly password: string
      readonly database: string
      /** `?ssl=true`. */
      readonly ssl: boolean
    }

/**
 * Reads `sqlite:PATH`, `postgres://user:password@host:port/database` or `mysql://...` (percent-encoded where needed).
 * Throws `invalid`; the message never holds the URL, since that may hold a password.
 */
export function storeLocation(url: string): StoreLocation {
  const scheme = url.slice(0, url.indexOf(':'))
  switch (scheme) {
    case 'sqlite': {
      const path = url.slice('sqlite:'.length)
      if (path === '') throw invalid('`sqlite:` needs the path of a file')
      return { kind: 'sqlite', path }
    }
    case 'postgres':
    case 'postgresql':
      parse(url)
      return { kind: 'postgres', url }
    case 'mysql':
    case 'mariadb': {
      const { hostname, port, username, password, pathname, searchParams } = parse(url)
      return {
        kind: 'mysql',
        host: hostname.replaceAll(/^\[|\]$/g, ''),
        port: port === '' ? 3306 : Number(port),
        user: decodeURIComponent(username),
        password: decodeURIComponent(password),
        database: decodeURIComponent(pathname.slice(1)),
        ssl: searchParams.get('ssl') === 'true',
      }
    }
    default:
      throw invalid('It begins with sqlite:, postgres:// or mysql://')
  }
}

function parse(url: string): URL {
  try {
    return new URL(url)
  } catch {
    throw invalid('It is not a URL; characters such as @ / # in a password are written %40 %2F %23')
  }
}

function invalid(hint: string): Failure {
  return new Failure('invalid', 'The URL of the store is wrong', { hint })
}
