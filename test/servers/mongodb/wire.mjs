import { deserialize, serialize } from 'bson'

/** @typedef {{ requestId: number, command: any, silent: boolean, legacy: boolean }} Message */

const opReply = 1
const opQuery = 2004
const opMessage = 2013
const headerBytes = 16
const largest = 48_000_000
/** 64-bit integers and bytes stay what they are. */
const options = { promoteLongs: false, promoteBuffers: false, bsonRegExp: true }

/** Cuts what comes over a socket into messages. Throws for what is none. */
export function createReader(/** @type {(message: Message) => void} */ take) {
  let rest = Buffer.alloc(0)
  return (/** @type {Buffer} */ chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= headerBytes) {
      const length = rest.readInt32LE(0)
      if (length < headerBytes || length > largest) throw new Error('no message')
      if (rest.length < length) return
      take(messageOf(rest.subarray(0, length)))
      rest = rest.subarray(length)
    }
  }
}

/** @returns {Message} */
function messageOf(/** @type {Buffer} */ bytes) {
  const requestId = bytes.readInt32LE(4)
  const operation = bytes.readInt32LE(12)
  if (operation === opMessage) return { requestId, legacy: false, ...sections(bytes) }
  if (operation !== opQuery) throw new Error('an operation that is not spoken here')
  // flags, the collection's name up to a zero, skip and limit, the document
  const end = bytes.indexOf(0, headerBytes + 4)
  const database = bytes.toString('utf8', headerBytes + 4, end).split('.')[0]
  const command = deserialize(bytes.subarray(end + 9), { ...options, allowObjectSmallerThanBufferSize: true })
  return { requestId, legacy: true, silent: false, command: { ...command, $db: database } }
}

/** OP_MSG: flags, then a body and sequences of documents that belong into it. */
function sections(/** @type {Buffer} */ bytes) {
  const flags = bytes.readUInt32LE(headerBytes)
  const end = bytes.length - (flags & 1 ? 4 : 0)
  /** @type {any} */
  let command = {}
  /** @type {Record<string, unknown[]>} */
  const sequences = {}
  for (let at = headerBytes + 4; at < end; ) {
    const kind = bytes.readUInt8(at++)
    const size = bytes.readInt32LE(at)
    if (kind === 0) command = deserialize(bytes.subarray(at, at + size), options)
    else if (kind === 1) {
      const nameEnd = bytes.indexOf(0, at + 4)
      /** @type {unknown[]} */
      const documents = []
      for (let from = nameEnd + 1; from < at + size; ) {
        const length = bytes.readInt32LE(from)
        documents.push(deserialize(bytes.subarray(from, from + length), options))
        from += length
      }
      sequences[bytes.toString('utf8', at + 4, nameEnd)] = documents
    } else throw new Error('a section that is not spoken here')
    at += size
  }
  return { command: { ...command, ...sequences }, silent: (flags & 2) !== 0 }
}

/** @returns {Buffer} */
export function reply(/** @type {Message} */ { requestId, legacy }, /** @type {Record<string, unknown>} */ document) {
  const body = Buffer.from(serialize(document, { ignoreUndefined: true }))
  const before = legacy ? Buffer.alloc(headerBytes + 20) : Buffer.alloc(headerBytes + 5)
  before.writeInt32LE(before.length + body.length, 0)
  before.writeInt32LE(requestId, 8)
  before.writeInt32LE(legacy ? opReply : opMessage, 12)
  if (legacy) before.writeInt32LE(1, headerBytes + 16)
  return Buffer.concat([before, body])
}
