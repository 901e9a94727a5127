import { hash as digest } from 'node:crypto'
import {
  type Accounts,
  type Changes,
  type Credentials,
  Failure,
  type From,
  type IdentityStore,
  type JsonObject,
  type OpenedSession,
  type Principal,
  type StoredSession,
  type StoredUser,
} from '@gatehouse/core'
import { Lookups } from '../lookups.js'
import type { Sealer } from '../oauth/sealer.js'
import { vouchedUntil } from '../providers/marks.js'
import { type LocalSignIn, wrongCredentials } from './local-sign-in.js'
import type { Passwords } from './passwords.js'
import { createSessionTokens, sessionPrefix } from './session-token.js'
import { userPrincipal } from './user-principal.js'

export interface SessionOptions {
  readonly store: IdentityStore
  readonly changes: Changes
  readonly signIn: LocalSignIn
  /** Hides sign-out hints from the store. */
  readonly sealer?: Sealer
  readonly passwords: Passwords
  /** Signs tokens; the same in all processes. */
  readonly key: Uint8Array
  /** Milliseconds that a token is good for. */
  readonly lifetimeMs: number
  /** Milliseconds after which a session is not renewed any more. */
  readonly longestMs: number
  /** May do everything: who may sign in as an administrator. */
  isAdministrator(principal: Principal): boolean
  /** Where a browser ends the session at its provider too; `hint` is that of `openFor`. */
  readonly signOutUrl?: (
    provider: string,
    hint: string | undefined,
    back: string | undefined,
  ) => Promise<string | undefined>
  readonly now?: () => number
}

export interface Sessions extends Omit<Accounts, 'providers'> {
  /** Answers at once for a session that was seen lately. Throws `unauthenticated`, `unavailable`. */
  authenticate(token: string): Principal | Promise<Principal>
  /** A session of a person whom a provider vouched for. */
  openFor(userId: string, from: From, signOutHint: string | undefined): Promise<OpenedSession>
  close(): void
}

/** A session that was looked up, for a minute: what ends it is heard of, and a minute is for what was not. */
interface Known {
  readonly session: StoredSession
  readonly user: StoredUser
  readonly principal: Principal
  readonly until: number
}

const rememberedMs = 60_000
const remembered = 20_000

