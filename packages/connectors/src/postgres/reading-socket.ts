import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net'

/** All sockets read into it, one at a time: what was read is used up within the turn of the event loop that it came in. */
const shared = Buffer.allocUnsafe(1 << 16)

/** Takes what comes in, which is gone when it returns. */
export type Take = (chunk: Buffer) => void

const takers = new WeakMap<Socket, Take>()

/**
 * A socket that is not connected yet and reads into a buffer that is always the same. Otherwise Node makes one of 64 kB
 * for each read, which costs more than to cut a short answer into messages. Its data are events as always until
 * `takeOver`.
 */
export function readingSocket(): Socket {
  const options: SocketConstructorOpts & ConnectOpts = {
    onread: {
      buffer: shared,
      callback(size) {
        const take = takers.get(socket)
        if (take) take(shared.subarray(0, size))
        else socket.emit('data', Buffer.from(shared.subarray(0, size)))
        return true
      },
    },
  }
  const socket = new Socket(options)
  return socket
}

/** From now on all data go to `take` and to nobody else. */
export function takeOver(socket: Socket, take: Take): void {
  socket.removeAllListeners('data')
  takers.set(socket, take)
  // What is no reading socket (TLS) has its events.
  socket.on('data', take)
}
