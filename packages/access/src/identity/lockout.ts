import { type Attempts, Failure, type IdentityStore } from '@gatehouse/core'

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
  begin(name: string, address: string | undefined): Promise<void>
  /** It was right: the name starts anew, and the address gets its attempt back. */
  succeeded(name: string, address: string | undefined): Promise<void>
}

/** Slows down guessing, on all replicas together. */
export function createLockout(store: IdentityStore, now: () => number): Lockout {
  async function count(subject: string, { free, firstMs, longestMs }: Rule): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const before = await store.attempts(subject)
      const time = now()
      if (before && before.until > time) throw locked(before.until - time)
      const counted = before && before.until + rememberedMs > time ? before.failures : 0
      const failures = counted + 1
      const wait = failures < free ? 0 : Math.min(firstMs * 2 ** Math.min(failures - free, 20), longestMs)
      if (await store.noteAttempt(subject, before, { failures, until: time + wait })) return
    }
    throw locked(1000)
  }

  return {
    async begin(name, address) {
      await count(nameSubject(name), rules.name)
      if (address !== undefined) await count(addressSubject(address), rules.address)
    },
    async succeeded(name, address) {
      await store.clearAttempts(nameSubject(name))
      if (address !== undefined) await giveBack(store, addressSubject(address), rules.address.free)
    },
  }
}

type Rule = (typeof rules)[keyof typeof rules]

const nameSubject = (name: string) => `name:${name.normalize('NFKC').trim().toLowerCase()}`
const addressSubject = (address: string) => `address:${address}`

async function giveBack(store: IdentityStore, subject: string, most: number): Promise<void> {
  const before = await store.attempts(subject)
  if (!before || before.failures >= most) return
  const next: Attempts = { failures: before.failures - 1, until: before.until }
  if (next.failures <= 0) await store.clearAttempts(subject)
  else await store.noteAttempt(subject, before, next)
}

function locked(ms: number): Failure {
  const retryAfter = Math.max(1, Math.ceil(ms / 1000))
  return new Failure('limited', 'Too many attempts to sign in', {
    hint: `Try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}`,
    retryAfter,
  })
}
