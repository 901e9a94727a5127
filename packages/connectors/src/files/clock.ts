import { Failure } from '@gatehouse/core'

/**
 * How long a storage may take without getting on. Not for the whole: a large file on a slow line is no fault, but one
 * that stands still is.
 */
export interface Clock {
  /** Aborted when the caller is gone, or when nothing went on for too long. */
  readonly signal: AbortSignal
  /** Something went on: counts from here. */
  step(): void
  /** What is waited for now is not the storage. */
  pause(): void
  /** Ends the counting. */
  stop(): void
  /** What is to be said of what was thrown: late and gone callers go before what they brought about. */
  failure(thrown: unknown): unknown
}

/** Begins to count at once. */
export function startClock(caller: AbortSignal, milliseconds: number): Clock {
  const controller = new AbortController()
  let late = false
  let timer: NodeJS.Timeout | undefined
  const onTime = () => {
    late = true
    controller.abort()
  }
  const onGone = () => controller.abort()
  if (caller.aborted) controller.abort()
  else caller.addEventListener('abort', onGone, { once: true })
  const clock: Clock = {
    signal: controller.signal,
    step() {
      if (milliseconds <= 0 || late) return
      if (timer) timer.refresh()
      else timer = setTimeout(onTime, milliseconds)
    },
    pause() {
      clearTimeout(timer)
      timer = undefined
    },
    stop() {
      clock.pause()
      caller.removeEventListener('abort', onGone)
    },
    failure(thrown) {
      if (late) return new Failure('timeout', 'The storage did not get on for too long', { cause: thrown })
      if (caller.aborted) return new Failure('cancelled', 'The client went away', { cause: thrown })
      return thrown
    },
  }
  clock.step()
  return clock
}

/** The chunks, counted by the clock while they are waited for; the clock stops with them. */
export async function* clocked(chunks: AsyncIterable<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array> {
  try {
    clock.step()
    for await (const chunk of chunks) {
      clock.pause()
      yield chunk
      if (clock.signal.aborted) throw new Failure('cancelled', 'The client went away')
      clock.step()
    }
  } catch (thrown) {
    throw clock.failure(thrown)
  } finally {
    clock.stop()
  }
}
