import type { Failure } from './failure.js'
import type { JsonObject } from './json.js'
import type { Credentials } from './principal.js'
import type { SignedIn } from './sign-in.js'

/** Where a request came from: for locks, and for the list of sessions. */
export interface From {
  readonly address?: string
  /** Its User-Agent. */
  readonly client?: string
}

/**
 * What a person does with the own account over REST: sessions and the password. Each throws `unauthenticated` where the
 * credentials do not fit, in the same words whatever is wrong with them, and `limited` after too many failures.
 */
export interface Accounts {
  /** A new session: its token and the profile. `admin`: only for who may do everything. */
  signIn(user: string, password: string, from: From, admin: boolean): Promise<OpenedSession>
  /** The profile of who calls. */
  profile(credentials: Credentials): Promise<JsonObject>
  /** A session in the place of the one that is shown, which ends. */
  renew(credentials: Credentials, from: From): Promise<OpenedSession>
  /**
   * Ends the session that is shown, on every replica. Answers where a browser ends it at the provider too, where there is
   * such a place. `back`: where the browser is to come back to, one of `providers.mayReturnTo`.
   */
  signOut(credentials: Credentials, back?: string): Promise<string | undefined>
  /** Ends all other sessions of the user. Throws `invalid` for a password that the policy refuses. */
  changePassword(credentials: Credentials, old: string, password: string): Promise<void>
  /** With a code that an administrator made. Ends all sessions of the user. */
  resetPassword(user: string, code: string, password: string, from: From): Promise<void>
  /** Sign-in by outside providers. */
  readonly providers: ProviderAccounts
}

/** Sessions by outside providers, for browsers that go there and come back. */
export interface ProviderAccounts {
  /** For buttons: each with the address that a browser begins at. */
  list(): readonly JsonObject[]
  /** Off to a provider. Throws `not_found`, `invalid` for a place that nobody may return to, `limited`, `unavailable`. */
  begin(provider: string, asked: ProviderQuestion): Promise<{ readonly url: string; readonly setCookie?: string }>
  /**
   * Keeps an answer that was posted, since browsers send no cookies with forms of other sites. Answers where the browser
   * is to go with it. Throws `unauthenticated`, `limited`.
   */
  hold(provider: string, form: Readonly<Record<string, string>>, from: From): Promise<string>
  /** The answer of a provider. `query` is what stands behind the question mark. Throws `unauthenticated`. */
  finish(provider: string, query: string, browser: BrowserCookies): Promise<ProviderOutcome>
  /** The session for a code that `finish` sent the browser on with. `verifier`: of the challenge that it began with. */
  exchange(code: string, verifier: string | undefined, from: From): Promise<OpenedSession>
  /** What an administrator of the provider needs to know of us. Throws `not_found` where there is no such thing. */
  metadata(provider: string): { readonly type: string; readonly text: string }
  /** Throws `invalid` for an address at which no provider's people may come back. */
  mayReturnTo(address: string): string
}

export interface ProviderQuestion {
  /** Where the browser goes with a code for the session. Absent: the session itself is answered. */
  readonly returnTo?: string
  /** PKCE (S256) for that code: only who knows the verifier gets the session. */
  readonly challenge?: string
  readonly from: From
  /** The `Cookie` header. */
  readonly cookie: string | undefined
}

export interface BrowserCookies {
  readonly cookie: string | undefined
  readonly from: From
}

export type ProviderOutcome =
  | { readonly kind: 'session'; readonly opened: OpenedSession }
  /** The browser goes on there. */
  | { readonly kind: 'redirect'; readonly url: string }
  /** Not for REST: whoever began it answers the request itself. */
  | { readonly kind: 'elsewhere'; readonly flow: ProviderFlowEnd }

/** The end of a flow that another surface began, with its own state. */
export type ProviderFlowEnd = { readonly state: string } & (
  | { readonly signedIn: SignedIn }
  | { readonly failure: Failure }
)

export interface OpenedSession {
  readonly token: string
  /** `session_token`, `session_id`, `expires`, and the profile. */
  readonly answer: JsonObject
}
