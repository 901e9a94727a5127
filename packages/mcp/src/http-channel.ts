import type { IncomingMessage, ServerResponse } from 'node:http'
import { type JsonObject, printJson } from '@gatehouse/core'
import type { Asks } from './asks.js'
import type { Channel } from './exchange.js'
import type { Body } from './result.js'

const keepAliveMs = 15_000

/** The answer to one POST: JSON, or a stream of events once something has to be said before it. */
export interface HttpChannel extends Channel {
  /** Sends the answer. `status` counts where no stream is open. */
  finish(status: number, body: Body, more?: Readonly<Record<string, string>>): void
}

export function createHttpChannel(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  asking: { readonly asks: Asks; readonly principal: string; readonly signal: AbortSignal },
): HttpChannel {
  const accept = request.headers.accept ?? '*/*'
  const takesStream = accept.includes('text/event-stream')
  const takesJson = accept.includes('json') || accept.includes('*/*') || accept.includes('application/*')
  let keepAlive: NodeJS.Timeout | undefined

  const open = () => {
    if (response.headersSent) return
    response.writeHead(200, {
      ...headers,
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    })
    keepAlive = setInterval(() => response.write(':\n\n'), keepAliveMs)
    keepAlive.unref()
    response.on('close', () => clearInterval(keepAlive))
  }
  const send = (message: JsonObject) => {
    if (!takesStream || response.writableEnded || response.destroyed) return
    open()
    response.write(`event: message\ndata: ${printJson(message)}\n\n`)
  }

  return {
    transport: 'http',
    takesNotifications: takesStream,
    notify: (method, params) => send({ jsonrpc: '2.0', method, params }),
    ask: (method, params, within) => {
      if (!takesStream) return Promise.reject(new Error('The client takes no stream, so it cannot be asked'))
      const signal = within ? AbortSignal.any([asking.signal, within]) : asking.signal
      return asking.asks.ask(asking.principal, signal, (id) =>
        send({ jsonrpc: '2.0', id: JSON.parse(id), method, params }),
      )
    },
    finish: (status, body, more) => {
      if (response.writableEnded || response.destroyed) return
      if (!takesJson && takesStream && status === 200) open()
      if (response.headersSent) {
        clearInterval(keepAlive)
        response.write('event: message\ndata: ')
        response.write(body)
        response.end('\n\n')
        return
      }
      const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
      // Flat, which Node writes fastest.
      const all = ['Content-Type', 'application/json', 'Content-Length', `${length}`, 'Cache-Control', 'no-store']
      for (const name in headers) all.push(name, headers[name] ?? '')
      for (const name in more) all.push(name, more[name] ?? '')
      response.writeHead(status, all)
      response.end(body)
    },
  }
}
