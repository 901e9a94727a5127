import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Request, Response } from 'express'
import { OAuthError } from './oauth-error.js'
import type { Sealer } from './sealer.js'

/** Who is signed in at these pages, in one browser. */
export interface Person {
  readonly userId: string
  readonly name: string
}

/** What we know of the browser that sends a request, by its cookies. */
export interface Browser {
  /** A random text that no other browser knows: flows are bound to it. */
  readonly id: string
  readonly person: Person | undefined
}

export interface Browsers {
  /** A browser that comes for the first time gets its id with the answer. */
  of(request: Request, response: Response): Browser
  /** From now on it is the person's, for a quarter of an hour; under a new id, so that one that was planted before is worth nothing. */
  signIn(response: Response, person: Person): void
  signOut(response: Response): void
  /** What a form has to send back: good for one browser, one deed and one request. */
  token(browser: Browser, deed: string, subject: string): string
  /** Throws where a form does not come from a page of ours, shown to this very browser for this very request. */
  check(request: Request, browser: Browser, deed: string, subject: string, token: string | undefined): void
}

/** Long enough to sign in, decide, and be asked for more a little later; short, since nothing can call it back. */
const signedInMs = 15 * 60_000

/** `__Host-` cookies where the server is reached by https: no other host and no unencrypted page can set them. */
export function createBrowsers(issuer: string, key: Uint8Array, sealer: Sealer, now: () => number): Browsers {
  const { protocol, origin } = new URL(issuer)
  const secure = protocol === 'https:'
  const prefix = secure ? '__Host-' : ''
  const names = { browser: `${prefix}gatehouse_browser`, person: `${prefix}gatehouse_person` }
  const signing = new Uint8Array(hkdfSync('sha256', key, 'gatehouse', 'oauth forms', 32))

  const set = (response: Response, name: string, value: string, maxAge?: number) => {
    response.cookie(name, value, {
      httpOnly: true,
      sameSite: 'lax',
      secure,
      path: '/',
      encode: String,
      ...(maxAge !== undefined && { maxAge }),
    })
  }
  const sign = ({ id, person }: Browser, deed: string, subject: string): string =>
    createHmac('sha256', signing)
      .update(JSON.stringify([id, person?.userId ?? '', deed, subject]))
      .digest('base64url')

  return {
    of(request, response) {
      const cookies = cookiesOf(request.headers.cookie)
      let id = cookies.get(names.browser)
      if (id === undefined || !/^[\w-]{43}$/.test(id)) {
        id = randomBytes(32).toString('base64url')
        set(response, names.browser, id)
        return { id, person: undefined }
      }
      const held = sealer.open(`person of ${id}`, cookies.get(names.person) ?? '')
      const person = held && { userId: String(held.userId), name: String(held.name) }
      return { id, person }
    },
    signIn(response, { userId, name }) {
      const id = randomBytes(32).toString('base64url')
      set(response, names.browser, id)
      set(response, names.person, sealer.seal(`person of ${id}`, { userId, name }, now() + signedInMs), signedInMs)
    },
    signOut(response) {
      set(response, names.person, '', 0)
    },
    token: sign,
    check(request, browser, deed, subject, token) {
      if (!fromOwnPage(request, origin)) throw forged()
      const expected = Buffer.from(sign(browser, deed, subject))
      const given = Buffer.from(token ?? '')
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw forged()
    },
  }
}

/** What browsers say by themselves of where a form was sent from; other programs say nothing. */
function fromOwnPage(request: Request, own: string): boolean {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  return (origin === undefined || origin === own) && (site === undefined || site === 'same-origin' || site === 'none')
}

function forged(): OAuthError {
  return new OAuthError('invalid_request', 'This form is not from the page that you were shown. Please start again', {
    status: 403,
  })
}

function cookiesOf(header: string | undefined): ReadonlyMap<string, string> {
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
