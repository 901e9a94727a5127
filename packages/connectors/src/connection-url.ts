/** A URL that leads to a server, taken apart. */
export interface ConnectionUrl {
  /** In lower case, without its colon. */
  readonly scheme: string
  /** Decoded; empty where there is none. */
  readonly user: string
  /** Decoded; undefined where none is given. */
  readonly password: string | undefined
  /** What is behind the credentials, as it stands. */
  readonly place: string
}

/**
 * Passwords come as people paste them: `@`, `/`, `#`, `%` and `?` may stand in them unencoded, so the last `@` ends the
 * credentials and the first `:` the user's name. What is percent-encoded is decoded. `credentialsEnd` finds another `@`
 * in what is behind `scheme://`, for places in which one may stand. Undefined: it is no such URL.
 */
export function splitUrl(
  url: string,
  credentialsEnd = (rest: string) => rest.lastIndexOf('@'),
): ConnectionUrl | undefined {
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(url)
  if (!scheme?.[1]) return undefined
  const rest = url.slice(scheme[0].length)
  const at = credentialsEnd(rest)
  const credentials = rest.slice(0, Math.max(at, 0))
  const colon = credentials.indexOf(':')
  return {
    scheme: scheme[1].toLowerCase(),
    user: decoded(colon < 0 ? credentials : credentials.slice(0, colon)),
    password: colon < 0 ? undefined : decoded(credentials.slice(colon + 1)),
    place: rest.slice(at + 1),
  }
}

/** `host:port/path?options` of a database. */
export interface Place {
  /** Decoded, without the brackets of an IPv6 address; empty where there is none. */
  readonly host: string
  readonly port: string | undefined
  /** Decoded, without its first slash; empty where there is none. */
  readonly path: string
  readonly options: URLSearchParams
}

/** Undefined: it is something else. */
export function placeOf(place: string): Place | undefined {
  const parts = /^(\[[^\]]+\]|[^:/?#]*)(?::(\d{1,5}))?(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(place)
  if (!parts) return undefined
  const [, host = '', port, path = '', options] = parts
  return {
    host: decoded(host.replace(/^\[(.*)\]$/, '$1')),
    port,
    path: decoded(path),
    options: new URLSearchParams(options),
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
