import type { JsonObject } from './json.js'
import type { Credentials } from './principal.js'

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
  /** Ends the session that is shown, on every replica. */
  signOut(credentials: Credentials): Promise<void>
  /** Ends all other sessions of the user. Throws `invalid` for a password that the policy refuses. */
  changePassword(credentials: Credentials, old: string, password: string): Promise<void>
  /** With a code that an administrator made. Ends all sessions of the user. */
  resetPassword(user: string, code: string, password: string, from: From): Promise<void>
}

export interface OpenedSession {
  readonly token: string
  /** `session_token`, `session_id`, `expires`, and the profile. */
  readonly answer: JsonObject
}
