import { hash } from 'node:crypto'
import type { Attempts } from '@gatehouse/core'
import type { Scope } from './scope.js'

/** Counts of failed sign-ins. Kept by a hash of what was typed, which need not be the name of anyone. */
export function attemptsOf(scope: Scope) {
  const rows = (subject: string) => scope.rows('sign_in_attempts').where('subject', hash('sha256', subject))
  return {
    async attempts(subject: string): Promise<Attempts | undefined> {
      const row: { failures: number; until: number | string } | undefined = await rows(subject).first(
        'failures',
        'until',
      )
      return row && { failures: Number(row.failures), until: Number(row.until) }
    },
    async noteAttempt(subject: string, before: Attempts | undefined, next: Attempts): Promise<boolean> {
      if (before) return (await rows(subject).where(before).update(next)) > 0
      try {
        await scope.insert('sign_in_attempts', { subject: hash('sha256', subject), ...next })
        return true
      } catch (thrown) {
        if (await rows(subject).first('failures')) return false
        throw thrown
      }
    },
    async clearAttempts(subject: string) {
      await rows(subject).delete()
    },
  }
}
