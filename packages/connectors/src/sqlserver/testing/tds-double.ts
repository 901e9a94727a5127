import { createServer, type Server, type Socket } from 'node:net'
import { type Duplex, duplexPair, type Writable } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import { parametersOf, type TdsColumn, type TdsParameter } from './tds-types.js'

/** What a client asked for. `reset`: the session was to be made new before it. */
export interface TdsRequest {
  readonly kind: 'login' | 'batch' | 'rpc' | 'attention'
  readonly text: string
  readonly parameters: readonly TdsParameter[]
  readonly reset: boolean
}

export interface TdsAnswer {
  readonly sets?: readonly { readonly columns: readonly TdsColumn[]; readonly rows: readonly (readonly unknown[])[] }[]
  readonly affected?: number
  /** Errors of the server, in order, behind the rows. */
  readonly errors?: readonly { readonly number: number; readonly message: string }[]
  /** Nothing is said until an attention comes. */
  readonly silent?: boolean
  /** The connection is cut. */
  readonly cut?: boolean
}

export interface TdsDouble {
  readonly port: number
  readonly requests: TdsRequest[]
  close(): Promise<void>
}

const packets = { batch: 0x01, rpc: 0x03, answer: 0x04, attention: 0x06, login: 0x10, prelogin: 0x12 } as const
/** MS-TDS 2.2.3.1.2. */
const status = { last: 0x01, reset: 0x08 } as const
const done = { final: 0x00, error: 0x02, count: 0x10, attention: 0x20, more: 0x01 } as const
/** sp_executesql. */
const executeSql = 10

/** A key and its certificate in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * A double of SQL Server that speaks as much of TDS 7.4 as the driver needs to sign in, to send statements and to read
 * answers that were written by hand. It knows no SQL. Without a certificate it says that it does not encrypt.
 */
export async function tdsDouble(
  answers: (request: TdsRequest) => TdsAnswer | undefined,
  certificate?: Certificate,
): Promise<TdsDouble> {
  const requests: TdsRequest[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const answer = (request: TdsRequest) => {
      requests.push(request)
      return answers(request) ?? {}
    }
    if (certificate) serveEncrypted(socket, certificate, answer)
    else serve(socket, answer, false)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: portOf(server),
    requests,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/**
 * The handshake travels inside PRELOGIN packets; with its end TLS takes the connection over (MS-TDS 3.2.5.2). The client
 * speaks first then, which is how the end is known.
 */
function serveEncrypted(socket: Socket, certificate: Certificate, answer: (request: TdsRequest) => TdsAnswer): void {
  const [inner, outer] = duplexPair()
  let state: 'asking' | 'shaking' | 'secure' = 'asking'
  outer.on('data', (data: Buffer) => {
    if (state === 'secure') socket.write(data)
    else send(socket, data, packets.prelogin)
  })
  socket.on('data', (data) => {
    if (state === 'asking') {
      send(socket, preloginAnswer(true))
      state = 'shaking'
      return
    }
    if (data[0] !== packets.prelogin) state = 'secure'
    let rest = data
    while (state === 'shaking' && rest.length > 0) {
      const length = rest.readUInt16BE(2)
      outer.write(rest.subarray(8, length))
      rest = rest.subarray(length)
    }
    if (state === 'secure') outer.write(rest)
  })
  const secureContext = createSecureContext({ ...certificate, maxVersion: 'TLSv1.2' })
  const secure = new TLSSocket(inner, { isServer: true, secureContext })
  secure.on('error', () => socket.destroy())
  serve(secure, answer, true)
}

function serve(socket: Duplex, answer: (request: TdsRequest) => TdsAnswer, encrypted: boolean): void {
  let received = Buffer.alloc(0)
  let payload: Buffer[] = []
  let reset = false
  /** A request has no answer yet. */
  let waiting = false
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    while (received.length >= 8 && received.length >= received.readUInt16BE(2)) {
      const length = received.readUInt16BE(2)
      const [type, flags] = [received.readUInt8(0), received.readUInt8(1)]
      payload.push(received.subarray(8, length))
      received = received.subarray(length)
      if ((flags & status.reset) !== 0) reset = true
      if ((flags & status.last) === 0) continue
      const message = Buffer.concat(payload)
      payload = []
      const request = requestOf(type, message, reset)
      reset = false
      if (type === packets.prelogin) send(socket, preloginAnswer(encrypted))
      else if (request?.kind === 'attention') {
        answer(request)
        // The end of what is stopped, then the acknowledgement, each a message of its own.
        if (waiting) send(socket, doneToken(done.error))
        send(socket, doneToken(done.attention))
        waiting = false
      } else if (request) {
        const answered = answer(request)
        waiting = answered.silent === true
        reply(socket, request, answered)
      }
    }
  })
}

