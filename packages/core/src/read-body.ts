import type { IncomingMessage } from 'node:http'
import { Failure } from './failure.js'

/** The whole body. Throws `too_large` above `limit` bytes without reading on, and `cancelled` when the client goes away. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const fail = (failure: Failure) => {
      request.pause()
      request.removeAllListeners('data')
      reject(failure)
    }
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) fail(tooLarge(limit))
      else chunks.push(chunk)
    })
    request.on('end', () => {
      const [only] = chunks
      resolve(only && chunks.length === 1 ? only : Buffer.concat(chunks, size))
    })
    // Also behind an error, which is no more than this.
    request.on('close', () => {
      if (!request.complete) fail(new Failure('cancelled', 'The client went away'))
    })
    // What has come together with the headers is handed over at once, instead of being kept for a turn.
    request.read(0)
  })
}

function tooLarge(limit: number): Failure {
  return new Failure('too_large', `The body is larger than ${limit} bytes`, {
    hint: 'Send fewer records a request',
    context: { limit },
  })
}
