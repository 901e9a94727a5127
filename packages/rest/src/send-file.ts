import { type Answer, bareMediaType, Failure, type FileEntry, type JsonObject, nameOf } from '@gatehouse/core'
import { dispositionOf } from './answer-format.js'
import { commonHeaders, type Exchange } from './exchange.js'
import { flat } from './send.js'
import { CutShort, drained } from './send-stream.js'

type FileAnswer = Extract<Answer, { readonly kind: 'file' }>

/**
 * Sends a file, or a range of it, at the client's pace. Until the first chunk is there it throws what the storage
 * throws, so that it can become an error answer; after that the connection is cut, so that a short answer never looks
 * whole.
 */
export async function sendFile(exchange: Exchange, answer: FileAnswer, input: JsonObject): Promise<void> {
  const { request, response } = exchange
  const chunks = answer.chunks?.[Symbol.asyncIterator]()
  let next = await chunks?.next()
  const { limit, timing } = answer
  const headers = headersOf(answer, input.download === true)
  const status = answer.unchanged ? 304 : answer.range ? 206 : 200
  response.writeHead(status, flat(commonHeaders(exchange, { headers, limit, timing })))
  if (!chunks || request.method === 'HEAD') {
    await chunks?.return?.()
    response.end()
    return
  }
  try {
    let ahead = readAhead(chunks)
    while (next && !next.done) {
      // The last bytes wait for the end of the stream, when the call has been written down: nobody has the whole file
      // before that.
      const following = await ahead
      if (!following.done) ahead = readAhead(chunks)
      if (response.destroyed) throw new Failure('cancelled', 'The client went away')
      if (!response.write(next.value)) await drained(response, response)
      next = following
    }
    response.end()
  } catch (thrown) {
    response.destroy()
    await chunks.return?.()
    if (!(thrown instanceof Failure && thrown.code === 'cancelled')) throw new CutShort(thrown)
  }
}

/** The storage is read while the client takes what is there. A failure is thrown when its turn comes, or never. */
function readAhead(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  const ahead = chunks.next()
  ahead.catch(() => undefined)
  return ahead
}

function headersOf({ entry, range, unchanged }: FileAnswer, download: boolean): string[] {
  const { size, etag, modified } = entry
  const headers = ['Cache-Control', 'private, no-cache', 'Accept-Ranges', 'bytes']
  if (etag !== undefined) headers.push('ETag', `"${etag}"`)
  if (modified) headers.push('Last-Modified', modified.toUTCString())
  if (unchanged) return headers
  headers.push('Content-Type', safeType(entry), ...guards(entry, download))
  if (range) {
    headers.push('Content-Range', `bytes ${range.start}-${range.end}/${size ?? '*'}`)
    headers.push('Content-Length', `${range.end - range.start + 1}`)
  } else if (size !== undefined) headers.push('Content-Length', `${size}`)
  return headers
}

/** What a storage keeps as a type was somebody's to choose: what is no media type is not passed on. */
function safeType({ contentType = '' }: FileEntry): string {
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:;[\x20-\x7e]*)?$/.test(contentType) ? contentType : 'application/octet-stream'
}

/** Types that a browser shows without running anything that is in them. */
const shown =
  /^(?:text\/(?:plain|csv|markdown|tab-separated-values|calendar)|image\/(?!svg)[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+|application\/(?:pdf|json|x-ndjson))$/

/**
 * Files come from whoever may write them and are served from the origin of the API, so none may act as a page of it:
 * what could is saved and not shown, and a policy takes scripts, forms and requests from whatever is shown all the same.
 * (Together with nosniff, which every answer has.) PDF viewers do not work inside a sandbox and are one themselves.
 */
function guards(entry: FileEntry, download: boolean): string[] {
  const type = bareMediaType(entry.contentType ?? '')
  const kind = !download && shown.test(type) ? 'inline' : 'attachment'
  const sandbox = type === 'application/pdf' ? '' : '; sandbox'
  return [
    'Content-Disposition',
    dispositionOf(kind, nameOf(entry.path)),
    'Content-Security-Policy',
    `default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; frame-ancestors 'none'${sandbox}`,
    'Cross-Origin-Resource-Policy',
    'same-site',
  ]
}