function requestOf(type: number, message: Buffer, reset: boolean): TdsRequest | undefined {
  /** Behind the headers that every request has (MS-TDS 2.2.5.3). */
  const body = () => message.subarray(message.readUInt32LE(0))
  switch (type) {
    case packets.login:
      return { kind: 'login', text: '', parameters: [], reset }
    case packets.batch:
      return { kind: 'batch', text: body().toString('utf16le'), parameters: [], reset }
    case packets.rpc: {
      const bytes = body()
      if (bytes.readUInt16LE(0) !== 0xffff || bytes.readUInt16LE(2) !== executeSql) throw new Error('Not sp_executesql')
      const [statement, , ...values] = parametersOf(bytes.subarray(6))
      return { kind: 'rpc', text: String(statement?.value), parameters: values, reset }
    }
    case packets.attention:
      return { kind: 'attention', text: '', parameters: [], reset }
    default:
      return undefined
  }
}

function reply(
  socket: Duplex,
  request: TdsRequest,
  { sets = [], affected, errors = [], silent, cut }: TdsAnswer,
): void {
  if (cut) socket.destroy()
  if (cut || silent) return
  const tokens: Buffer[] = []
  if (request.kind === 'login' && errors.length === 0) tokens.push(loginToken())
  const begins = /^BEGIN TRANSACTION/.test(request.text)
  const ends = /^(COMMIT|IF @@TRANCOUNT > 0 ROLLBACK) TRANSACTION/.test(request.text)
  if (begins || ends) tokens.push(transactionToken(begins))
  // Nobody has asked for rows yet when the session is made.
  const asked = request.kind !== 'login' && !request.text.startsWith('set ')
  for (const { columns, rows } of asked ? sets : []) {
    tokens.push(columnsToken(columns))
    for (const row of rows)
      tokens.push(Buffer.concat([Buffer.from([0xd1]), ...columns.map((column, i) => column.value(row[i] ?? null))]))
    tokens.push(doneToken(done.more | done.count, rows.length))
  }
  for (const error of errors) tokens.push(errorToken(error))
  const flags = errors.length > 0 ? done.error : affected === undefined ? done.final : done.count
  send(socket, Buffer.concat([...tokens, doneToken(flags, affected ?? 0)]))
}

const packetSize = 4096

function send(socket: Writable, bytes: Buffer, type: number = packets.answer): void {
  for (let at = 0; at < bytes.length; at += packetSize - 8) {
    const part = bytes.subarray(at, at + packetSize - 8)
    const header = Buffer.alloc(8)
    header.writeUInt8(type, 0)
    header.writeUInt8(at + part.length >= bytes.length ? status.last : 0, 1)
    header.writeUInt16BE(part.length + 8, 2)
    socket.write(Buffer.concat([header, part]))
  }
}

/** Version and encryption (1: on, 2: not supported); MS-TDS 2.2.6.5. */
function preloginAnswer(encrypted: boolean): Buffer {
  const options = [
    [0x00, Buffer.from([16, 0, 0, 0, 0, 0])],
    [0x01, Buffer.from([encrypted ? 1 : 2])],
  ] as const
  let offset = options.length * 5 + 1
  const heads = options.map(([token, value]) => {
    const head = Buffer.alloc(5)
    head.writeUInt8(token, 0)
    head.writeUInt16BE(offset, 1)
    head.writeUInt16BE(value.length, 3)
    offset += value.length
    return head
  })
  return Buffer.concat([...heads, Buffer.from([0xff]), ...options.map(([, value]) => value)])
}

function token(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(3)
  head.writeUInt8(type, 0)
  head.writeUInt16LE(body.length, 1)
  return Buffer.concat([head, body])
}

const short = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'utf16le')])

function loginToken(): Buffer {
  return token(0xad, Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), short('Double'), Buffer.from([16, 0, 0, 0])]))
}

function transactionToken(begins: boolean): Buffer {
  const descriptor = Buffer.from([8, 1, 2, 3, 4, 5, 6, 7, 8])
  const none = Buffer.from([0])
  return token(
    0xe3,
    Buffer.concat([Buffer.from([begins ? 8 : 9]), ...(begins ? [descriptor, none] : [none, descriptor])]),
  )
}

function columnsToken(columns: readonly TdsColumn[]): Buffer {
  const count = Buffer.alloc(3)
  count.writeUInt8(0x81, 0)
  count.writeUInt16LE(columns.length, 1)
  // No user type; may be NULL.
  const flags = Buffer.from([0, 0, 0, 0, 1, 0])
  return Buffer.concat([count, ...columns.flatMap((column) => [flags, column.info, short(column.name)])])
}

function errorToken({ number, message }: { readonly number: number; readonly message: string }): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32LE(number, 0)
  head.writeUInt8(1, 4)
  head.writeUInt8(16, 5)
  head.writeUInt16LE(message.length, 6)
  return token(
    0xaa,
    Buffer.concat([head, Buffer.from(message, 'utf16le'), short('double'), short(''), Buffer.alloc(4)]),
  )
}

function doneToken(flags: number, count = 0): Buffer {
  const bytes = Buffer.alloc(13)
  bytes.writeUInt8(0xfd, 0)
  bytes.writeUInt16LE(flags, 1)
  bytes.writeBigUInt64LE(BigInt(count), 5)
  return bytes
}
