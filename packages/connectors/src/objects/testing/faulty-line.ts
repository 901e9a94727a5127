import { connect, createServer, type Socket } from 'node:net'

/** A way to a server on which faults can be had on demand. */
export interface FaultyLine {
  readonly url: string
  /** What stands on it now. */
  connections(): number
  /** After so many more bytes from the server (down) or to it (up), connections break, or fall silent. */
  failAfter(bytes: number, direction: 'up' | 'down', how: 'break' | 'silence' | 'break once'): void
  /** Breaks what stands, and refuses who comes. */
  cut(): void
  restore(): void
  close(): void
}

export async function faultyLine(to: string): Promise<FaultyLine> {
  const target = new URL(to)
  const sockets = new Set<Socket>()
  let fault:
    | { left: number; readonly direction: 'up' | 'down'; readonly how: 'break' | 'silence' | 'break once' }
    | undefined
  let refusing = false

  const pass = (from: Socket, onward: Socket, direction: 'up' | 'down') => {
    from.on('data', (chunk: Buffer) => {
      if (fault?.direction !== direction || chunk.length <= fault.left) {
        if (fault?.direction === direction) fault.left -= chunk.length
        if (!onward.write(chunk)) {
          from.pause()
          onward.once('drain', () => from.resume())
        }
        return
      }
      const { how } = fault
      onward.write(chunk.subarray(0, fault.left))
      fault.left = 0
      if (how === 'break once') fault = undefined
      if (how === 'silence') from.pause()
      else {
        from.destroy()
        onward.destroy()
      }
    })
    from.on('end', () => onward.end())
    from.on('error', () => onward.destroy())
    from.on('close', () => {
      sockets.delete(from)
      onward.destroy()
    })
    sockets.add(from)
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (refusing) {
      near.destroy()
      return
    }
    const far = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true })
    pass(near, far, 'up')
    pass(far, near, 'down')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(to)
  url.hostname = '127.0.0.1'
  url.port = String(typeof address === 'object' && address ? address.port : 0)

  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    connections: () => sockets.size / 2,
    failAfter(bytes, direction, how) {
      fault = { left: bytes, direction, how }
    },
    cut() {
      refusing = true
      breakAll()
    },
    restore() {
      refusing = false
      fault = undefined
    },
    close() {
      breakAll()
      server.close()
    },
  }
}
