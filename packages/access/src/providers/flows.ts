import { hash, randomBytes } from 'node:crypto'
import { Failure, type IdentityStore, isJsonObject, type JsonObject } from '@gatehouse/core'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { addressBlock } from '../address-block.js'
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
  /** `state` is what the provider is to send back: short enough for SAML's RelayState. Throws `limited`. */
  begin(make: (state: string) => Promise<Flow>, browser: string, address: string | undefined): Promise<void>
  /**
   * Keeps an answer that was posted from another site, where browsers do not send our cookie, for the moment until the
   * browser comes with it. False where there is no such flow. Throws `limited`: anybody can post anything.
   */
  hold(state: string, form: Readonly<Record<string, string>>, address: string | undefined): Promise<boolean>
  /** Once, in the browser in which it began. Throws `unauthenticated` for all else. */
  use(state: string, browser: string | undefined): Promise<Flow & { readonly form?: Readonly<Record<string, string>> }>
}

/** Long enough to find the second factor. */
const flowMs = 15 * 60_000
/** Sign-ins that may begin from one address in a minute; it may be that of a proxy. */
const perMinute = 600
/** A browser that has posted an answer follows the redirect at once. */
const heldMs = 60_000
/** Answers that one address may have held in a minute: they are large, and nobody has signed in yet. */
const heldPerMinute = 120
/** Answers that are held for a tenant at one moment. */
const mostHeld = 500

export function createFlows(store: IdentityStore, sealer: Sealer, now: () => number): Flows {
  const begins = new RateLimiterMemory({ points: perMinute, duration: 60 })
  const holds = new RateLimiterMemory({ points: heldPerMinute, duration: 60 })
  const flowOf = (key: string) => `sign-in flow ${key}`
  const answerOf = (key: string) => `sign-in answer ${key}`
  return {
    async begin(make, browser, address) {
      await withinLimit(begins, address)
      const state = randomBytes(32).toString('base64url')
      const key = hash('sha256', state)
      const { provider, state: own, kept } = await make(state)
      const expires = now() + flowMs
      const value = { provider, state: own, kept, browser: hash('sha256', browser) }
      await store.addFlow({ hash: key, sealed: sealer.seal(flowOf(key), value, expires), expires })
    },
    async hold(state, form, address) {
      await withinLimit(holds, address)
      const time = now()
      if ((await store.heldAnswers(time)) >= mostHeld) throw tooMany(heldMs)
      const key = hash('sha256', state)
      const until = time + heldMs
      return store.holdAnswer(key, sealer.seal(answerOf(key), { ...form }, until), time, until)
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

async function withinLimit(limiter: RateLimiterMemory, address: string | undefined): Promise<void> {
  if (address === undefined) return
  try {
    await limiter.consume(addressBlock(address))
  } catch (thrown) {
    throw thrown instanceof RateLimiterRes ? tooMany(thrown.msBeforeNext) : thrown
  }
}

function tooMany(waitMs: number): Failure {
  return new Failure('limited', 'Too many people sign in at this moment', {
    retryAfter: Math.max(1, Math.ceil(waitMs / 1000)),
  })
}
