import { createServer, type Socket } from 'node:net'
import { BerReader, BerWriter } from 'ldapts'

/** What a client asked: `bind` with a DN, `search` below one, `extended` for StartTLS. */
export interface Asked {
  readonly op: 'bind' | 'search' | 'extended' | 'other'
  readonly id: number
  readonly dn: string
  readonly connection: number
}

export interface Liar {
  readonly url: string
  /** Everything that was asked, in order. */
  readonly asked: readonly Asked[]
  close(): Promise<void>
}

const ops: Readonly<Record<number, Asked['op']>> = { 96: 'bind', 99: 'search', 119: 'extended' }

/**
 * A double of a directory on a port of its own, for what no real one does on demand: it answers as it is told to.
 * `answer` gives octets; undefined: it says nothing.
 */
export async function startLiar(answer: (asked: Asked, socket: Socket) => Buffer | undefined): Promise<Liar> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const connection = sockets.size
    socket.on('error', () => {})
    socket.on('data', (data) => {
      for (let rest = data; rest.length > 0; ) {
        const reader = new BerReader(rest)
        // What is not LDAP is the beginning of TLS.
        if (reader.peek() !== 0x30) break
        reader.readSequence()
        const end = reader.offset + reader.length
        const question = { ...questionIn(reader), connection }
        asked.push(question)
        const bytes = answer(question, socket)
        if (bytes) socket.write(bytes)
        rest = rest.subarray(end)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `ldap://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    asked,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function questionIn(reader: BerReader): Omit<Asked, 'connection'> {
  const id = reader.readInt() ?? 0
  const tag = reader.readSequence() ?? 0
  const op = ops[tag] ?? 'other'
  if (op === 'bind') reader.readInt()
  return { op, id, dn: op === 'bind' || op === 'search' ? (reader.readString() ?? '') : '' }
}

/** The end of an answer: 0 is success, 49 a wrong password, 10 a referral. */
export function result({ op, id }: Asked, code = 0): Buffer {
  const tags = { bind: 0x61, search: 0x65, extended: 0x78, other: 0x78 }
  return message(id, tags[op], (writer) => {
    writer.writeEnumeration(code)
    writer.writeString('')
    writer.writeString('')
  })
}

/** An entry that is found. */
export function entry({ id }: Asked, dn: string, attributes: Readonly<Record<string, readonly string[]>> = {}): Buffer {
  return message(id, 0x64, (writer) => {
    writer.writeString(dn)
    writer.startSequence()
    for (const [name, values] of Object.entries(attributes)) {
      writer.startSequence()
      writer.writeString(name)
      writer.startSequence(0x31)
      for (const value of values) writer.writeString(value)
      writer.endSequence()
      writer.endSequence()
    }
    writer.endSequence()
  })
}

/** "Ask there." */
export function reference({ id }: Asked, url: string): Buffer {
  return message(id, 0x73, (writer) => writer.writeString(url))
}

function message(id: number, tag: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(id)
  writer.startSequence(tag)
  write(writer)
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}
