import { Failure } from '@gatehouse/core'
import { cancelled } from '../connection-pool.js'
import type { RunOptions } from '../sql/driver.js'
import type { OracleConnection } from './connection.js'

/** How long a statement may take to end once it was told to. */
const patienceMs = 5000

/** Ends what runs on a connection when its time is over or its caller is gone. */
export interface Watch {
  /** Milliseconds that are left; throws when there are none, or when it has been ended already. */
  left(): number
  /** Why it was ended; undefined: it was not. */
  reason(): Failure | undefined
  /** Ends what runs, for the caller has gone. */
  cancel(): void
  /** Stops watching. When something was ended, waits until that has been said. */
  settle(): Promise<void>
}

/**
 * The driver counts the time of each round trip (callTimeout); here all of them together are counted, and the caller's
 * leaving is heard.
 */
export function watchOver(connection: OracleConnection, options: RunOptions): Watch {
  const end = performance.now() + options.timeoutMs
  let reason: Failure | undefined
  let breaking: Promise<void> | undefined
  let patience: NodeJS.Timeout | undefined
  const stop = (why: Failure) => {
    if (reason) return
    reason = why
    patience = setTimeout(() => connection.close().catch(() => undefined), patienceMs)
    breaking = connection.break().catch(() => connection.close().catch(() => undefined))
  }
  const onAbort = () => stop(cancelled())
  options.signal.addEventListener('abort', onAbort, { once: true })
  if (options.signal.aborted) onAbort()
  return {
    left() {
      if (reason) throw reason
      const left = end - performance.now()
      if (left <= 0) throw tooLong()
      return Math.ceil(left)
    },
    reason: () => reason,
    cancel: onAbort,
    async settle() {
      options.signal.removeEventListener('abort', onAbort)
      await breaking
      clearTimeout(patience)
    },
  }
}

export function tooLong(cause?: unknown): Failure {
  return new Failure('timeout', 'The statement took too long', { hint: 'Ask for less, or narrow the filter', cause })
}
