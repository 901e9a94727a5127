import { type Changes, Failure, type IdentityStore, type SignedIn, type StoredUser } from '@gatehouse/core'
import { createLocalSignIn, type LocalSignIn, wrongCredentials } from '../identity/local-sign-in.js'
import type { Passwords } from '../identity/passwords.js'
import { signedIn } from '../identity/user-principal.js'
import type { Sealer } from '../oauth/sealer.js'
import { createFlows, type Flows } from './flows.js'
import type { OpenProvider, Providers } from './open-providers.js'
import type { RedirectProvider } from './provider.js'
import { createProviderUsers, type Vault } from './provider-users.js'

export interface TenantSignInOptions {
  /** Users as they are by today's mapping: `mappedStore`. */
  readonly store: IdentityStore
  readonly passwords: Passwords
  readonly providers: Providers
  readonly changes: Changes
  /** Under a key of the tenant's own, for what is on its way. */
  readonly sealer: Sealer
  /** For what stays. */
  readonly vault: Vault
  /** Milliseconds that a sign-in is good for where its provider cannot be asked again. */
  readonly longestMs: number
  /** Sees what a provider refused, or why it could not be asked: a person is told much less. */
  readonly log?: (provider: string, failure: Failure) => void
  readonly now?: () => number
}

/** How a flow at a provider ended, with the state of whoever began it. */
type FlowEnd = { readonly state: string } & (
  | { readonly signedIn: SignedIn; readonly signOutHint?: string }
  | { readonly failure: Failure }
)

/** Every way to sign in to one tenant. */
export interface TenantSignIn extends LocalSignIn {
  /** As `finish`, but for what fails after the flow is known to be that of this browser: that is answered. */
  end(provider: string, answer: Parameters<LocalSignIn['finish']>[1]): Promise<FlowEnd>
  /** See `Flows`. */
  readonly hold: Flows['hold']
}

/** Local users, directories and providers of one tenant. */
export function createTenantSignIn(options: TenantSignInOptions): TenantSignIn {
  const { store, passwords, providers, changes, sealer, vault, longestMs } = options
  const { log = () => undefined, now = Date.now } = options
  const users = createProviderUsers(store, providers, changes, vault, longestMs, now)
  const flows = createFlows(store, sealer, now)
  const local = createLocalSignIn(store, passwords, now, (name, password) => inDirectories(name, password))

  /** Each in turn. One that cannot be reached hides nobody whom another knows, and is said where nobody does. */
  async function inDirectories(name: string, password: string): Promise<StoredUser | undefined> {
    let down: Failure | undefined
    for (const directory of providers.directories) {
      try {
        // An empty password is a bind without one to most directories, and succeeds.
        const vouched = password === '' ? undefined : await directory.provider.check(name, password)
        if (vouched) return await users.admit(directory, vouched)
      } catch (thrown) {
        if (!(thrown instanceof Failure) || thrown.code !== 'unavailable') throw thrown
        log(directory.name, thrown)
        down = thrown
      }
    }
    if (down) throw down
    return undefined
  }

  function redirect(name: string): OpenProvider<RedirectProvider> {
    const found = providers.redirects.find((one) => one.name === name)
    if (found) return found
    throw new Failure('not_found', 'There is no such provider')
  }

  const end: TenantSignIn['end'] = async (name, { url, form, browser }) => {
    const open = redirect(name)
    const state = stateIn(open.provider, url, form)
    const flow = await flows.use(state, browser)
    // An answer of one provider, brought to the callback of another one (mix-up).
    if (flow.provider !== name) throw wrongCredentials()
    const posted = form ?? flow.form
    try {
      const vouched = await open.provider.finish({ url, ...(posted && { form: posted }) }, flow.kept)
      const user = await users.admit(open, vouched)
      await store.noteSignIn(user.id, new Date(now()).toISOString())
      const { signOutHint } = vouched
      return {
        state: flow.state,
        signedIn: signedIn(user, store.tenant, await store.memberships(user.id)),
        ...(signOutHint !== undefined && { signOutHint }),
      }
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      log(name, thrown)
      return { state: flow.state, failure: thrown }
    }
  }

  async function askedAnew(user: StoredUser): Promise<StoredUser | undefined> {
    try {
      return await users.askedAnew(user)
    } catch (thrown) {
      if (thrown instanceof Failure) log(user.provider, thrown)
      throw thrown
    }
  }

  return {
    ...local,
    providers: (tenant) =>
      tenant === store.tenant
        ? providers.redirects.map(({ name, label, provider }) => ({ name, label, kind: provider.kind }))
        : [],
    async begin(name, { tenant, state, browser, address }) {
      const { provider } = redirect(name)
      if (tenant !== store.tenant) throw new Failure('not_found', 'There is no such provider')
      let url: URL | undefined
      const make = async (sent: string) => {
        const begun = await provider.begin(sent).catch((thrown: unknown) => {
          if (thrown instanceof Failure) log(name, thrown)
          throw thrown
        })
        url = begun.url
        return { provider: name, state, kept: begun.kept }
      }
      await flows.begin(make, browser, address)
      if (!url) throw new Failure('internal', 'A sign-in leads nowhere')
      return url
    },
    end,
    hold: flows.hold,
    async finish(name, answer) {
      const ended = await end(name, answer)
      if ('failure' in ended) throw ended.failure
      return ended
    },
    async current(userId, tenant, how) {
      const known = how?.anew ? await store.user(userId) : undefined
      if (known?.active && known.provider !== 'local' && !(await askedAnew(known))) {
        // What was opened when it was still vouched for ends with it.
        await store.closeSessions(userId)
        await changes.announce(store.tenant, 'users', `user:${userId}`)
        return undefined
      }
      return local.current(userId, tenant)
    },
  }
}

const stateNames = { oidc: 'state', saml: 'RelayState' } as const

/** The state of an answer: what OpenID Connect calls `state`, SAML `RelayState`; or `held`, of one that was posted. */
function stateIn(
  { kind }: RedirectProvider,
  { searchParams }: URL,
  form: Readonly<Record<string, string>> | undefined,
): string {
  return form?.[stateNames[kind]] ?? searchParams.get('held') ?? searchParams.get(stateNames[kind]) ?? ''
}
