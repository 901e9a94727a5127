import { Failure, type IdentityStore, type SignIn, type StoredUser } from '@gatehouse/core'
import { createLockout } from './lockout.js'
import type { Passwords } from './passwords.js'
import { actingIn, signedIn } from './user-principal.js'

export interface LocalSignIn extends SignIn {
  /** As `password`, with the user as the store has it. */
  user(name: string, password: string, address: string | undefined): Promise<StoredUser>
  /** That it is the password of this very local user, and of nobody else of the name. Throws as `user` does. */
  confirm(user: StoredUser, password: string, address: string | undefined): Promise<void>
  /** For a code in the place of the password. */
  userByCode(
    name: string,
    address: string | undefined,
    use: (user: StoredUser) => Promise<boolean>,
  ): Promise<StoredUser>
}

/** The same words for an unknown name, a wrong password and a user who may not sign in. */
export function wrongCredentials(): Failure {
  return new Failure('unauthenticated', 'These credentials are not valid')
}

/**
 * The local users of one tenant. `elsewhere`: others who have a password, asked for whatever is no local user's, also
 * where there is a local user of the name: so an answer takes as long for names that exist as for others.
 */
export function createLocalSignIn(
  store: IdentityStore,
  passwords: Passwords,
  now = Date.now,
  elsewhere?: (name: string, password: string) => Promise<StoredUser | undefined>,
): Omit<LocalSignIn, 'providers' | 'begin' | 'finish'> {
  const lockout = createLockout(store, now)

  async function attempt(
    name: string,
    address: string | undefined,
    find: () => Promise<StoredUser | undefined>,
  ): Promise<StoredUser> {
    const counted = await lockout.begin(name, address)
    // Also what a directory could not say is counted: else guesses at passwords would be free while one is away.
    const user = await find()
    if (!user?.active) throw wrongCredentials()
    // A person of a directory may have the name of a local user, whose failures are not theirs to forgive.
    await counted.succeeded(user.provider === 'local')
    return user
  }

  const localUser = async (name: string) => {
    const user = await store.findUser(name)
    return user?.provider === 'local' ? user : undefined
  }
  const byPassword = (name: string, password: string, address: string | undefined) =>
    attempt(name, address, async () => {
      const user = await localUser(name)
      if (await passwords.check(password, user?.passwordHash)) return user
      return elsewhere?.(name, password)
    })

  return {
    user: byPassword,
    async confirm({ id, name }, password, address) {
      await attempt(name, address, async () => {
        const user = await store.user(id)
        return (await passwords.check(password, user?.passwordHash)) ? user : undefined
      })
    },
    userByCode: (name, address, use) =>
      attempt(name, address, async () => {
        const user = await localUser(name)
        return user && (await use(user)) ? user : undefined
      }),
    async password(name, password, { address, tenant }) {
      if (tenant !== store.tenant) throw wrongCredentials()
      const user = await byPassword(name, password, address)
      await store.noteSignIn(user.id, new Date(now()).toISOString())
      return signedIn(user, tenant, await store.memberships(user.id))
    },
    async current(userId, tenant) {
      const user = await store.user(userId)
      if (!user?.active) return undefined
      const memberships = await store.memberships(userId)
      const person = signedIn(user, store.tenant, memberships)
      return tenant === store.tenant ? person : actingIn(person, tenant, memberships)
    },
  }
}
