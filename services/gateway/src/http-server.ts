import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
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

/** In each `everyMs`, a body that has not ended must bring `leastBytes`. */
interface BodyPace {
  readonly everyMs: number
  readonly leastBytes: number
}

/** About a kilobyte a second. */
const usualPace: BodyPace = { everyMs: 120_000, leastBytes: 120_000 }

/**
 * Listens at once, so that the port is known (0: a free one) before the rest is made. Whose body comes slower than `pace`
 * finds the connection closed, without an answer. Throws `unavailable` where it cannot listen.
 */
export async function openHttpServer(host: string, port: number, pace = usualPace): Promise<HttpServer> {
  let handler: Handler = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1', connection: 'close' })
    response.end()
  }
  let closing = false
  // A large file may take longer than any limit on a whole request: bodies are watched for standing still instead.
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
    if (closing) response.setHeader('connection', 'close')
    const connection = connections.get(request.socket)
    if (connection) {
      connection.request = request
      connection.response = response
    }
    handler(request, response)
  })
  const connections = connectionsOf(server)
  cutOffSlowBodies(server, connections, pace)
  server.on(
    'clientError',
    refuseUnreadable((socket) => isAnswering(connections.get(socket))),
  )
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

/** What is on a connection: its last request, and the answer to that. */
interface Connection {
  request: IncomingMessage | undefined
  response: ServerResponse | undefined
  /** At the last look: the request whose body was being read, and how many bytes had come. */
  reading: IncomingMessage | undefined
  read: number
}

function connectionsOf(server: Server): ReadonlyMap<Duplex, Connection> {
  const connections = new Map<Duplex, Connection>()
  server.on('connection', (socket: Socket) => {
    connections.set(socket, { request: undefined, response: undefined, reading: undefined, read: 0 })
    socket.once('close', () => connections.delete(socket))
  })
  return connections
}

/** Answers come in the order of their requests, so that all are done where the last one is. */
function isAnswering(connection: Connection | undefined): boolean {
  const response = connection?.response
  return response !== undefined && !response.writableFinished && !response.destroyed
}

/**
 * Cuts connections off whose requests trickle in, so that nobody holds many of them for nothing. One look at all of them
 * now and then: a timer for each request would cost more than to route it.
 */
function cutOffSlowBodies(
  server: Server,
  connections: ReadonlyMap<Duplex, Connection>,
  { everyMs, leastBytes }: BodyPace,
): void {
  const watch = setInterval(() => {
    for (const connection of connections.values()) {
      const { request } = connection
      if (!request) continue
      const { bytesRead } = request.socket
      // Where nobody reads on, it is not the client that is slow.
      const slow = bytesRead - connection.read < leastBytes && !request.isPaused()
      if (!request.complete && request === connection.reading && slow) request.socket.destroy()
      connection.reading = request.complete ? undefined : request
      connection.read = bytesRead
    }
  }, everyMs)
  watch.unref()
  server.once('close', () => clearInterval(watch))
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
