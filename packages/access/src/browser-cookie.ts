import { randomBytes } from 'node:crypto'

/** The cookie by which flows are bound to one browser: a random text that no other browser knows. */
export interface BrowserCookie {
  /** Of a `Cookie` header; undefined where there is none of ours. */
  of(header: string | undefined): string | undefined
  /** A new one, and the `Set-Cookie` header that keeps it. */
  make(): { readonly id: string; readonly header: string }
}

/** `__Host-` where the server is reached by https: no other host and no unencrypted page can set such cookies. */
export function cookieRules(publicUrl: string): { readonly prefix: string; readonly secure: boolean } {
  const secure = new URL(publicUrl).protocol === 'https:'
  return { prefix: secure ? '__Host-' : '', secure }
}

export function createBrowserCookie(publicUrl: string): BrowserCookie {
  const { prefix, secure } = cookieRules(publicUrl)
  const name = `${prefix}gatehouse_browser`
  return {
    of(header) {
      const id = cookiesOf(header).get(name)
      return id !== undefined && /^[\w-]{43}$/.test(id) ? id : undefined
    },
    make() {
      const id = randomBytes(32).toString('base64url')
      return { id, header: cookieText(name, id, secure) }
    },
  }
}

/** A `Set-Cookie` header; `maxAge` in seconds, absent: until the browser is closed. */
export function cookieText(name: string, value: string, secure: boolean, maxAge?: number): string {
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`
  return `${name}=${value}; Path=/${age}; HttpOnly${secure ? '; Secure' : ''}; SameSite=Lax`
}

export function cookiesOf(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=')
    if (equals < 0) continue
    const name = part.slice(0, equals).trim()
    // The first one of a name counts: it is the one with the longest path, and ours have only one.
    if (!cookies.has(name)) cookies.set(name, part.slice(equals + 1).trim())
  }
  return cookies
}
