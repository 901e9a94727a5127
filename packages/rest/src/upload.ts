import type { IncomingMessage } from 'node:http'
import { Failure, type FileContent } from '@gatehouse/core'
import { eachPart, isForm } from './form-parts.js'

/** The bytes that a request brings for one file: its body, or the first file of a form. */
export async function uploadedContent(request: IncomingMessage): Promise<FileContent> {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Failure('unsupported_media_type', 'A compressed body cannot be stored as a file', {
      hint: 'Send the bytes of the file itself, without Content-Encoding',
    })
  }
  if (!isForm(request)) return rawContent(request)
  const parts = eachPart(request)[Symbol.asyncIterator]()
  const { value: first, done } = await parts.next()
  if (done) throw new Failure('invalid', 'The form has no file')
  return {
    chunks: onlyOne(first.content.chunks, parts),
    ...(first.content.contentType !== undefined && { contentType: first.content.contentType }),
  }
}

function rawContent(request: IncomingMessage): FileContent {
  const { headers } = request
  const chunked = headers['transfer-encoding'] !== undefined
  const type = headers['content-type']
  return {
    chunks: bytesOf(request),
    ...(!chunked && { size: Number(headers['content-length'] ?? 0) }),
    ...(type !== undefined && { contentType: type }),
  }
}

/** The body at the reader's pace. A reader that stops leaves the connection open, for an answer. */
async function* bytesOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new Failure('cancelled', 'The client went away', { cause })
  }
}

async function* onlyOne(chunks: AsyncIterable<Uint8Array>, parts: AsyncIterator<unknown>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
    const next = await parts.next()
    if (!next.done) throw new Failure('invalid', 'The form has more than one file', { hint: 'Send it to a folder' })
  } finally {
    await parts.return?.()
  }
}
