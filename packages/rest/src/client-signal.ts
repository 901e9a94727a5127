import type { Socket } from 'node:net'

const signals = new WeakMap<Socket, AbortSignal>()

/**
 * Aborted when the client goes away. One for a connection and not one for a request: HTTP/1.1 answers one after the
 * other, and to make a signal costs more than to route a request.
 */
export function clientSignal(socket: Socket): AbortSignal {
  let signal = signals.get(socket)
  if (!signal) {
    const controller = new AbortController()
    socket.once('close', () => controller.abort())
    signal = controller.signal
    signals.set(socket, signal)
  }
  return signal
}
