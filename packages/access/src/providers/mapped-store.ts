import type { IdentityStore, StoredUser } from '@gatehouse/core'
import { attributesFrom, rolesFrom } from '../claims.js'
import { isOfIssuer } from './marks.js'
import type { Providers } from './open-providers.js'

/**
 * The store, with users of providers as they are by today's configuration: with the roles and attributes that their last
 * claims bring, and those that an administrator gave them besides; the administrator's attributes win. Nobody vouches any
 * more for users of a provider that is not configured, or is another one by that name: they are switched off.
 */
export function mappedStore(store: IdentityStore, providers: Providers): IdentityStore {
  const mapped = (user: StoredUser): StoredUser => {
    if (user.provider === 'local') return user
    const found = providers.find(user.provider)
    if (!found || !isOfIssuer(user, found.provider)) return { ...user, active: false }
    const claims = user.claims ?? {}
    return {
      ...user,
      roles: [...new Set([...rolesFrom(claims, found.mapping), ...user.roles])],
      attributes: { ...attributesFrom(claims, found.mapping), ...user.attributes },
    }
  }
  const found = async (asked: Promise<StoredUser | undefined>) => {
    const user = await asked
    return user && mapped(user)
  }
  return {
    ...store,
    findUser: (name) => found(store.findUser(name)),
    user: (id) => found(store.user(id)),
    providerUser: (provider, subject) => found(store.providerUser(provider, subject)),
    addProviderUser: (user) => found(store.addProviderUser(user)),
    async session(hash) {
      const open = await store.session(hash)
      return open && { session: open.session, user: mapped(open.user) }
    },
  }
}
