import { Socket, type TcpNetConnectOpts } from 'node:net'

/** What the driver reports as `EENCRYPT`. */
class NotEncrypted extends Error {
  readonly code = 'EENCRYPT'
}

/** TDS packets that may go out in the clear: PRELOGIN, in which the handshake of TLS travels too (MS-TDS 2.2.3.1.1). */
const prelogin = 0x12
const headerLength = 8

/**
 * A connection on which nothing but the agreement on TLS goes out in the clear. The driver asks a server for encryption,
 * but when the server (or who stands between) answers that it has none, it goes on without, and sends the password.
 */
class EncryptedSocket extends Socket {
  /** Bytes of a PRELOGIN packet that are still to come; undefined: TLS has taken over. */
  private clear: number | undefined = 0

  override _write(chunk: unknown, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.allows(chunk)) super._write(chunk, encoding, callback)
    else callback(new NotEncrypted('The server does not encrypt'))
  }

  override _writev(
    chunks: { chunk: unknown; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    if (chunks.every(({ chunk }) => this.allows(chunk))) super._writev?.(chunks, callback)
    else callback(new NotEncrypted('The server does not encrypt'))
  }

  private allows(chunk: unknown): boolean {
    if (this.clear === undefined) return true
    if (!Buffer.isBuffer(chunk)) return false
    let at = Math.min(this.clear, chunk.length)
    this.clear -= at
    while (at < chunk.length) {
      const type = chunk[at] ?? 0
      if (isTls(type)) {
        this.clear = undefined
        return true
      }
      if (type !== prelogin || chunk.length < at + headerLength) return false
      const length = chunk.readUInt16BE(at + 2)
      this.clear = Math.max(0, at + length - chunk.length)
      at += length
    }
    return true
  }
}

/** The types of TLS records: change of cipher, alert, handshake, data. */
function isTls(type: number): boolean {
  return type >= 0x14 && type <= 0x17
}

/** Connects as the driver asks to: it hands over where to, how to look up names, and a signal. */
export function connectEncrypted(...asked: readonly unknown[]): Promise<Socket> {
  const [to, , signal] = asked
  return new Promise((resolve, reject) => {
    if (!isPlace(to)) {
      reject(new NotEncrypted('The driver does not say where to connect'))
      return
    }
    const socket = new EncryptedSocket()
    const onAbort = () => socket.destroy(new Error('It took too long to connect'))
    if (signal instanceof AbortSignal) signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.removeListener('error', reject)
      if (signal instanceof AbortSignal) signal.removeEventListener('abort', onAbort)
      resolve(socket)
    })
    socket.connect(to)
  })
}

function isPlace(value: unknown): value is TcpNetConnectOpts {
  return typeof value === 'object' && value !== null && 'host' in value && 'port' in value
}
