import type { Duplex } from 'node:stream'
import { requestIds } from './request-ids.js'

/** What the HTTP parser says of requests that it gives up on; anything else is a malformed request. */
const refusals: Readonly<
  Record<string, readonly [status: number, reason: string, code: string, message: string, hint: string]>
> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'too_large',
    'The address and the headers of the request are too long',
    'Send a long filter in the body of a POST with X-HTTP-Method: GET',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'timeout', 'The request did not arrive in time', 'Send it again'],
}
const malformed = [
  400,
  'Bad Request',
  'invalid',
  'The request is not HTTP/1.1',
  'Look at its first line and headers',
] as const

/**
 * Answers what never became a request in the shape of all other failures, and ends the connection. `isAnswering`: an
 * earlier request on it is still being answered.
 */
export function refuseUnreadable(isAnswering: (socket: Duplex) => boolean) {
  const newId = requestIds()
  return (error: NodeJS.ErrnoException, socket: Duplex): void => {
    // In the middle of an earlier answer there is no place for another one.
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
      socket.destroy()
      return
    }
    const [status, reason, code, message, hint] = refusals[error.code ?? ''] ?? malformed
    const id = newId()
    const body = JSON.stringify({ error: { code, status_code: status, message, hint, request_id: id } })
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nX-Request-Id: ${id}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
}
