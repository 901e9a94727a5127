/** A request of Node's, as far as it matters here. */
interface Incoming {
  readonly complete: boolean
  readonly destroyed: boolean
  readonly socket: { destroy(): unknown }
  once(event: 'end' | 'close', listener: () => void): unknown
  resume(): unknown
}

/** Milliseconds in which the rest of a refused body is taken. */
const lingerMs = 5000

/**
 * After a refusal that has not waited for the end of the body: reads on for a moment what is not wanted, and then cuts
 * the connection off. A connection that is closed with bytes unread is reset, and a client that still sends would not
 * get to read the answer (RFC 9112, 9.6).
 */
export function takeRest(request: Incoming): void {
  if (request.complete || request.destroyed) return
  const cut = setTimeout(() => request.socket.destroy(), lingerMs)
  request.once('end', () => clearTimeout(cut))
  request.once('close', () => clearTimeout(cut))
  request.resume()
}
