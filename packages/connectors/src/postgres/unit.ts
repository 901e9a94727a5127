import type { PgConnection, Reply } from './connection.js'
import type { IdentitySteps } from './identity.js'
import { ServerError } from './incoming.js'
import type { PgRunOptions } from './lease.js'
import type { Step } from './outgoing.js'
import { ignore } from './replies.js'

const none: readonly unknown[] = []
export const commit: Step = { text: 'COMMIT', name: 'gh_commit', values: none }
const beginRead: Step = { text: 'BEGIN READ ONLY', name: 'gh_begin_read', values: none }
const beginWrite: Step = { text: 'BEGIN READ WRITE', name: 'gh_begin_write', values: none }

/** Opens a transaction as the caller. */
export function opening(options: PgRunOptions, identity: IdentitySteps): Step[] {
  const begin = options.readOnly ? beginRead : beginWrite
  return identity && !options.asService ? [begin, identity(options.identity)] : [begin]
}

/** One statement in a transaction of its own: one round trip, also as the caller. */
export async function runAlone(
  connection: PgConnection,
  step: Step,
  reply: Reply,
  options: PgRunOptions,
  identity: IdentitySteps,
): Promise<void> {
  const passes = identity !== undefined && !options.asService
  const steps = passes ? [...opening(options, identity), step, commit] : [step]
  const replies = passes ? [ignore, ignore, reply, ignore] : [reply]
  try {
    await connection.run(steps, replies)
  } catch (error) {
    if (!isStale(error) || !step.name) throw error
    // Nothing has run: the prepared statement was of another schema, or is gone.
    connection.forget(step.name)
    if (connection.status !== 'I') await connection.command('ROLLBACK')
    await connection.run(steps, replies)
  }
}

/** "cached plan must not change result type" after a change of the table, or a statement that someone deallocated. */
export function isStale(error: unknown): boolean {
  if (!(error instanceof ServerError)) return false
  if (error.sqlState === '26000') return true
  return error.sqlState === '0A000' && error.fields.get('R') === 'RevalidateCachedQuery'
}

/** lock_not_available, and query_canceled of a statement that had its time. */
export function isTooLong(error: unknown): boolean {
  return error instanceof ServerError && (error.sqlState === '55P03' || error.sqlState === '57014')
}
