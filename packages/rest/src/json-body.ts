import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { Failure, type JsonValue, parseJson } from '@gatehouse/core'

/** True where a request announces a body. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined
}

/** Throws `unsupported_media_type` for anything but plain JSON; a missing type is taken to be JSON. */
export function requireJson(request: IncomingMessage): void {
  const { headers } = request
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Failure('unsupported_media_type', 'A compressed body cannot be read', { hint: 'Send it uncompressed' })
  }
  const given = headers['content-type']
  if (given === undefined || given === 'application/json') return
  const [type = '', ...parameters] = given.toLowerCase().split(';')
  const media = type.trim()
  if (media !== 'application/json' && !(media.startsWith('application/') && media.endsWith('+json'))) {
    throw new Failure('unsupported_media_type', `A body of type ${media.slice(0, 100)} cannot be read`, {
      hint: 'Send JSON with Content-Type: application/json',
    })
  }
  const charset = parameters.map((p) => p.trim()).find((p) => p.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new Failure('unsupported_media_type', 'JSON is read as UTF-8 only')
  }
}

/** How deep arrays and objects may nest in a body. */
const deepest = 100

/** JSON in UTF-8, with or without a byte order mark; empty is undefined. Throws `invalid` with the position. */
export function parseBody(bytes: Buffer): JsonValue | undefined {
  if (!isUtf8(bytes)) throw new Failure('invalid', 'The body is not valid UTF-8')
  const text = bytes.toString('utf8')
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  return plain.trim() === '' ? undefined : parseJson(plain, deepest)
}
