import type { Raw } from '../sql/driver.js'
import type { RowShape } from '../sql/row-shape.js'

/** What a worker process is started with, as JSON in its first argument. */
export interface WorkerSettings {
  /** The process that started it; without that it ends. */
  readonly parent: number
  readonly path: string
  readonly readOnly: boolean
  /** How long a statement waits for another process's lock. */
  readonly busyMs: number
}

/** A value as JSON: whole numbers beyond 2^53, infinities and bytes are wrapped. */
export type Wire = null | string | number | { readonly i: string } | { readonly n: string } | { readonly b: string }

interface Asked {
  readonly id: number
  /** By the system's clock, in milliseconds. */
  readonly deadline: number
  /** Opens a transaction first. */
  readonly begin?: 'BEGIN' | 'BEGIN IMMEDIATE'
  /** Belongs to an open transaction, and fails where there is none any more. */
  readonly inside?: boolean
}

export interface StatementRequest extends Asked {
  /** page: rows as text. rows: raw rows. stream: the first chunk of text; the others by `next`. */
  readonly kind: 'page' | 'rows' | 'stream'
  /** Number of the statement; 0: not worth keeping. */
  readonly statement: number
  /** Text and shape travel once to each worker, until it answers `unknown`. */
  readonly text?: string
  readonly shape?: RowShape
  readonly values: readonly Wire[]
  readonly limit: number
}

export type Request =
  | StatementRequest
  | (Asked & { readonly kind: 'next' })
  /** Leaves a stream before its end. */
  | (Asked & { readonly kind: 'end' })
  /** SAVEPOINT, COMMIT and their like. */
  | (Asked & { readonly kind: 'control'; readonly text: string })

/** Sent before the text of the rows, which follows as UTF-8. */
export interface Reply {
  readonly id: number
  readonly error?: { readonly code: string; readonly message: string }
  readonly unknown?: true
  readonly rows?: number
  readonly more?: boolean
  readonly last?: readonly Wire[]
  readonly raw?: readonly (readonly Wire[])[]
  readonly affected?: number
  /** Of a stream: this chunk is the last one. */
  readonly done?: boolean
}

export function toWire(value: unknown): Wire {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return Number.isFinite(value) ? value : { n: String(value) }
    case 'bigint': {
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : { i: value.toString() }
    }
    case 'boolean':
      return value ? 1 : 0
    default:
      if (value === null || value === undefined) return null
      if (value instanceof Uint8Array) {
        return { b: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
      }
      throw new TypeError('A value that SQLite cannot hold')
  }
}

export function fromWire(wire: Wire): Raw {
  if (typeof wire !== 'object' || wire === null) return wire
  if ('i' in wire) return BigInt(wire.i)
  if ('n' in wire) return Number(wire.n)
  return Buffer.from(wire.b, 'base64')
}

/** The length of a frame's two length fields. */
const prefix = 8

/** A message: the lengths of both parts as 32-bit little-endian numbers, a header of JSON, and bytes. */
export function frame(header: string, body = ''): Buffer {
  const headerLength = Buffer.byteLength(header)
  const bodyLength = body === '' ? 0 : Buffer.byteLength(body)
  const bytes = Buffer.allocUnsafe(prefix + headerLength + bodyLength)
  bytes.writeUInt32LE(headerLength, 0)
  bytes.writeUInt32LE(bodyLength, 4)
  bytes.write(header, prefix)
  if (bodyLength > 0) bytes.write(body, prefix + headerLength)
  return bytes
}

/** Puts frames together again from chunks of any size; `take` gets each frame's header and bytes. */
export function frameReader(take: (header: string, body: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let length = 0
  let needed = prefix
  return (chunk) => {
    chunks.push(chunk)
    length += chunk.length
    if (length < needed) return
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, length)
    needed = prefix
    while (bytes.length >= prefix) {
      const bodyStart = prefix + bytes.readUInt32LE(0)
      const end = bodyStart + bytes.readUInt32LE(4)
      if (bytes.length < end) {
        needed = end
        break
      }
      take(bytes.toString('utf8', prefix, bodyStart), bytes.subarray(bodyStart, end))
      bytes = bytes.subarray(end)
    }
    chunks = bytes.length > 0 ? [bytes] : []
    length = bytes.length
  }
}
