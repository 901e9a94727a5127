import { readFile } from 'node:fs/promises'
import { isIP, type Socket, connect as tcpConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { agreeOnTls } from './start-tls.js'

/** Where a directory listens. */
export interface Target {
  readonly host: string
  readonly port: number
  /** TLS from the first byte on. */
  readonly secure: boolean
}

export interface Way {
  readonly startTls: boolean
  /** Certificates in PEM, or the path of a file with them, in place of the well-known ones. */
  readonly ca?: string
  readonly timeoutMs: number
}

/**
 * A connection on which only LDAP is to be spoken yet: by TLS, with the server's certificate checked, where the way says so.
 * It is opened here and not by the LDAP client, whose StartTLS waits without end for a handshake and keeps what came in the
 * clear. Rejects when that takes longer than the timeout.
 */
export async function openSocket(target: Target, way: Way): Promise<Socket> {
  const { host, port } = target
  const sockets: Socket[] = []
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy(new Error(`No connection to ${host}:${port} in ${way.timeoutMs} ms`))
  }, way.timeoutMs)
  const until = (socket: Socket, event: 'connect' | 'secureConnect') => {
    sockets.push(socket)
    // One that fails below another one says so twice.
    socket.on('error', () => undefined)
    return ready(socket, event)
  }
  try {
    const plain = await until(tcpConnect({ host, port, noDelay: true }), 'connect')
    if (!target.secure && !way.startTls) return plain
    if (!target.secure) await agreeOnTls(plain)
    const ca = way.ca === undefined ? {} : { ca: await certificates(way.ca) }
    // No certificate is for an address as a name that is indicated.
    const name = isIP(host) ? {} : { servername: host }
    return await until(tlsConnect({ socket: plain, host, ...name, ...ca, minVersion: 'TLSv1.2' }), 'secureConnect')
  } catch (error) {
    for (const socket of sockets) socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function ready<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve(socket))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The server closed the connection')))
  })
}

/** Read anew each time, so that a renewed file needs no restart. */
async function certificates(ca: string): Promise<string> {
  return ca.includes('-----BEGIN') ? ca : readFile(ca, 'utf8')
}
