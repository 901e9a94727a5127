import type { OutgoingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { commonHeaders, type Exchange, type Reply } from './exchange.js'
import { type Coding, preferredCoding } from './negotiate.js'

/** Smaller bodies are not worth compressing. */
const worthCompressing = 1024

const gzipped = promisify(gzip)
const brotlied = promisify(brotliCompress)
/** Fast rather than small: the gateway's processor is dearer than the network. */
export const gzipLevel = 1
export const brotliQuality = 3

/** Sends a whole answer. Resolves at once where nothing has to be compressed. */
export function send(exchange: Exchange, reply: Reply): void | Promise<void> {
  const { body } = reply
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  if (length >= worthCompressing) {
    const coding = preferredCoding(exchange.request.headers['accept-encoding'] as string | undefined)
    if (coding) return sendCompressed(exchange, reply, coding)
  }
  write(exchange, reply, body, length)
}

async function sendCompressed(exchange: Exchange, reply: Reply, coding: Coding): Promise<void> {
  const body = await (coding === 'gzip'
    ? gzipped(reply.body, { level: gzipLevel })
    : brotlied(reply.body, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } }))
  const headers = [...reply.headers, 'Content-Encoding', coding, 'Vary', 'Accept-Encoding']
  write(exchange, { ...reply, headers }, body, body.length)
}

function write(exchange: Exchange, reply: Reply, body: string | Uint8Array, length: number): void {
  const { response } = exchange
  if (response.destroyed) return
  const headers = commonHeaders(exchange, reply)
  headers.push('Content-Length', `${length}`)
  response.writeHead(reply.status, flat(headers))
  response.end(body)
}

/** An answer without a body: 204 and 304. */
export function sendEmpty(exchange: Exchange, status: number, reply: Omit<Reply, 'body' | 'status'>): void {
  if (exchange.response.destroyed) return
  exchange.response.writeHead(status, flat(commonHeaders(exchange, reply)))
  exchange.response.end()
}

/** node:http takes a flat array of names and values, which its types call headers of another kind. */
export function flat(headers: readonly string[]): OutgoingHttpHeaders {
  return headers as unknown as OutgoingHttpHeaders
}
