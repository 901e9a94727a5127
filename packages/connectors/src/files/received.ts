import { Failure } from '@gatehouse/core'
import { unlessAborted } from './content.js'

/** Milliseconds that a reader may leave a transfer alone before the connection is needed for others. */
const abandonedMs = 120_000

export interface Receiving {
  /** Bytes that must come, where they are known: fewer are an error, since the storage stopped in the middle. */
  readonly size?: number
  readonly signal: AbortSignal
  /** Called once, when nothing more will be read. `whole`: all has been, so that the connection is as good as before. */
  free(whole: boolean): void
}

/**
 * The chunks of a download, which end in an error where the storage stopped early. What they hold is freed at the end,
 * on an error, when the reader stops, when the signal aborts even if nobody reads, and when the reader never comes back.
 */
export function received(
  source: AsyncIterator<Uint8Array>,
  { size, signal, free }: Receiving,
): AsyncIterable<Uint8Array> {
  let bytes = 0
  let failure: Failure | undefined
  let freed = false
  let abandoned: NodeJS.Timeout | undefined
  const end = (whole: boolean) => {
    if (freed) return
    freed = true
    clearTimeout(abandoned)
    signal.removeEventListener('abort', onAbort)
    free(whole)
  }
  const onAbort = () => end(false)
  const waitForReader = () => {
    abandoned = setTimeout(() => {
      failure = new Failure('timeout', 'Nobody read on')
      end(false)
    }, abandonedMs)
    abandoned.unref()
  }
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      clearTimeout(abandoned)
      if (failure) throw failure
      if (freed && !signal.aborted) return { done: true, value: undefined }
      try {
        const { done, value } = await unlessAborted(source.next(), signal)
        if (done || (size !== undefined && bytes + value.byteLength > size)) {
          const whole = done === true && (size === undefined || bytes === size)
          end(whole)
          if (!whole) throw stopped(bytes, size)
          return { done: true, value: undefined }
        }
        bytes += value.byteLength
        waitForReader()
        return { done: false, value }
      } catch (thrown) {
        end(false)
        throw thrown
      }
    },
    async return() {
      end(false)
      return { done: true, value: undefined }
    },
  }
  if (signal.aborted) end(false)
  else signal.addEventListener('abort', onAbort, { once: true })
  if (!freed) waitForReader()
  return { [Symbol.asyncIterator]: () => iterator }
}

function stopped(bytes: number, size: number | undefined): Failure {
  return new Failure('unavailable', 'The storage stopped in the middle of the file', {
    retryAfter: 1,
    cause: new Error(`${bytes} of ${size ?? 'unknown'} bytes came`),
  })
}
