import type { Socket } from 'node:net'
import { BerReader } from 'ldapts'

/** ExtendedRequest 1.3.6.1.4.1.1466.20037 with message id 1 (RFC 4511, 4.14). */
const request = Buffer.concat([Buffer.from('301d02010177188016', 'hex'), Buffer.from('1.3.6.1.4.1.1466.20037')])
const extendedResponse = 0x78

/**
 * Asks a server to go on by TLS. Rejects unless it agrees in exactly one message: what came behind it in the clear could be
 * anybody's, and would be taken for the server's answer to what is asked next.
 */
export function agreeOnTls(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const end = (error?: Error) => {
      socket.off('data', read).off('close', closed).off('error', end)
      socket.pause()
      if (error) reject(error)
      else resolve()
    }
    const closed = () => end(new Error('The server closed the connection in place of StartTLS'))
    const read = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      try {
        const code = resultCode(received)
        if (code === undefined) return
        end(code === 0 ? undefined : new Error(`The server refused StartTLS with result ${code}`))
      } catch (error) {
        end(error instanceof Error ? error : new Error(String(error)))
      }
    }
    socket.on('data', read).on('close', closed).on('error', end)
    socket.write(request)
  })
}

/** Undefined while the message is not complete. */
function resultCode(received: Buffer): number | undefined {
  const wrong = new Error('The answer to StartTLS is not one message of LDAP')
  if (received.length > 4096) throw wrong
  const reader = new BerReader(received)
  if (reader.readSequence() === null || reader.remain < reader.length) return undefined
  if (reader.remain > reader.length || reader.readInt() !== 1 || reader.readSequence() !== extendedResponse) throw wrong
  return reader.readEnumeration() ?? undefined
}
