import { Failure } from '@gatehouse/core'

/**
 * Frontend messages of PostgreSQL's protocol 3.0 (https://www.postgresql.org/docs/current/protocol-message-formats.html),
 * gathered so that everything a call sends leaves in one write to the socket.
 */

/** A statement with its values, to be run inside one exchange. */
export interface Step {
  readonly text: string
  /** Prepared under this name once a connection; absent: parsed each time. */
  readonly name?: string
  /** As texts; null is NULL. Anything else is printed with String. */
  readonly values: readonly unknown[]
  /** Stops after so many rows and keeps the portal of this name open. */
  readonly portal?: { readonly name: string; readonly rows: number }
  /** Asks for the columns too. */
  readonly describe?: boolean
}

/** Characters of the texts among them: the rest is short. */
export function textLength(values: readonly unknown[]): number {
  let length = 0
  for (const value of values) if (typeof value === 'string') length += value.length
  return length
}

// One for all connections: it is filled and copied within one tick.
let buffer = Buffer.allocUnsafe(1 << 16)
let length = 0

function room(bytes: number): void {
  if (length + bytes <= buffer.length) return
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + bytes))
  buffer.copy(larger, 0, 0, length)
  buffer = larger
}

function int32(value: number): void {
  buffer[length++] = value >>> 24
  buffer[length++] = value >>> 16
  buffer[length++] = value >>> 8
  buffer[length++] = value
}

function int16(value: number): void {
  buffer[length++] = value >>> 8
  buffer[length++] = value
}

/** Short ASCII is written by hand: a call into the runtime costs more than the few bytes. */
function text(value: string): void {
  const size = value.length
  room(size * 3)
  if (size > 40) {
    length += buffer.write(value, length)
    return
  }
  const start = length
  for (let i = 0; i < size; i++) {
    const code = value.charCodeAt(i)
    if (code > 0x7f) {
      length = start + buffer.write(value, start)
      return
    }
    buffer[length++] = code
  }
}

function cstring(value: string): void {
  text(value)
  room(1)
  buffer[length++] = 0
}

/** Starts a message and answers where its length goes. */
function begin(type: number): number {
  room(64)
  buffer[length++] = type
  length += 4
  return length - 4
}

function end(at: number): void {
  buffer.writeInt32BE(length - at, at)
}

/** Drops what was gathered before: the start of an exchange. */
export function startMessages(): void {
  length = 0
  // What one large insert needed is not kept for ever.
  if (buffer.length > 1 << 22) buffer = Buffer.allocUnsafe(1 << 16)
}

/** A copy of what was gathered, since the socket may keep it for a while. */
export function takeMessages(): Buffer {
  const message = Buffer.allocUnsafe(length)
  buffer.copy(message, 0, 0, length)
  return message
}

export function addParse(name: string, sql: string): void {
  // It would end the message's text early.
  if (sql.includes('\0')) throw new Failure('invalid', 'A name or value holds a NUL character, which SQL cannot')
  const at = begin(0x50)
  cstring(name)
  cstring(sql)
  room(2)
  int16(0)
  end(at)
}

/** All values and all results in text format. */
export function addBind(portal: string, name: string, values: readonly unknown[]): void {
  if (values.length > 65_535) throw new Failure('too_large', 'One statement takes at most 65535 values')
  const at = begin(0x42)
  cstring(portal)
  cstring(name)
  room(4)
  int16(0)
  int16(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    room(4)
    if (value === null || value === undefined) {
      int32(-1)
      continue
    }
    const lengthAt = length
    length += 4
    text(typeof value === 'string' ? value : String(value))
    buffer.writeInt32BE(length - lengthAt - 4, lengthAt)
  }
  room(2)
  int16(0)
  end(at)
}

/** `rows` 0: all of them. */
export function addExecute(portal: string, rows: number): void {
  const at = begin(0x45)
  cstring(portal)
  room(4)
  int32(rows)
  end(at)
}

export function addDescribePortal(portal: string): void {
  const at = begin(0x44)
  buffer[length++] = 0x50
  cstring(portal)
  end(at)
}

/** Forgets a prepared statement. */
export function addCloseStatement(name: string): void {
  const at = begin(0x43)
  buffer[length++] = 0x53
  cstring(name)
  end(at)
}

export function addSync(): void {
  end(begin(0x53))
}

/** A simple query; may hold several statements. For our own texts only. */
export function addQuery(sql: string): void {
  const at = begin(0x51)
  cstring(sql)
  end(at)
}

export const terminate = Buffer.from([0x58, 0, 0, 0, 4])

/** CancelRequest; it goes over a connection of its own. */
export function cancelRequest(processId: number, secretKey: number): Buffer {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(80877102, 4)
  message.writeInt32BE(processId, 8)
  message.writeInt32BE(secretKey, 12)
  return message
}
