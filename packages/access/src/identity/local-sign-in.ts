import { Failure, type IdentityStore, type SignIn, type StoredUser } from '@gatehouse/core'
import { createLockout } from './lockout.js'
import type { Passwords } from './passwords.js'
import { signedIn } from './user-principal.js'

export interface LocalSignIn extends SignIn {
  /** As `password`, with the user as the store has it. */
  user(name: string, password: string, address: string | undefined): Promise<StoredUser>
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

/** The local users of one tenant. */
export function createLocalSignIn(store: IdentityStore, passwords: Passwords, now = Date.now): LocalSignIn {
  const lockout = createLockout(store, now)

  async function attempt(
    name: string,
    address: string | undefined,
    check: (user: StoredUser | undefined) => Promise<boolean>,
  ): Promise<StoredUser> {
    await lockout.begin(name, address)
    const user = await store.findUser(name)
    const right = await check(user)
    if (!right || !user?.active) throw wrongCredentials()
    await lockout.succeeded(name, address)
    return user
  }

  const byPassword = (name: string, password: string, address: string | undefined) =>
    attempt(name, address, (user) => {
      const hash = user?.provider === 'local' ? user.passwordHash : undefined
      return passwords.check(password, hash)
    })

  return {
    user: byPassword,
    userByCode: (name, address, use) => attempt(name, address, async (user) => (user ? use(user) : false)),
    async password(name, password, { address, tenant }) {
      if (tenant !== store.tenant) throw wrongCredentials()
      const user = await byPassword(name, password, address)
      await store.noteSignIn(user.id, new Date(now()).toISOString())
      return signedIn(user, tenant)
    },
    providers: () => [],
    async begin() {
      throw new Failure('not_found', 'There is no such provider')
    },
    async finish() {
      throw wrongCredentials()
    },
    async current(userId, tenant) {
      if (tenant !== store.tenant) return undefined
      const user = await store.user(userId)
      return user?.active ? signedIn(user, tenant) : undefined
    },
  }
}
