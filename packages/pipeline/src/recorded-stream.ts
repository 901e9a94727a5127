import { Failure, type StreamResult, toFailure } from '@gatehouse/core'
import type { CallRecord } from './call-record.js'
import type { KeepRecord } from './record-keeper.js'

/**
 * The stream's chunks; when they end, fail, or are abandoned, the call is written down with the rows sent so far.
 * A client that goes away before the first chunk was asked for is noticed by the signal.
 */
export function recordedStream(
  result: Pick<StreamResult, 'chunks' | 'rows'>,
  record: CallRecord,
  keep: KeepRecord,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  let open = true
  const finish = async (failure?: Failure): Promise<void> => {
    if (!open) return
    open = false
    signal.removeEventListener('abort', abandon)
    record.rows = result.rows()
    await keep(record, failure)
  }
  const abandon = () => {
    // Nobody is left to be told that the trail refused it; the keeper has logged that.
    finish(new Failure('cancelled', 'The client went away')).catch(() => undefined)
  }
  if (signal.aborted) abandon()
  else signal.addEventListener('abort', abandon, { once: true })
  return { [Symbol.asyncIterator]: () => recordedChunks(result.chunks, finish) }
}

async function* recordedChunks(
  chunks: AsyncIterable<Uint8Array>,
  finish: (failure?: Failure) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let failure: Failure | undefined
  try {
    yield* chunks
  } catch (thrown) {
    failure = toFailure(thrown)
    throw failure
  } finally {
    await finish(failure)
  }
}
