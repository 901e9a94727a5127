import { Agent, type ClientRequest, type IncomingMessage, request as plain, validateHeaderValue } from 'node:http'
import { request as encrypted, Agent as TlsAgent } from 'node:https'
import { Failure } from '@gatehouse/core'
import { type Connection, ConnectionPool, cancelled } from '../connection-pool.js'
import { unlessAborted } from '../files/content.js'
import { withDeadline } from '../files/deadline.js'
import { type Authorize, authorizeBy, challengesOf } from './authorization.js'
import type { WebdavTarget } from './config.js'

export interface WebdavRequest {
  readonly method: string
  /** Below the service's root, as everywhere in Gatehouse. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** A text is sent at once; a stream when the server has said that it wants it. */
  readonly body?: string | AsyncIterable<Uint8Array>
  /** Bytes of a stream, where they are known. */
  readonly size?: number
  readonly signal: AbortSignal
}

export interface WebdavClient {
  /** The answer, whatever its status, with its body unread: to be read or destroyed. */
  send(request: WebdavRequest): Promise<IncomingMessage>
  /** The absolute URL of a path, for `Destination`. */
  urlOf(path: string): string
  close(): Promise<void>
}

export interface ClientSettings {
  readonly max: number
  readonly idleMs: number
  /** Milliseconds that the server may say nothing; 0 is for ever. */
  readonly timeoutMs: number
}

/** Milliseconds that a caller waits for a place where the service has no timeout. */
const waitMs = 30_000
/** Milliseconds after which a stream is sent to a server that does not know how to ask for it. */
const askedMs = 1000

export function webdavClient(target: WebdavTarget, { max, idleMs, timeoutMs }: ClientSettings): WebdavClient {
  const { url, user, password, ca, rejectUnauthorized } = target
  const tls = url.protocol === 'https:'
  const settings = { keepAlive: true, maxFreeSockets: max, scheduling: 'lifo', timeout: idleMs } as const
  // Places and not sockets: the agent's own queue loses one with each request that is given up in it.
  const places = new ConnectionPool<Connection>({
    to: 'storage',
    max,
    idleMs: 0,
    waitMs: timeoutMs || waitMs,
    open: async () => ({ alive: true, close: () => {} }),
  })
  const agent = tls
    ? new TlsAgent({ ...settings, rejectUnauthorized, ...(ca === undefined ? {} : { ca }) })
    : new Agent(settings)
  const { protocol, port } = url
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const begin = tls ? encrypted : plain
  let authorize: Authorize | undefined

  const pathOf = (path: string) => url.pathname + path.split('/').map(encodeURIComponent).join('/')

  const once = async (asked: WebdavRequest, by: Authorize | undefined): Promise<Answer> => {
    const { method, body, size, signal } = asked
    const path = pathOf(asked.path)
    for (const value of Object.values(asked.headers ?? {})) validateHeaderValue('of a request', value)
    const streams = body !== undefined && typeof body !== 'string'
    const length = typeof body === 'string' ? Buffer.byteLength(body) : size
    const headers = {
      'accept-encoding': 'identity',
      ...asked.headers,
      ...(by ? { authorization: by(method, path) } : {}),
      ...(streams ? { expect: '100-continue' } : {}),
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    }
    const place = await places.acquire(signal)
    const request = begin({ agent, protocol, hostname, port, method, path, headers })
    const onAbort = () => request.destroy(cancelled())
    signal.addEventListener('abort', onAbort, { once: true })
    request.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      places.release(place)
    })
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      request.on('error', reject)
    })
    answer.catch(() => {})
    const late = () => {
      const failure = new Failure('timeout', 'The storage did not answer in time', { retryAfter: 1 })
      request.destroy(failure)
      return failure
    }
    if (signal.aborted) onAbort()
    if (!streams) {
      request.end(body)
      return { response: await withDeadline(answer, timeoutMs, late), taken: false }
    }
    request.flushHeaders()
    const taken = await wanted(request, answer)
    if (taken) await sendAll(request, body, answer, timeoutMs, late)
    const response = await withDeadline(answer, timeoutMs, late)
    // Answered before the content was sent, the connection is of no further use.
    if (!request.writableEnded) response.once('end', () => request.destroy())
    return { response, taken }
  }

  const send = async (asked: WebdavRequest): Promise<IncomingMessage> => {
    let by = authorize
    let answer = await once(asked, by).catch((thrown) => {
      // A connection that the server had given up, which shows only when it is used.
      if (asked.signal.aborted || !(typeof asked.body === 'string' || asked.body === undefined)) throw thrown
      if (!isLost(thrown)) throw thrown
      return once(asked, by)
    })
    // Once without or with an old answer to the challenge, once with a new one.
    const challenge = answer.response.headers['www-authenticate']
    if (answer.response.statusCode !== 401 || user === undefined || challenge === undefined || answer.taken) {
      return answer.response
    }
    by = authorizeBy(challengesOf(challenge), user, password)
    if (!by) return answer.response
    await drained(answer.response)
    answer = await once(asked, by)
    if (answer.response.statusCode !== 401) authorize = by
    return answer.response
  }

  return {
    async send(asked) {
      try {
        return await send(asked)
      } catch (thrown) {
        throw asked.signal.aborted ? cancelled(thrown) : thrown
      }
    },
    urlOf: (path) => `${url.protocol}//${url.host}${pathOf(path)}`,
    async close() {
      await places.close()
      agent.destroy()
    },
  }
}

