import { type Attempts, Failure, type IdentityStore } from '@gatehouse/core'
import { addressBlock } from '../address-block.js'

/**
 * Failures that are free; after them each wait is twice the last, up to the longest. An address may be that of a proxy or
 * of a whole office, so it has more, and waits less.
 */
const rules = {
  name: { free: 5, firstMs: 5_000, longestMs: 15 * 60_000 },
  address: { free: 100, firstMs: 1_000, longestMs: 60_000 },
} as const
/** Failures count for so long after the last wait has ended. */
const rememberedMs = 15 * 60_000

export interface Lockout {
  /**
   * Counts the attempt before it is made, so that many at once cannot pass together. Throws `limited` with the time to
   * wait, alike for names that exist and names that do not.
   */
  begin(name: string, address: string | undefined): Promise<Attempt>
}

interface Attempt {
  /** It was right. The address gets its attempt back; the name too, and where it is `theirs` alone it starts anew. */
  succeeded(theirs: boolean): Promise<void>
}

/** A count as it was before an attempt, and with it. */
interface Counted {
  readonly subject: string
  readonly before: Attempts | undefined
  readonly noted: Attempts
}

/** Slows down guessing, on all replicas together. */
export function createLockout(store: IdentityStore, now: () => number): Lockout {
  async function count(subject: string, { free, firstMs, longestMs }: Rule): Promise<Counted> {
    for (let tries = 0; tries < 20; tries++) {
      const before = await store.attempts(subject)
      const time = now()
      if (before && before.until > time) throw locked(before.until - time)
      const counted = before && before.until + rememberedMs > time ? before.failures : 0
      const failures = counted + 1
      const wait = failures < free ? 0 : Math.min(firstMs * 2 ** Math.min(failures - free, 20), longestMs)
      const noted = { failures, until: time + wait }
      if (await store.noteAttempt(subject, before, noted)) return { subject, before, noted }
    }
    throw locked(1000)
  }

  return {
    async begin(name, address) {
      const byName = await count(nameSubject(name), rules.name)
      const byAddress = address === undefined ? undefined : await count(addressSubject(address), rules.address)
      return {
        async succeeded(theirs) {
          if (theirs) await store.clearAttempts(byName.subject)
          else await giveBack(store, byName)
          if (byAddress) await giveBack(store, byAddress)
        },
      }
    },
  }
}

type Rule = (typeof rules)[keyof typeof rules]

const nameSubject = (name: string) => `name:${name.normalize('NFKC').trim().toLowerCase()}`
const addressSubject = (address: string) => `address:${addressBlock(address)}`

/** As if there had been no attempt. Where there were others meanwhile, their waits stay. */
async function giveBack(store: IdentityStore, { subject, before, noted }: Counted): Promise<void> {
  if (await store.noteAttempt(subject, noted, before ?? { failures: 0, until: noted.until })) return
  const now = await store.attempts(subject)
  if (now && now.failures > 0) await store.noteAttempt(subject, now, { ...now, failures: now.failures - 1 })
}

function locked(ms: number): Failure {
  const retryAfter = Math.max(1, Math.ceil(ms / 1000))
  return new Failure('limited', 'Too many attempts to sign in', {
    hint: `Try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}`,
    retryAfter,
  })
}
