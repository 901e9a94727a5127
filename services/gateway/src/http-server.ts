import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '@gatehouse/core'
import { refuseUnreadable } from './refuse-unreadable.js'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface HttpServer {
  readonly port: number
  /** Requests that come before are answered with 503. */
  serve(handler: Handler): void
  /** Stops accepting, lets what runs end for up to `graceMs`, then cuts it off. */
  close(graceMs: number): Promise<void>
}

/** Listens at once, so that the port is known (0: a free one) before the rest is made. Throws `unavailable` where it cannot. */
export async function openHttpServer(host: string, port: number): Promise<HttpServer> {
  let handler: Handler = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1', connection: 'close' })
    response.end()
  }
  let closing = false
  // A large file may take longer than any limit on a whole request: bodies are watched for standing still instead.
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
    if (closing) response.setHeader('connection', 'close')
    cutOffSlowBody(request)
    handler(request, response)
  })
  server.on('clientError', refuseUnreadable(server))
  // A request for h2c or a web socket is answered as if it had not asked for one (RFC 9110, 7.8).
  await listen(server, host, port)
  return {
    port: (server.address() as AddressInfo).port,
    serve(next) {
      handler = next
    },
    async close(graceMs) {
      closing = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      // Connections that were busy become idle as their answers end.
      const sweep = setInterval(() => server.closeIdleConnections(), 50)
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearInterval(sweep)
      clearTimeout(cut)
    },
  }
}

/** In each such time, a body that has not ended must bring so many bytes: about a kilobyte a second. */
const watchMs = 120_000
const leastBytes = 120_000

/** Cuts a connection off whose request trickles in, so that nobody holds many of them for nothing. */
function cutOffSlowBody(request: IncomingMessage): void {
  const { headers, socket } = request
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
  let before = socket.bytesRead
  const watch = setInterval(() => {
    // Where nobody reads on, it is not the client that is slow.
    if (!request.isPaused() && socket.bytesRead - before < leastBytes) socket.destroy()
    before = socket.bytesRead
  }, watchMs)
  watch.unref()
  request.once('close', () => clearInterval(watch))
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'the port is taken. Choose another one: --port N'
          : `(${error.code ?? 'unknown error'})`
      reject(new Failure('unavailable', `Cannot listen on ${host}:${port}: ${why}`, { cause: error }))
    })
    server.listen({ port, host }, resolve)
  })
}
