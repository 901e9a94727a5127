import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { Failure } from '@gatehouse/core'
import { checkedContent } from '../files/content.js'
import type { Buffers } from './buffers.js'
import { type ContentReader, contentReader, lastHeldBack } from './content-reader.js'
import type { Body, ObjectStore, PartUpload, PutOptions, Written } from './store.js'

/** Bytes of a part: the least that every storage takes, so that the buffers of many uploads are small. */
export const partBytes = 5 * 1024 ** 2
/** Up to here content is sent as one piece, which can be sent again when a connection fails. */
const smallBytes = 256 * 1024

interface Upload extends PutOptions {
  readonly size?: number
}

/**
 * Sends content to a storage. Nothing is there before all of it is: an upload that breaks off leaves the object as it
 * was. Content of a known length flows through in one request; else in parts, each collected in a buffer.
 */
export async function upload(
  store: ObjectStore,
  buffers: Buffers,
  key: string,
  content: AsyncIterable<Uint8Array>,
  { size, ...options }: Upload,
): Promise<Written> {
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const reader = contentReader(
    lastHeldBack(checkedContent(content, { signal, ...(size === undefined ? {} : { size }) })),
  )
  try {
    const beginning = new Uint8Array(Math.min(size ?? smallBytes, smallBytes))
    const read = await reader.fill(beginning, 0)
    if (size !== undefined ? size <= smallBytes : read < smallBytes) {
      // Told its length, the content has been asked for its end only now.
      await reader.fill(new Uint8Array(1), 0)
      return await store.put(key, whole(beginning.subarray(0, read)), options)
    }
    const all = contentReader(joined(beginning, reader))
    if (size === undefined) return await uploadBuffered(store, buffers, key, all, options)
    if (size <= store.longestPut) {
      return await streamed(all, size, options.signal, (body, both) =>
        store.put(key, body, { ...options, signal: both }),
      )
    }
    return await uploadInParts(store, key, options, (parts) => streamParts(store, parts, all, size, options.signal))
  } finally {
    // Not waited for: a sender may say nothing for long, while what went wrong is known.
    stop.abort()
    reader.close().catch(() => {})
  }
}

async function* joined(beginning: Uint8Array, reader: ContentReader): AsyncGenerator<Uint8Array, void, undefined> {
  yield beginning
  yield* reader.rest()
}

async function uploadBuffered(
  store: ObjectStore,
  buffers: Buffers,
  key: string,
  reader: ContentReader,
  options: PutOptions,
): Promise<Written> {
  const buffer = await buffers.take(options.signal)
  try {
    const first = await reader.fill(buffer, 0)
    if (first < buffer.byteLength) return await store.put(key, whole(buffer.subarray(0, first)), options)
    return await uploadInParts(store, key, options, async (parts) => {
      let number = 1
      for (let filled = first; filled > 0; filled = await reader.fill(buffer, 0)) {
        if (number > store.mostParts) throw tooLong(store.mostParts * buffer.byteLength)
        await parts.put(number++, whole(buffer.subarray(0, filled)), options.signal)
      }
    })
  } finally {
    buffers.give(buffer)
  }
}

function tooLong(most: number): Failure {
  return new Failure('too_large', `The storage takes ${most} bytes at most of content whose length is not announced`, {
    hint: 'Send a Content-Length',
  })
}

async function uploadInParts(
  store: ObjectStore,
  key: string,
  options: PutOptions,
  send: (parts: PartUpload) => Promise<void>,
): Promise<Written> {
  const parts = await store.startParts(key, options)
  try {
    await send(parts)
    return await parts.complete(options.signal)
  } catch (thrown) {
    await abandon(parts)
    throw thrown
  }
}

/** Milliseconds before the storage is asked again to forget an upload; a line that broke may be back by then. */
const abandonPauses = [1000, 5000, 30_000]

/** Waits for the first try only: what went wrong with the upload is what the caller must know, and soon. */
async function abandon(parts: PartUpload): Promise<void> {
  try {
    await parts.abort(AbortSignal.timeout(2000))
  } catch {
    void abandonLater(parts)
  }
}

async function abandonLater(parts: PartUpload): Promise<void> {
  for (const milliseconds of abandonPauses) {
    await setTimeout(milliseconds, undefined, { ref: false })
    try {
      await parts.abort(AbortSignal.timeout(10_000))
      return
    } catch {
      // The next try, or the storage's own rule for uploads that were left.
    }
  }
}

async function streamParts(
  store: ObjectStore,
  parts: PartUpload,
  reader: ContentReader,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const length = Math.max(partBytes, Math.ceil(size / store.mostParts))
  for (let number = 1, sent = 0; sent < size; number++, sent += length) {
    await streamed(reader, Math.min(length, size - sent), signal, (body, both) => parts.put(number, body, both))
  }
}

function whole(bytes: Uint8Array): Body {
  return { bytes, length: bytes.byteLength }
}

/** Bytes in one piece of a stream. Amazon refuses streams with a checksum that come in pieces below 8 KiB. */
const pieceBytes = 64 * 1024

async function* pieces(reader: ContentReader, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = length; left > 0; ) {
    const piece = new Uint8Array(Math.min(pieceBytes, left))
    const filled = await reader.fill(piece, 0)
    if (filled > 0) yield piece.subarray(0, filled)
    if (filled < piece.byteLength) return
    left -= filled
  }
}

/**
 * Lets bytes flow into one request. When the content fails, the request is cut, since a client library that is fed by a
 * stream would wait for more; when the request fails, the content is no longer read.
 */
async function streamed<T>(
  reader: ContentReader,
  length: number,
  signal: AbortSignal,
  send: (body: Body, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const bytes = Readable.from(pieces(reader, length), { objectMode: false, highWaterMark: pieceBytes })
  const cut = new AbortController()
  let broken: unknown
  bytes.once('error', (error) => {
    broken = error
    cut.abort(error)
  })
  try {
    return await send({ bytes, length }, AbortSignal.any([signal, cut.signal]))
  } catch (thrown) {
    throw broken ?? thrown
  } finally {
    bytes.destroy()
  }
}
