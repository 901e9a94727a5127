import type { AuditSink, ChainedEvent } from '@gatehouse/core'

/**
 * Writes a group to every sink, again and again to those that fail, until all have it: true. `failed` is told of each
 * failure. The second attempt comes almost at once, since a connection that broke while idle fails once only; then
 * with growing pauses. False when `signal` ended it.
 *
 * Sinks that tell heads come last: what the next process holds on to must be in the others too, also when this one is
 * killed between the writes.
 */
export async function writeToAll(
  sinks: readonly AuditSink[],
  events: readonly ChainedEvent[],
  failed: (cause: unknown) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const left = new Set([...sinks.filter((sink) => !sink.heads), ...sinks.filter((sink) => sink.heads)])
  for (let attempt = 1; ; attempt++) {
    const causes: unknown[] = []
    for (const sink of left) {
      try {
        await sink.append(events)
        left.delete(sink)
      } catch (cause) {
        causes.push(cause)
      }
    }
    if (causes.length === 0) return true
    failed(causes[0])
    await pause(attempt, signal)
    if (signal.aborted) return false
  }
}

/** 20 ms, then 200, 400, ... up to 5 seconds; ends at once when `signal` does. */
export function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const milliseconds = attempt === 1 ? 20 : Math.min(100 * 2 ** (attempt - 1), 5_000)
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(end, milliseconds)
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
  })
}
