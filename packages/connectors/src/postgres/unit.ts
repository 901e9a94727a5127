import type { PgConnection, Reply } from './connection.js'
import type { IdentitySteps } from './identity.js'
import { isStale } from './incoming.js'
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
    // Nothing has run: the prepared statement was of another schema, or is gone; now it is prepared anew.
    if (connection.status !== 'I') await connection.command('ROLLBACK')
    await connection.run(steps, replies)
  }
}
