import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import { type Answer, Failure, type JsonObject } from '@gatehouse/core'
import { disposition } from './answer-format.js'
import { commonHeaders, type Exchange } from './exchange.js'
import { preferredCoding } from './negotiate.js'
import { metaHeader } from './render.js'
import { brotliQuality, flat, gzipLevel } from './send.js'

type StreamAnswer = Extract<Answer, { readonly kind: 'stream' }>

/**
 * Sends chunks at the client's pace. Until the first chunk is there it throws what the stream throws, so that it can
 * become an error answer; after that the connection is cut, so that a short answer never looks whole.
 */
export async function sendStream(exchange: Exchange, answer: StreamAnswer, input: JsonObject): Promise<void> {
  const { request, response } = exchange
  const chunks = answer.chunks[Symbol.asyncIterator]()
  let next = await chunks.next()
  const headers = ['Content-Type', answer.mediaType, 'Cache-Control', 'no-store']
  if (Object.keys(answer.meta).length > 0) headers.push(...metaHeader(answer.meta))
  const saved = disposition(input.file)
  if (saved !== undefined) headers.push('Content-Disposition', saved)
  const coding = preferredCoding(request.headers['accept-encoding'] as string | undefined)
  if (coding) headers.push('Content-Encoding', coding, 'Vary', 'Accept-Encoding')
  const { limit, timing } = answer
  response.writeHead(200, flat(commonHeaders(exchange, { headers, limit, timing })))
  if (request.method === 'HEAD') {
    await chunks.return?.()
    response.end()
    return
  }
  const sink = coding ? compressor(coding, response) : response
  try {
    for (; !next.done; next = await chunks.next()) {
      if (response.destroyed) throw new Failure('cancelled', 'The client went away')
      if (!sink.write(next.value)) await drained(sink, response)
    }
    sink.end()
  } catch (thrown) {
    response.destroy()
    sink.destroy()
    await chunks.return?.()
    if (!(thrown instanceof Failure && thrown.code === 'cancelled')) throw new CutShort(thrown)
  }
}

/** A stream that failed in its middle: the client has seen a broken connection, and there is nothing to answer. */
export class CutShort extends Error {
  constructor(cause: unknown) {
    super('The stream failed after it had begun', { cause })
  }
}

function compressor(coding: 'br' | 'gzip', response: Writable): Writable {
  const stream =
    coding === 'gzip'
      ? createGzip({ level: gzipLevel })
      : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } })
  // Its end ends the response; a response that is gone is noticed by whoever writes.
  stream.pipe(response)
  return stream
}

export async function drained(sink: Writable, response: Writable): Promise<void> {
  const gone = new AbortController()
  const close = () => gone.abort()
  response.once('close', close)
  try {
    if (response.destroyed) gone.abort()
    await once(sink, 'drain', { signal: gone.signal })
  } catch (cause) {
    throw new Failure('cancelled', 'The client went away', { cause })
  } finally {
    response.off('close', close)
  }
}
