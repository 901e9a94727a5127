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
  if (status === 206 && startOf(response) !== span.start) {
    response.destroy()
    throw new Failure('unavailable', 'The storage sent another range than was asked for')
  }
  const body = bodyOf(response, dav.timeoutMs, signal)
  // A server that knows no ranges sends all.
  const chunks = told(range && status === 200 ? part(body, span) : body)
  const length = entry.size === undefined ? {} : { size: span.end - span.start }
  return { entry, chunks: received(chunks, { ...length, signal, free: () => response.destroy() }) }
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

/** The bytes from `start` up to, not including, `end`. */
async function* part(
  chunks: AsyncIterable<Uint8Array>,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0
  for await (const chunk of chunks) {
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
    at += chunk.byteLength
    if (piece.byteLength > 0) yield piece
    if (at >= end) return
  }
}

async function* told(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks
  } catch (thrown) {
    throw toWebdavFailure(thrown)
  }
}
