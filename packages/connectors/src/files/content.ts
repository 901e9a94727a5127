import { Failure } from '@gatehouse/core'
import { cancelled } from '../connection-pool.js'

/**
 * What is to be written, as it comes. Ends in `invalid` where its length is not the announced one, and in `cancelled`
 * as soon as the signal aborts, also while the sender says nothing.
 */
export async function* checkedContent(
  content: AsyncIterable<Uint8Array>,
  { size, signal }: { readonly size?: number; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = content[Symbol.asyncIterator]()
  let bytes = 0
  let ended = false
  try {
    for (;;) {
      const { done, value } = await unlessAborted(iterator.next(), signal)
      if (done) {
        ended = true
        break
      }
      bytes += value.byteLength
      if (size !== undefined && bytes > size) throw otherLength(size)
      if (value.byteLength > 0) yield value
    }
    if (size !== undefined && bytes < size) throw otherLength(size)
  } finally {
    // Not waited for: a sender that hangs would hold what writes as well.
    if (!ended) iterator.return?.()?.catch(() => {})
  }
}

function otherLength(size: number): Failure {
  return new Failure('invalid', `The content does not have the announced length of ${size} bytes`)
}

/** The chunks, with a call for each. */
export async function* watched(chunks: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onChunk()
    yield chunk
  }
}

/** The outcome, or `cancelled` as soon as the signal aborts; a late rejection then goes nowhere. */
export function unlessAborted<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(cancelled())
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
