import type { SftpConnection } from './connection.js'
import { requests } from './requests.js'

/** Bytes of one request, which every server takes, and of all that are on their way. */
const pieceBytes = 32 * 1024
const windowBytes = 1024 * 1024

/** The bytes from `start` up to, not including, `end`, asked for ahead of the reader. Ends early where the file does. */
export async function* readAhead(
  on: SftpConnection,
  handle: Buffer,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const coming: Promise<Buffer>[] = []
  let position = start
  const ask = () => {
    while (position < end && coming.length * pieceBytes < windowBytes) {
      const piece = readPiece(on, handle, position, Math.min(pieceBytes, end - position))
      // Who stops reading does not wait for those that were asked for.
      piece.catch(() => {})
      coming.push(piece)
      position += pieceBytes
    }
  }
  for (ask(); coming.length > 0; ask()) {
    const piece = await coming.shift()
    if (!piece || piece.length === 0) return
    yield piece
  }
}

/** A server may answer with less than was asked for; only the end of the file makes a piece shorter. */
async function readPiece(on: SftpConnection, handle: Buffer, position: number, length: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const bytes = await requests.read(on, handle, piece, filled, position + filled)
    if (bytes === 0) break
    filled += bytes
  }
  return piece.subarray(0, filled)
}

/** Writes all content and answers its length. Takes more only while the server keeps up. */
export async function writeAll(
  on: SftpConnection,
  handle: Buffer,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  const going: { readonly written: Promise<void>; readonly bytes: number }[] = []
  let position = 0
  let bytesGoing = 0
  try {
    for await (const chunk of content) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const written = requests.write(on, handle, bytes, position)
      written.catch(() => {})
      going.push({ written, bytes: bytes.length })
      position += bytes.length
      bytesGoing += bytes.length
      while (bytesGoing > windowBytes) {
        const first = going.shift()
        if (!first) break
        await first.written
        bytesGoing -= first.bytes
      }
    }
    for (const { written } of going) await written
  } catch (thrown) {
    await Promise.allSettled(going.map(({ written }) => written))
    throw thrown
  }
  return position
}
