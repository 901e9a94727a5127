/**
 * Runs `work` for each item, at most `most` at a time. Ends with the first error, once what was begun has ended. Each
 * gets a signal of its own that follows the given one: libraries leave listeners on it, and few are meant for one signal.
 */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const left = items.values()
  let failed = false
  const lane = async () => {
    for (const item of left) {
      if (failed) return
      try {
        await work(item, AbortSignal.any([signal]))
      } catch (thrown) {
        failed = true
        throw thrown
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
