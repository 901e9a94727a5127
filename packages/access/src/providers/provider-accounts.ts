import { hash, randomBytes } from 'node:crypto'
import { Failure, type IdentityStore, isJsonObject, type JsonObject, type ProviderAccounts } from '@gatehouse/core'
import { createBrowserCookie } from '../browser-cookie.js'
import { wrongCredentials } from '../identity/local-sign-in.js'
import type { Sessions } from '../identity/sessions.js'
import { isChallenge, provesChallenge } from '../oauth/pkce.js'
import type { Sealer } from '../oauth/sealer.js'
import type { TenantSignIn } from './create-sign-in.js'
import type { Providers } from './open-providers.js'
import { isAt } from './return-to.js'

export interface ProviderAccountOptions {
  readonly store: IdentityStore
  readonly providers: Providers
  readonly signIn: TenantSignIn
  readonly sessions: Pick<Sessions, 'openFor'>
  readonly sealer: Sealer
  /** The tenant's root: `https://gatehouse.example/t/acme`. */
  readonly publicUrl: string
  readonly now?: () => number
}

/** A code is exchanged at once, by the page that the browser is sent to. */
const codeMs = 60_000
/** Characters of an address to return to, which is kept until then. */
const longestAddress = 2000

/** Sessions over REST by providers that ask the person in the browser. */
export function createProviderAccounts(options: ProviderAccountOptions): ProviderAccounts {
  const { store, providers, signIn, sessions, sealer, publicUrl, now = Date.now } = options
  const cookie = createBrowserCookie(publicUrl)
  const { origin: own } = new URL(publicUrl)
  const codePurpose = (key: string) => `session code ${key}`

  function mayReturnTo(address: string, provider?: string): string {
    const url = address.length <= longestAddress && URL.canParse(address) ? new URL(address) : undefined
    const asked = providers.redirects.filter(({ name }) => provider === undefined || name === provider)
    const places = asked.flatMap(({ returnTo }) => returnTo)
    const isAllowed = url && (url.origin === own || places.some((place) => isAt(url, place)))
    if (isAllowed && url.username === '' && url.password === '') return url.href
    throw new Failure('invalid', 'Browsers are not sent to that address', {
      hint: 'An administrator can add it to `return_to` of the provider',
    })
  }

  async function codeFor(userId: string, challenge: string | undefined, hint: string | undefined): Promise<string> {
    const code = randomBytes(32).toString('base64url')
    const key = hash('sha256', code)
    const value: JsonObject = { userId, ...(challenge && { challenge }), ...(hint !== undefined && { hint }) }
    const expires = now() + codeMs
    await store.addFlow({ hash: key, sealed: sealer.seal(codePurpose(key), value, expires), expires })
    return code
  }

  return {
    mayReturnTo,
    list: () =>
      signIn.providers(store.tenant).map(({ name, label, kind }) => ({
        name,
        label,
        type: kind,
        url: `${publicUrl}/api/v2/user/session?provider=${encodeURIComponent(name)}`,
      })),
    async begin(provider, { returnTo, challenge, from, cookie: sent }) {
      if (challenge !== undefined && (!isChallenge(challenge) || returnTo === undefined)) {
        throw new Failure('invalid', '`code_challenge` is SHA-256 in base64url, and goes with `return_to`')
      }
      const state: JsonObject = {
        ...(returnTo !== undefined && { returnTo: mayReturnTo(returnTo, provider) }),
        ...(challenge !== undefined && { challenge }),
      }
      const known = cookie.of(sent)
      const made = known === undefined ? cookie.make() : undefined
      const url = await signIn.begin(provider, {
        tenant: store.tenant,
        state: JSON.stringify(state),
        browser: known ?? made?.id ?? '',
        ...(from.address !== undefined && { address: from.address }),
      })
      return { url: url.href, ...(made && { setCookie: made.header }) }
    },
    async hold(name, { RelayState: state, SAMLResponse }, { address }) {
      const open = providers.redirects.find((one) => one.name === name)
      if (!open) throw new Failure('not_found', 'There is no such provider')
      // OpenID Connect answers in the address alone, since we ask for no other way.
      if (open.provider.kind !== 'saml' || state === undefined || SAMLResponse === undefined) throw wrongCredentials()
      const callback = new URL(`${publicUrl}/api/v2/user/session/${name}/callback`)
      if (!(await signIn.hold(state, { SAMLResponse }, address))) throw wrongCredentials()
      callback.searchParams.set('held', state)
      return callback.href
    },
    async finish(provider, query, { cookie: sent, from }) {
      const browser = cookie.of(sent)
      if (browser === undefined) throw wrongCredentials()
      const url = new URL(`${publicUrl}/api/v2/user/session/${provider}/callback`)
      url.search = query
      const ended = await signIn.end(provider, { url, browser })
      const own = stateOf(ended.state)
      if (!own) return { kind: 'elsewhere', flow: ended }
      const back = typeof own.returnTo === 'string' ? new URL(own.returnTo) : undefined
      if ('failure' in ended) {
        if (!back) throw ended.failure
        back.searchParams.set(
          'error',
          ended.failure.code === 'unavailable' ? 'temporarily_unavailable' : 'access_denied',
        )
        return { kind: 'redirect', url: back.href }
      }
      const { userId } = ended.signedIn
      if (!back) return { kind: 'session', opened: await sessions.openFor(userId, from, ended.signOutHint) }
      const challenge = typeof own.challenge === 'string' ? own.challenge : undefined
      back.searchParams.set('code', await codeFor(userId, challenge, ended.signOutHint))
      return { kind: 'redirect', url: back.href }
    },
    async exchange(code, verifier, from) {
      const key = hash('sha256', code)
      const found = await store.useFlow(key, now())
      const held = found && sealer.open(codePurpose(key), found.sealed)
      if (!held) throw wrongCredentials()
      const { userId, challenge, hint } = held
      if (typeof challenge === 'string' && !provesChallenge(verifier, challenge)) throw wrongCredentials()
      return sessions.openFor(String(userId), from, typeof hint === 'string' ? hint : undefined)
    },
    metadata(name) {
      const found = providers.redirects.find((one) => one.name === name)?.provider.metadata?.()
      if (found) return found
      throw new Failure('not_found', 'There is no metadata of this provider')
    },
  }
}

/** Our own state is a JSON object; that of others, whatever they made of it, is none. */
function stateOf(state: string): JsonObject | undefined {
  if (!state.startsWith('{')) return undefined
  const value: unknown = JSON.parse(state)
  return isJsonObject(value) ? value : undefined
}
