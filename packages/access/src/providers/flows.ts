import { hash, randomBytes } from 'node:crypto'
import { Failure, type IdentityStore, isJsonObject, type JsonObject } from '@gatehouse/core'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { wrongCredentials } from '../identity/local-sign-in.js'
import type { Sealer } from '../oauth/sealer.js'

/** A sign-in on its way to a provider and back. */
interface Flow {
  readonly provider: string
  /** The caller's own. */
  readonly state: string
  /** What the provider has to know when the person comes back. */
  readonly kept: JsonObject
}

/** Sign-ins on their way, kept in the store, so that any replica can go on and none goes on twice. */
export interface Flows {
  /** What the provider is to send back: short enough for SAML's RelayState. Throws `limited`. */
  begin(make: (state: string) => Promise<Flow>, browser: string, address: string | undefined): Promise<string>
  /** Keeps an answer that was posted from another site, where browsers do not send our cookie. False where there is no such flow. */
  hold(state: string, form: Readonly<Record<string, string>>): Promise<boolean>
  /** Once, in the browser in which it began. Throws `unauthenticated` for all else. */
  use(state: string, browser: string | undefined): Promise<Flow & { readonly form?: Readonly<Record<string, string>> }>
}

/** Long enough to find the second factor. */
const flowMs = 15 * 60_000
/** Sign-ins that may begin from one address in a minute; it may be that of a proxy. */
const perMinute = 600

export function createFlows(store: IdentityStore, sealer: Sealer, now: () => number): Flows {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  const flowOf = (key: string) => `sign-in flow ${key}`
  const answerOf = (key: string) => `sign-in answer ${key}`
  return {
    async begin(make, browser, address) {
      if (address !== undefined) await limiter.consume(address).catch(limited)
      const state = randomBytes(32).toString('base64url')
      const key = hash('sha256', state)
      const { provider, state: own, kept } = await make(state)
      const expires = now() + flowMs
      const value = { provider, state: own, kept, browser: hash('sha256', browser) }
      await store.addFlow({ hash: key, sealed: sealer.seal(flowOf(key), value, expires), expires })
      return state
    },
    async hold(state, form) {
      const key = hash('sha256', state)
      return store.holdAnswer(key, sealer.seal(answerOf(key), { ...form }, now() + flowMs), now())
    },
    async use(state, browser) {
      const key = hash('sha256', state)
      const found = await store.useFlow(key, now())
      const held = found && sealer.open(flowOf(key), found.sealed)
      if (!held || browser === undefined || held.browser !== hash('sha256', browser)) throw wrongCredentials()
      const answer = found.answer === undefined ? undefined : sealer.open(answerOf(key), found.answer)
      return {
        provider: String(held.provider),
        state: String(held.state),
        kept: isJsonObject(held.kept) ? held.kept : {},
        ...(answer && { form: Object.fromEntries(Object.entries(answer).map(([name, text]) => [name, String(text)])) }),
      }
    },
  }
}

function limited(thrown: unknown): never {
  if (!(thrown instanceof RateLimiterRes)) throw thrown
  throw new Failure('limited', 'Too many sign-ins begin from your address', {
    retryAfter: Math.max(1, Math.ceil(thrown.msBeforeNext / 1000)),
  })
}
