import { connect } from 'node:net'

export interface RawReply {
  /** Of the first answer; 0 where the connection was closed without one. */
  readonly status: number
  /** Of every answer that came back over the connection. */
  readonly statuses: readonly number[]
  readonly text: string
}

interface RawSending {
  /** Once something has come, so long a silence is the end. */
  readonly silenceMs?: number
  /** Reads nothing before all is sent, as simple clients do. */
  readonly sendAllFirst?: boolean
}

/** Sends bytes as they are and gives back all that comes, until the server closes or has been silent for a while. */
export function sendRaw(
  url: string,
  bytes: string,
  { silenceMs = 400, sendAllFirst = false }: RawSending = {},
): Promise<RawReply> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    let text = ''
    socket.setTimeout(10_000)
    socket.on('connect', () => {
      if (sendAllFirst) socket.pause()
      socket.write(bytes, 'latin1', () => socket.resume())
    })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      // Once something is there, whatever follows follows soon.
      socket.setTimeout(silenceMs)
    })
    socket.on('timeout', () => socket.destroy())
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)))
    socket.on('close', () => {
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
      resolve({ status: statuses[0] ?? 0, statuses, text })
    })
  })
}

/** A request head and its body. */
export function request(
  line: string,
  headers: Readonly<Record<string, string>> | readonly string[],
  body = '',
): string {
  const lines = Array.isArray(headers) ? headers : Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
