/** A connection of Node's, as far as it matters here. */
interface Connection {
  once(event: 'close', listener: () => void): unknown
}

const signals = new WeakMap<Connection, AbortSignal>()

/**
 * Aborted when the client goes away. One for a connection and not one for a request: HTTP/1.1 answers one after the
 * other, and to make a signal costs more than to route a request. Whoever listens to it stops when its call is done.
 */
export function clientSignal(connection: Connection): AbortSignal {
  let signal = signals.get(connection)
  if (!signal) {
    const controller = new AbortController()
    connection.once('close', () => controller.abort())
    signal = controller.signal
    signals.set(connection, signal)
  }
  return signal
}
