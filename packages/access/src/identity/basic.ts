import { createHmac, randomBytes } from 'node:crypto'
import type { Changes, Credentials, IdentityStore, Principal, StoredUser } from '@gatehouse/core'
import { Lookups } from '../lookups.js'
import { userPrincipal } from './user-principal.js'

const rememberedMs = 60_000

export interface BasicAuthenticator {
  authenticate(basic: NonNullable<Credentials['basic']>, address: string | undefined): Principal | Promise<Principal>
  close(): void
}

/**
 * HTTP Basic (RFC 7617). A password costs a tenth of a second to check, so one that was right is remembered for a
 * minute, by a keyed hash under a key that this process alone has, until anything of its user changes.
 */
export function createBasic(
  store: IdentityStore,
  changes: Changes,
  check: (name: string, password: string, address: string | undefined) => Promise<StoredUser>,
  now = Date.now,
): BasicAuthenticator {
  const key = randomBytes(32)
  const known = new Lookups<{ principal: Principal; userId: string; until: number }>(10_000, now)
  const stop = changes.listen(store.tenant, 'users', (about) => {
    if (about?.startsWith('session:')) return
    const id = about?.startsWith('user:') ? about.slice('user:'.length) : undefined
    if (id === undefined) known.clear()
    else known.forgetWhere(({ userId }) => userId === id)
  })
  return {
    authenticate({ user, password }, address) {
      const digest = createHmac('sha256', key)
        .update(JSON.stringify([user, password]))
        .digest('base64')
      const entry = known.get(digest)
      if (entry) return entry.principal
      // Each try counts for the lock-out, so none shares the answer of another.
      const checked = known.find(digest, async () => {
        const found = await check(user, password, address)
        return { principal: userPrincipal(found, store.tenant), userId: found.id, until: now() + rememberedMs }
      })
      return checked.then(({ principal }) => principal)
    },
    close: stop,
  }
}
