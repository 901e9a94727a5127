import { Failure, type JsonObject, type JsonSchema } from '@gatehouse/core'
import { splitUrl } from '../connection-url.js'

/** Where a storage is and as whom to reach it, as the configuration's `connection` says it. */
export interface StorageAddress {
  readonly scheme: string
  /** Without the credentials. */
  readonly url: URL
  readonly host: string
  /** Absent: the scheme's own. */
  readonly port?: number
  readonly user?: string
  readonly password?: string
  /** The folder that is the service's root, as it stands in the URL; `/` where none is named. */
  readonly path: string
}

/** The schema of `connection`, for types that are reached by a URL of these schemes. */
export function connectionSchema(example: string): JsonSchema {
  return {
    title: 'Connection',
    description: example,
    type: 'string',
    minLength: 1,
    format: 'uri',
    writeOnly: true,
  }
}

/** Throws `invalid`, never with any part of the connection in its message: it may hold the password. */
export function addressOf(
  config: JsonObject,
  type: string,
  schemes: readonly string[],
  example: string,
): StorageAddress {
  const { connection } = config
  const refuse = () =>
    new Failure('invalid', `\`connection\` of a service of type ${type} takes a URL`, { hint: example })
  if (typeof connection !== 'string' || /%(?![\da-f]{2})/i.test(connection)) throw refuse()
  const split = splitUrl(connection.trim(), (rest) => {
    const at = credentialsEnd(rest)
    if (at !== undefined) return at
    throw new Failure(
      'invalid',
      `\`connection\` of a service of type ${type} has an \`@\` that may be of the password or of the folder`,
      { hint: `Percent-encode what is not a letter or a digit in user, password and folder: %40 for @. ${example}` },
    )
  })
  if (!split || !schemes.includes(split.scheme)) throw refuse()
  const { scheme, user, password, place } = split
  const { url, path } = placeOf(`${scheme}://${place}`) ?? {}
  if (!url || path === undefined) throw refuse()
  return {
    scheme,
    url,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(user ? { user } : {}),
    ...(password ? { password } : {}),
    path: path || '/',
  }
}

/** Undefined: it leads to no folder. */
function placeOf(text: string): { readonly url: URL; readonly path: string } | undefined {
  try {
    const url = new URL(text)
    if (url.hostname === '' || url.search !== '' || url.hash !== '') return undefined
    return { url, path: decodeURIComponent(url.pathname) }
  } catch {
    return undefined
  }
}

/**
 * Where the credentials end in what is behind `scheme://`; -1: there are none. Both a pasted password and the name of a
 * folder may hold `@` and `/`. Undefined: either may be meant, and the wrong guess would tell the password to another
 * host.
 */
function credentialsEnd(rest: string): number | undefined {
  const last = rest.lastIndexOf('@')
  const byRule = rest.split(/[/?#]/, 1)[0]?.lastIndexOf('@') ?? -1
  const hostByRule = /^(\[[^\]]*\]|[^:/?#]+)(:\d*)?([/?#]|$)/.test(rest.slice(byRule + 1))
  if (last === byRule || !hostByRule) return last
  return rest.slice(0, last).includes(':') ? undefined : byRule
}

/** A text of the configuration, where it is there. */
export function textOf(config: JsonObject, name: string): string | undefined {
  const value = config[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
