import { Failure } from '@gatehouse/core'
import { cancelled } from '../connection-pool.js'
import type { RunOptions } from '../sql/driver.js'
import type { Session } from './session.js'

/** How much later than the server the gateway gives up on a statement. */
const graceMs = 250
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
  /** Stops watching. When something was ended, waits until the session is safe to use, or closes it. */
  settle(): Promise<void>
}

/**
 * `serverTimed`: the server enforces the time by itself, so that this is only for what it does not count.
 * The order matters: a KILL that comes late must not meet the next statement, so the session is not given back before
 * the KILL was answered and a statement of no consequence has run.
 */
export function watchOver(
  session: Session,
  options: RunOptions,
  serverTimed: boolean,
  kill: (threadId: number) => Promise<void>,
): Watch {
  let reason: Failure | undefined
  let killing: Promise<void> | undefined
  let patience: NodeJS.Timeout | undefined
  const stop = (why: Failure) => {
    if (reason) return
    reason = why
    patience = setTimeout(() => session.destroy(), patienceMs)
    killing = kill(session.threadId).catch(() => session.destroy())
    // What waits for its reader has to be read to its end.
    session.resume()
  }
  const onAbort = () => stop(cancelled())
  const timer = setTimeout(() => stop(tooLong()), options.timeoutMs + (serverTimed ? graceMs : 0))
  options.signal.addEventListener('abort', onAbort, { once: true })
  if (options.signal.aborted) onAbort()
  return {
    check() {
      if (reason) throw reason
    },
    reason: () => reason,
    cancel: onAbort,
    async settle() {
      clearTimeout(timer)
      options.signal.removeEventListener('abort', onAbort)
      if (!killing) return
      await killing
      clearTimeout(patience)
      if (session.alive) await session.control('DO 0').catch(() => undefined)
    },
  }
}

export function tooLong(): Failure {
  return new Failure('timeout', 'The statement took too long', { hint: 'Ask for less, or narrow the filter' })
}
