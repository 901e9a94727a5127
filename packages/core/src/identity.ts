import type { JsonValue } from './json.js'
import type { ProviderStore } from './provider-store.js'

/** A user as the store keeps it: of one tenant, and never with more than a hash of the password. */
export interface StoredUser {
  readonly id: string
  /** As it was given; users are found by it whatever its case. */
  readonly name: string
  readonly email?: string
  readonly label?: string
  /** Absent for people of outside providers, and until a first password is set. */
  readonly passwordHash?: string
  /** `local`, or the provider that vouches for the user. */
  readonly provider: string
  /** Whom the provider means; absent for local users. */
  readonly subject?: string
  /** What the provider said at last, as far as roles and attributes need it; absent for local users. */
  readonly claims?: Readonly<Record<string, JsonValue>>
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, JsonValue>>
  readonly active: boolean
  /** Another one whenever all sessions were closed: what was signed in before is over. */
  readonly epoch: number
  /** ISO 8601. */
  readonly lastSignIn?: string
}

/** What a user of the default tenant may do in another one. */
export interface Membership {
  /** The name of the other tenant. */
  readonly tenant: string
  /** Roles of that tenant. */
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, JsonValue>>
}

/** A sign-in that lasts. Found by the hash of what its token holds, so that the store alone opens none. */
export interface StoredSession {
  readonly id: string
  readonly hash: string
  readonly userId: string
  readonly provider: string
  /** ISO 8601: from when a renewal is counted. */
  readonly created: string
  readonly expires: string
  readonly address?: string
  readonly client?: string
  /** Sealed: what the provider wants to have when the session ends there too. */
  readonly signOutHint?: string
}

/** Failed sign-ins of one name or from one address. */
export interface Attempts {
  readonly failures: number
  /** Milliseconds since 1970; none is tried before. */
  readonly until: number
}

/** What signing in needs of the store, of one tenant. Its own data is all that a tenant's handle reaches. */
export interface IdentityStore extends ProviderStore {
  readonly tenant: string
  findUser(name: string): Promise<StoredUser | undefined>
  user(id: string): Promise<StoredUser | undefined>
  /** Where else the user may act: in order of the tenants' names, none but in the default tenant. */
  memberships(userId: string): Promise<readonly Membership[]>
  setPassword(userId: string, hash: string): Promise<void>
  noteSignIn(userId: string, at: string): Promise<void>

  openSession(session: Omit<StoredSession, 'id'>): Promise<StoredSession>
  /** With its user, in one question. */
  session(hash: string): Promise<{ readonly session: StoredSession; readonly user: StoredUser } | undefined>
  /** False when it was not there. */
  closeSession(hash: string): Promise<boolean>
  /** All sessions of a user, but for one. */
  closeSessions(userId: string, but?: string): Promise<void>
  /** Forgets sessions, codes and attempts that are over. */
  sweep(now: number): Promise<void>

  attempts(subject: string): Promise<Attempts | undefined>
  /** Writes the next count where it is still `before`; false where another process was quicker. */
  noteAttempt(subject: string, before: Attempts | undefined, next: Attempts): Promise<boolean>
  clearAttempts(subject: string): Promise<void>

  /** A code is good once: true where it was there, and now is gone. */
  useResetCode(userId: string, hash: string, now: string): Promise<boolean>
}

/** `access`: roles, keys, services, limits, endpoints, tenants. `users`: users and sessions. */
export type ChangeTopic = 'access' | 'users'

/** Tells other processes, and hears from them. */
export interface Changes {
  /** `about` says what it was about, where that is known. Counts the change in the store, tells who listens here, then the other processes. */
  announce(tenant: string, topic: ChangeTopic, about?: string): Promise<void>
  /** Called for each change, also for those of other processes; without `about` anything of the topic may be new. */
  listen(tenant: string, topic: ChangeTopic, heard: (about: string | undefined) => void | Promise<void>): () => void
}
