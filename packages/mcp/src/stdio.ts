import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { type Credentials, type JsonObject, type JsonValue, printJson, toFailure } from '@gatehouse/core'
import { createAsks } from './asks.js'
import type { View } from './endpoint.js'
import { errorCode, ProtocolError } from './errors.js'
import { type Channel, callOf, type Server } from './exchange.js'
import { answerRequest, nameAndVersion, objectOf } from './inbound.js'
import { idTextOf, type Message, messageOf } from './message.js'
import { parseBody } from './parse-body.js'
import { errorResponse, toInvalid } from './respond.js'
import type { Body } from './result.js'
import { interestsOf, type Subscriber } from './subscriptions.js'

export interface StdioStreams {
  readonly input: Readable
  /** Nothing but messages is written to it. */
  readonly output: Writable
}

/** Serves one local client over two streams, one JSON message a line, until its input ends. */
export async function serveStdio(
  server: Server,
  view: View,
  credentials: Credentials,
  streams: StdioStreams,
): Promise<void> {
  const principal = await server.pipeline.authenticate(credentials)
  const running = new Map<string, AbortController>()
  const asks = createAsks()
  let client: string | undefined
  let clientCapabilities: JsonObject | undefined
  let told: Subscriber | undefined

  const write = (message: Body) => {
    streams.output.write(message)
    streams.output.write('\n')
  }
  const tell = (message: JsonObject) => write(printJson(message))
  const channelFor = (signal: AbortSignal): Channel => ({
    transport: 'stdio',
    takesNotifications: true,
    notify: (method, params) => tell({ jsonrpc: '2.0', method, params }),
    ask: (method, params, within = signal) => {
      const send = (id: string) => {
        const requestId = JSON.parse(id) as JsonValue
        tell({ jsonrpc: '2.0', id: requestId, method, params })
        // Its person need not answer any more.
        const withdraw = () => tell({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } })
        if (within !== signal) within.addEventListener('abort', withdraw, { once: true })
      }
      return asks.ask(principal.id, AbortSignal.any([signal, within]), send)
    },
  })

  const answer = async (request: Extract<Message, { kind: 'request' }>) => {
    const abort = new AbortController()
    running.set(request.id, abort)
    try {
      const requestId = server.options.newRequestId()
      const channel = channelFor(abort.signal)
      const inbound = {
        server,
        view,
        credentials,
        principal,
        requestId,
        headers: undefined,
        client,
        clientCapabilities,
      }
      const response = await answerRequest({ ...inbound, signal: abort.signal, channel }, request)
      if (!abort.signal.aborted) write(response.body)
    } catch (cause) {
      server.options.log.error({ err: cause }, 'An MCP request failed')
      write(errorResponse(request.id, new ProtocolError(errorCode.internal, toFailure(cause).message)).body)
    } finally {
      running.delete(request.id)
    }
  }

  /** Before 2026-07-28 a client of this transport hears of changes without asking. */
  const tellOfChanges = () => {
    if (told) return
    const { notify } = channelFor(new AbortController().signal)
    const interests = interestsOf({
      notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
    })
    told = {
      id: undefined,
      principal: principal.id,
      interests,
      notify,
      stillAllowed: () => Promise.resolve(true),
      // It named no resources.
      reaches: () => false,
      end: () => undefined,
    }
    server.subscriptions.add(told)
  }

  const take = async (line: string) => {
    let message: Message
    let value: JsonValue = null
    try {
      value = parseBody(line)
      message = messageOf(value)
    } catch (thrown) {
      const requestId = server.options.newRequestId()
      const { signal } = new AbortController()
      const call = callOf({ credentials, requestId, signal, view, client }, '', 'message', {})
      await server.pipeline.refuse(call, toInvalid(thrown))
      write(errorResponse(idTextOf(value), thrown).body)
      return
    }
    if (message.kind === 'response') asks.answer(principal.id, message)
    else if (message.kind === 'notification') cancel(running, message)
    else {
      if (message.method === 'initialize') {
        client = nameAndVersion(message.params.clientInfo)
        clientCapabilities = objectOf(message.params.capabilities)
        tellOfChanges()
      }
      await answer(message)
    }
  }

  const working = new Set<Promise<void>>()
  for await (const line of linesOf(streams.input, server.options.bodyLimit)) {
    const work = take(line).finally(() => working.delete(work))
    working.add(work)
  }
  if (told) server.subscriptions.remove(told)
  for (const abort of running.values()) abort.abort()
  await Promise.all(working)
}

function cancel(
  running: ReadonlyMap<string, AbortController>,
  { method, params }: { method: string; params: JsonObject },
) {
  if (method !== 'notifications/cancelled') return
  const id = idTextOf({ id: params.requestId ?? null })
  if (id !== undefined) running.get(id)?.abort()
}

/** The lines of a stream. A longer one than `limit` bytes becomes one that is no message. */
async function* linesOf(input: Readable, limit: number): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of input) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer))).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield line.length > limit ? '' : line
    // Its end will not parse either, so that the client hears of it once the line is over.
    if (rest.length > limit) rest = rest.slice(0, 1)
  }
  if (rest.trim() !== '') yield rest
}
