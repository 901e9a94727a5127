import { unlessAborted } from '../files/content.js'

/** A few large buffers for all uploads of a service, so that many of them at once do not take all memory. */
export interface Buffers {
  /** Lends one; who comes too late waits for it, first come, first served. Throws `cancelled` when the signal aborts. */
  take(signal: AbortSignal): Promise<Uint8Array>
  give(buffer: Uint8Array): void
}

export function createBuffers(size: number, most: number): Buffers {
  const waiting = new Set<(buffer: Uint8Array) => void>()
  let lent = 0
  const give = (buffer: Uint8Array) => {
    const [first] = waiting
    if (first === undefined) {
      // Nobody waits for it: its memory is free.
      lent--
      return
    }
    waiting.delete(first)
    first(buffer)
  }
  return {
    give,
    async take(signal) {
      if (lent < most) {
        lent++
        return new Uint8Array(size)
      }
      let receive: (buffer: Uint8Array) => void = () => {}
      const coming = new Promise<Uint8Array>((resolve) => {
        receive = resolve
        waiting.add(resolve)
      })
      try {
        return await unlessAborted(coming, signal)
      } catch (thrown) {
        // Handed over in the same moment as the abort, it is for the next one.
        if (!waiting.delete(receive)) void coming.then(give)
        throw thrown
      }
    },
  }
}
