import type { IncomingMessage } from 'node:http'
import { Failure, type FileEntry } from '@gatehouse/core'
import { byteSpan } from '../files/byte-span.js'
import type { ByteRange } from '../files/driver.js'
import { requireKind } from '../files/preconditions.js'
import { received } from '../files/received.js'
import { bodyOf, drained } from './client.js'
import { toWebdavFailure, WebdavRefusal } from './errors.js'
import { tagOf } from './multistatus.js'
import { type Dav, statOf } from './resources.js'

/** The entry is of the version that is sent; the bytes are those of the range, whether the server knows ranges or not. */
export async function readFile(dav: Dav, path: string, range: ByteRange | undefined, signal: AbortSignal) {
  const known = requireKind(await statOf(dav, path, signal), 'file')
  const wanted = byteSpan(known.size ?? Number.MAX_SAFE_INTEGER, range)
  if (!wanted) throw beyond()
  const headers = range ? { range: `bytes=${range.start}-${range.end ?? ''}` } : {}
  const response = await dav.client.send({ method: 'GET', path, headers, signal })
  const status = response.statusCode ?? 0
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if ((status !== 200 && status !== 206) || encoding !== 'identity') {
    if (status === 200 || status === 206) response.destroy()
    else await drained(response)
    if (status === 416) throw beyond()
    throw new WebdavRefusal('GET', status)
  }
  const entry = versionOf(response, known)
  const span = byteSpan(entry.size ?? Number.MAX_SAFE_INTEGER, range) ?? wanted
  const skip = status === 206 ? 0 : span.start
  if (status === 206 && startOf(response) !== span.start) {
    response.destroy()
    throw new Failure('unavailable', 'The storage sent another range than was asked for')
  }
  const length = span.end - span.start
  const chunks = cut(bodyOf(response, dav.timeoutMs, signal), skip, length)
  return { entry, chunks: received(chunks, { size: length, signal, free: () => response.destroy() }) }
}

function beyond(): Failure {
  return new Failure('range_not_satisfiable', 'The file ends before this range')
}

/** `bytes 0-99/1234`: the first byte. */
function startOf({ headers }: IncomingMessage): number | undefined {
  const first = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1]
  return first === undefined ? undefined : Number(first)
}

/** The file may have been replaced since it was looked at: what comes with the bytes is true of them. */
function versionOf({ headers, statusCode }: IncomingMessage, known: FileEntry): FileEntry {
  const size = statusCode === 206 ? /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] : headers['content-length']
  const etag = tagOf(headers.etag)
  const modified = new Date(headers['last-modified'] ?? '')
  return {
    ...known,
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(etag === undefined ? {} : { etag }),
    ...(Number.isNaN(modified.getTime()) ? {} : { modified }),
  }
}

/** Without the first `skip` bytes, and no more than `length` of the others. */
async function* cut(chunks: AsyncIterable<Uint8Array>, skip: number, length: number): AsyncGenerator<Uint8Array> {
  let [before, left] = [skip, length]
  if (skip > 0 && left === 0) return
  try {
    for await (const chunk of chunks) {
      const piece = chunk.subarray(Math.min(before, chunk.byteLength))
      before -= chunk.byteLength - piece.byteLength
      // What comes without end of its own must end by itself, so that what is too much is seen.
      const part = skip > 0 ? piece.subarray(0, left) : piece
      left -= part.byteLength
      if (part.byteLength > 0) yield part
      if (skip > 0 && left === 0) return
    }
  } catch (thrown) {
    throw toWebdavFailure(thrown)
  }
}
