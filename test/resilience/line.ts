import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be cut and restored. */
export interface Line {
  /** The URL of the server by way of the line. */
  readonly url: string
  /** Ends what is connected and refuses who comes. */
  cut(): void
  restore(): Promise<void>
}

/** A line to the server of a URL, from a free port of this machine. */
export async function lineTo(url: string): Promise<Line> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((near) => {
        const far = connect(Number(target.port), target.hostname)
        for (const [socket, other] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(socket)
          socket.on('error', () => {})
          socket.on('close', () => {
            sockets.delete(socket)
            other.destroy()
          })
          socket.pipe(other)
        }
      })
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve(server))
    })
  let server = await listen(0)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(port)
  return {
    url: through.href,
    cut() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
    async restore() {
      server = await listen(port)
    },
  }
}
