import { type Attempts, Failure, type IdentityStore } from '@gatehouse/core'

/** Failures that are free, for one name and from one address; then each wait is twice the last, up to the longest. */
const free = { name: 5, address: 30 }
const longestMs = 15 * 60 * 1000

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
  const subjects = (name: string, address: string | undefined) => [
    { subject: `name:${name.normalize('NFKC').trim().toLowerCase()}`, most: free.name },
    ...(address === undefined ? [] : [{ subject: `address:${address}`, most: free.address }]),
  ]

  async function count(subject: string, most: number): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const before = await store.attempts(subject)
      const time = now()
      if (before && before.until > time) throw locked(before.until - time)
      const failures = (before?.failures ?? 0) + 1
      const wait = failures < most ? 0 : Math.min(1000 * 2 ** Math.min(failures - most, 20), longestMs)
      if (await store.noteAttempt(subject, before, { failures, until: time + wait })) return
    }
    throw locked(1000)
  }

  return {
    async begin(name, address) {
      for (const { subject, most } of subjects(name, address)) await count(subject, most)
    },
    async succeeded(name, address) {
      for (const { subject, most } of subjects(name, address)) {
        if (subject.startsWith('name:')) await store.clearAttempts(subject)
        else await giveBack(store, subject, most)
      }
    },
  }
}

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
