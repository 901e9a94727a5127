import { connect as connectSocket, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import pg from 'pg'
import type { PostgresTarget } from './config.js'
import { PgConnection } from './connection.js'
import { within } from './lease.js'
import { Lost } from './lost.js'
import { cancelRequest } from './outgoing.js'
import { readingSocket } from './reading-socket.js'
import { sessionSettings } from './session-settings.js'

/** A database that does not answer is down. */
const connectMs = 10_000

/** A new session. Rejects with Lost or with the driver's error. */
export async function connect(target: PostgresTarget): Promise<PgConnection> {
  const connection = await authenticated(target, target.ssl)
  try {
    await within(connection, connectMs, () => connection.command(sessionSettings))
  } catch (error) {
    connection.destroy()
    throw error
  }
  return connection
}

/** `pg` looks up the host, negotiates TLS and signs in; from there on the socket is ours. */
function authenticated(target: PostgresTarget, ssl: PostgresTarget['ssl']): Promise<PgConnection> {
  const { host, port, user, database, password } = target
  const client = new pg.Client({
    host,
    port,
    user,
    database,
    password,
    ssl,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    application_name: 'gatehouse',
    ...(!ssl && { stream: readingSocket }),
  })
  let key = { processID: 0, secretKey: 0 }
  client.connection.on('backendKeyData', (message: typeof key) => {
    key = message
  })
  // After the handover the connection itself listens; pg's own complaint would end the process.
  client.on('error', () => {})
  return new Promise((resolve, reject) => {
    client.connect((error: Error | null) => {
      if (error) {
        client.connection.stream.destroy()
        reject(error)
        return
      }
      const { stream } = client.connection
      if (!(stream instanceof Socket)) {
        reject(new Lost(undefined))
        return
      }
      resolve(new PgConnection(stream, key.processID, key.secretKey))
    })
  })
}

/** Asks the server to cancel what the session runs. Resolves once the server has done so, or could not be asked. */
export function requestCancel(target: PostgresTarget, connection: PgConnection): Promise<void> {
  const message = cancelRequest(connection.processId, connection.secretKey)
  return new Promise((resolve) => {
    const socket = target.host.startsWith('/')
      ? connectSocket(`${target.host}/.s.PGSQL.${target.port}`)
      : connectSocket(target.port, target.host)
    const timer = setTimeout(() => socket.destroy(), cancelMs)
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.once('connect', () => {
      if (!target.ssl) {
        socket.end(message)
        return
      }
      socket.write(sslRequest)
      socket.once('data', (answer) => {
        if (answer[0] !== 0x53) {
          socket.end(message)
          return
        }
        const options = typeof target.ssl === 'object' ? target.ssl : {}
        const secure = connectTls({ ...options, socket, host: target.host }, () => secure.end(message))
        secure.on('error', () => socket.destroy())
        secure.resume()
      })
    })
    socket.resume()
  })
}

const cancelMs = 3000
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
