import {
  createBasic,
  createIssuers,
  createProviderAccounts,
  createSealer,
  createSessions,
  createTenantSignIn,
  type LocalSignIn,
  mappedStore,
  openProviders,
  signOutUrl,
  type Ways,
} from '@gatehouse/access'
import type { Accounts } from '@gatehouse/core'
import { textOf } from '../log.js'
import type { Shared } from './wire-tenant.js'

/** Everyone who may sign in to one tenant, and every way to do so. */
export interface People {
  readonly signIn: LocalSignIn
  readonly accounts: Accounts
  /** How a call can say that a person sends it. */
  readonly ways: Omit<Ways, 'keys'>
  close(): Promise<void>
}

export interface PeopleOf {
  /** The tenant. */
  readonly name: string
  /** Its root: `https://gatehouse.example/t/acme`. */
  readonly publicUrl: string
  /** A key of the tenant's own for a purpose. */
  keyFor(purpose: string): Uint8Array
  isAdministrator(roles: readonly string[]): boolean
}

/** Local users, directories, providers and outside issuers, with the sessions that they open. */
export async function wirePeople(
  shared: Shared,
  { name, publicUrl, keyFor, isAdministrator }: PeopleOf,
): Promise<People> {
  const { config, log, store, changes, passwords } = shared
  const providers = await openProviders(
    config.signIn.providers.filter(({ tenant }) => tenant === name),
    publicUrl,
  )
  const people = mappedStore(store.tenant(name), providers)
  const sealer = createSealer(keyFor('sign-in'), Date.now)
  const signIn = createTenantSignIn({
    store: people,
    passwords,
    providers,
    changes,
    sealer,
    vault: shared.sealing,
    longestMs: config.signIn.longestMs,
    log: (provider, { code, message, cause }) =>
      log.warn({ tenant: name, provider, code, cause: textOf(cause) }, `Signing in by a provider failed: ${message}`),
  })
  const sessions = createSessions({
    store: people,
    changes,
    signIn,
    passwords,
    key: keyFor('sessions'),
    lifetimeMs: config.signIn.sessionMs,
    longestMs: config.signIn.longestMs,
    isAdministrator: (principal) => isAdministrator(principal.roles),
    sealer,
    signOutUrl: (provider, hint, back) => signOutUrl(providers, provider, hint, back ?? `${publicUrl}/`),
  })
  const accounts = {
    ...sessions,
    providers: createProviderAccounts({
      store: people,
      providers,
      signIn,
      sessions,
      sealer,
      publicUrl,
    }),
  }
  const basic = config.signIn.basic ? createBasic(people, changes, signIn.user) : undefined
  const issuers = createIssuers(
    config.signIn.issuers.filter(({ tenant }) => tenant === name),
    name,
  )
  return {
    signIn,
    accounts,
    ways: { sessions, issuers, ...(basic && { basic }) },
    async close() {
      sessions.close()
      basic?.close()
      await providers.close()
    },
  }
}