/** Sessions and the own account of the users of one tenant. */
export function createSessions(options: SessionOptions): Sessions {
  const { store, changes, signIn, passwords, lifetimeMs, longestMs, now = Date.now } = options
  const tokens = createSessionTokens(options.key, store.tenant)
  const known = new Lookups<Known>(remembered, now)

  const stop = changes.listen(store.tenant, 'users', (about) => {
    const [kind, what] = about?.split(':', 2) ?? []
    if (kind === 'session') known.forget(what ?? '')
    else if (kind === 'user') known.forgetWhere(({ user }) => user.id === what)
    else known.clear()
  })

  async function load(hash: string): Promise<Known> {
    const found = await store.session(hash)
    const time = now()
    if (!found?.user.active || Date.parse(found.session.expires) <= time) throw wrongCredentials()
    const { session, user } = found
    const until = Math.min(time + rememberedMs, Date.parse(session.expires))
    return { session, user, principal: userPrincipal(user, store.tenant), until }
  }

  function find(token: string): Known | Promise<Known> {
    const hash = tokens.read(token, now())
    if (hash === undefined) throw wrongCredentials()
    return known.get(hash) ?? known.share(hash, () => load(hash))
  }

  async function shown({ bearer }: Credentials): Promise<Known> {
    if (bearer === undefined || !bearer.startsWith(sessionPrefix)) {
      throw new Failure('unauthenticated', 'A session token is needed here', {
        hint: 'Send the session_token as `Authorization: Bearer` or `X-DreamFactory-Session-Token`',
      })
    }
    return find(bearer)
  }

  async function open(
    user: StoredUser,
    created: number,
    { address, client }: From,
    signOutHint?: string,
  ): Promise<OpenedSession> {
    const expires = Math.min(now() + lifetimeMs, created + longestMs, vouchedUntil(user))
    const { token, hash } = tokens.make(expires)
    const session = await store.openSession({
      hash,
      userId: user.id,
      provider: user.provider,
      created: new Date(created).toISOString(),
      expires: new Date(expires).toISOString(),
      ...(address !== undefined && { address }),
      ...(client !== undefined && { client }),
      ...(signOutHint !== undefined && { signOutHint }),
    })
    const answer = {
      session_token: token,
      // What other programs of this kind read; it opens nothing by itself.
      session_id: session.id,
      expires: session.expires,
      ...profileOf(user),
    }
    return { token, answer }
  }

  function profileOf(user: StoredUser): JsonObject {
    const admin = options.isAdministrator(userPrincipal(user, store.tenant))
    return {
      id: Number(user.id),
      name: user.name,
      label: user.label ?? user.name,
      email: user.email ?? null,
      roles: user.roles,
      is_sys_admin: admin,
      last_login_date: user.lastSignIn ?? null,
      provider: user.provider,
    }
  }

  async function setPassword(user: StoredUser, password: string, but?: string): Promise<void> {
    passwords.judge(password, user)
    await store.setPassword(user.id, await passwords.hash(password))
    await store.closeSessions(user.id, but)
    await changes.announce(store.tenant, 'users', `user:${user.id}`)
  }

  return {
    authenticate(token) {
      const found = find(token)
      return found instanceof Promise ? found.then(({ principal }) => principal) : found.principal
    },
    async signIn(name, password, from, admin) {
      const user = await signIn.user(name, password, from.address)
      if (admin && !options.isAdministrator(userPrincipal(user, store.tenant))) throw wrongCredentials()
      const time = now()
      await store.noteSignIn(user.id, new Date(time).toISOString())
      return open(user, time, from)
    },
    async profile(credentials) {
      return profileOf((await shown(credentials)).user)
    },
    async renew(credentials, from) {
      const { session, user } = await shown(credentials)
      const created = Date.parse(session.created)
      if (created + longestMs <= now()) throw wrongCredentials()
      // Before the session is used up: while a provider cannot be asked, it stays.
      if (!(await signIn.current(user.id, store.tenant, { anew: true }))) throw wrongCredentials()
      // Of two that renew at once, one ends the session and the other finds it ended.
      if (!(await store.closeSession(session.hash))) throw wrongCredentials()
      await changes.announce(store.tenant, 'users', `session:${session.hash}`)
      return open((await store.user(user.id)) ?? user, created, from, session.signOutHint)
    },
    async openFor(userId, from, signOutHint) {
      const user = await store.user(userId)
      if (!user?.active) throw wrongCredentials()
      const time = now()
      const sealed =
        signOutHint === undefined
          ? undefined
          : options.sealer?.seal(hintOf(userId), { hint: signOutHint }, time + longestMs)
      return open(user, time, from, sealed)
    },
    async signOut(credentials, back) {
      const { session } = await shown(credentials)
      await store.closeSession(session.hash)
      await changes.announce(store.tenant, 'users', `session:${session.hash}`)
      const hint = options.sealer?.open(hintOf(session.userId), session.signOutHint ?? '')?.hint
      return options.signOutUrl?.(session.provider, typeof hint === 'string' ? hint : undefined, back)
    },
    async changePassword(credentials, old, password) {
      const { session, user } = await shown(credentials)
      if (user.provider !== 'local') throw new Failure('invalid', `Your password is kept by ${user.provider}`)
      await signIn.confirm(user, old, credentials.address)
      await setPassword(user, password, session.hash)
    },
    async resetPassword(name, code, password, from) {
      const user = await signIn.userByCode(name, from.address, async (found) => {
        // What is wrong with the new password is said only to who has the code, and does not use it up.
        passwords.judge(password, { name })
        return store.useResetCode(found.id, resetCodeHash(code), new Date(now()).toISOString())
      })
      await setPassword(user, password)
    },
    close: stop,
  }
}

const hintOf = (userId: string) => `sign-out hint of ${userId}`

/** What is kept of a code. Spaces and dashes are for the eye. */
export function resetCodeHash(code: string): string {
  return digest('sha256', code.replace(/[\s-]/g, '').toUpperCase())
}