interface Answer {
  readonly response: IncomingMessage
  /** The stream has been read, so that it cannot be sent again. */
  readonly taken: boolean
}

function isLost(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return code === 'ECONNRESET' || code === 'EPIPE'
}

/** Whether the server wants the content: it says so, or says nothing for a while. False: it has answered already. */
function wanted(request: ClientRequest, answer: Promise<IncomingMessage>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const unasked = setTimeout(() => resolve(true), askedMs)
    request.once('continue', () => resolve(true))
    answer.then(() => resolve(false), reject).finally(() => clearTimeout(unasked))
  })
}

/** Sends a stream as fast as the server takes it. Stops early where the server has answered before its end. */
async function sendAll(
  request: ClientRequest,
  body: AsyncIterable<Uint8Array>,
  answer: Promise<IncomingMessage>,
  timeoutMs: number,
  late: () => Error,
): Promise<void> {
  let over = false
  let wake = () => {}
  const end = () => {
    over = true
    wake()
  }
  answer.then(end, end)
  request.on('drain', () => wake())
  request.on('close', end)
  try {
    for await (const chunk of body) {
      if (!over && !request.write(chunk)) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve
          if (over) resolve()
        })
        await withDeadline(woken, timeoutMs, late)
      }
      if (over) return
    }
    request.end()
  } catch (thrown) {
    // The server sees a body that breaks off, and not one that ends.
    request.destroy()
    throw thrown
  }
}

/** Reads a body that nobody wants, so that its connection can be used again. */
export async function drained(response: IncomingMessage): Promise<void> {
  response.resume()
  await new Promise<void>((resolve) => {
    response.once('end', resolve)
    response.once('close', resolve)
    response.once('error', () => resolve())
  })
}

/** The bytes of a body; throws where they stop early or do not come. */
export async function* bodyOf(response: IncomingMessage, timeoutMs: number, signal: AbortSignal) {
  const iterator: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]()
  try {
    for (;;) {
      const coming = unlessAborted(iterator.next(), signal)
      const { done, value } = await withDeadline(coming, timeoutMs, () => {
        const failure = new Failure('timeout', 'The storage did not answer in time', { retryAfter: 1 })
        response.destroy(failure)
        return failure
      })
      if (done) return
      yield value
    }
  } finally {
    response.destroy()
  }
}
