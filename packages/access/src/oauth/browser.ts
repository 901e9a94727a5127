import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { cookieRules, cookiesOf, cookieText, createBrowserCookie } from '../browser-cookie.js'
import { OAuthError } from './oauth-error.js'
import type { Sealer } from './sealer.js'

/** Who is signed in at these pages, in one browser. */
export interface Person {
  readonly userId: string
  /** That of the user when they signed in: where it is another one now, they are signed in no more. */
  readonly epoch: number
}

/** What we know of the browser that sends a request, by its cookies. */
export interface Browser {
  /** A random text that no other browser knows: flows are bound to it. */
  readonly id: string
  readonly person: Person | undefined
}

export interface Browsers {
  /** A browser that comes for the first time gets its id with the answer. */
  of(request: IncomingMessage, response: ServerResponse): Browser
  /** From now on it is the person's, for a quarter of an hour; under a new id, so that one that was planted before is worth nothing. */
  signIn(response: ServerResponse, person: Person): void
  signOut(response: ServerResponse): void
  /** What a form has to send back: good for one browser, one deed and one request. */
  token(browser: Browser, deed: string, subject: string): string
  /** Throws where a form does not come from a page of ours, shown to this very browser for this very request. */
  check(request: IncomingMessage, browser: Browser, deed: string, subject: string, token: string | undefined): void
}

/** Long enough to sign in, decide, and be asked for more a little later. */
const signedInMs = 15 * 60_000

export function createBrowsers(issuer: string, key: Uint8Array, sealer: Sealer, now: () => number): Browsers {
  const { origin } = new URL(issuer)
  const { prefix, secure } = cookieRules(issuer)
  const own = createBrowserCookie(issuer)
  const personCookie = `${prefix}gatehouse_person`
  const signing = new Uint8Array(hkdfSync('sha256', key, 'gatehouse', 'oauth forms', 32))

  const anew = (response: ServerResponse): string => {
    const { id, header } = own.make()
    response.appendHeader('Set-Cookie', header)
    return id
  }
  const setPerson = (response: ServerResponse, value: string, maxAgeMs: number) => {
    response.appendHeader('Set-Cookie', cookieText(personCookie, value, secure, maxAgeMs / 1000))
  }
  const sign = ({ id, person }: Browser, deed: string, subject: string): string =>
    createHmac('sha256', signing)
      .update(JSON.stringify([id, person?.userId ?? '', deed, subject]))
      .digest('base64url')

  return {
    of(request, response) {
      const id = own.of(request.headers.cookie)
      if (id === undefined) return { id: anew(response), person: undefined }
      const sealed = cookiesOf(request.headers.cookie).get(personCookie)
      const held = sealer.open(`person of ${id}`, sealed ?? '')
      const person = held && { userId: String(held.userId), epoch: Number(held.epoch) }
      return { id, person }
    },
    signIn(response, { userId, epoch }) {
      const id = anew(response)
      setPerson(response, sealer.seal(`person of ${id}`, { userId, epoch }, now() + signedInMs), signedInMs)
    },
    signOut(response) {
      setPerson(response, '', 0)
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
function fromOwnPage(request: IncomingMessage, own: string): boolean {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  return (origin === undefined || origin === own) && (site === undefined || site === 'same-origin' || site === 'none')
}

function forged(): OAuthError {
  return new OAuthError('invalid_request', 'This form is not from the page that you were shown. Please start again', {
    status: 403,
  })
}
