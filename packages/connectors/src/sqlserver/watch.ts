import { Failure } from '@gatehouse/core'
import { cancelled } from '../connection-pool.js'
import type { RunOptions } from '../sql/driver.js'
import type { Session } from './session.js'

/** How long a statement may take to end once it was told to. */
const patienceMs = 5000

/** Ends what runs on a session when its time is over or its caller is gone. */
export interface Watch {
  /** Throws when it has been ended already. */
  check(): void
  /** Why it was ended; undefined: it was not. */
  reason(): Failure | undefined
  /** Ends what runs, for the caller has gone. */
  cancel(): void
  /** Stops watching. */
  settle(): void
}

/**
 * SQL Server has no time limit for statements: the gateway keeps it, and sends an attention on the same connection,
 * which ends what runs and nothing else. A server that does not answer it loses the connection.
 */
export function watchOver(session: Session, options: RunOptions): Watch {
  let reason: Failure | undefined
  let patience: NodeJS.Timeout | undefined
  const stop = (why: Failure) => {
    if (reason) return
    reason = why
    patience = setTimeout(() => session.close(), patienceMs)
    session.cancel()
    // What waits for its reader has to be read to its end.
    session.resume()
  }
  const onAbort = () => stop(cancelled())
  const timer = setTimeout(() => stop(tooLong()), options.timeoutMs)
  options.signal.addEventListener('abort', onAbort, { once: true })
  if (options.signal.aborted) onAbort()
  return {
    check() {
      if (reason) throw reason
    },
    reason: () => reason,
    cancel: onAbort,
    settle() {
      clearTimeout(timer)
      clearTimeout(patience)
      options.signal.removeEventListener('abort', onAbort)
    },
  }
}

function tooLong(): Failure {
  return new Failure('timeout', 'The statement took too long', { hint: 'Ask for less, or narrow the filter' })
}
