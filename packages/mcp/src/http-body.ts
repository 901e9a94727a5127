import { type JsonValue, printJson } from '@gatehouse/core'
import { isStateless } from './era.js'
import { errorCode, ProtocolError } from './errors.js'
import { type HttpRequest, refusedCall } from './http.js'
import { headerOf } from './http-caller.js'
import { answerRequest, type Inbound } from './inbound.js'
import { idTextOf, type Message, messageOf } from './message.js'
import { parseBody } from './parse-body.js'
import { errorResponse, type Response, toInvalid } from './respond.js'

/** A POST whose caller is known. */
export interface HttpCaller extends Inbound {
  readonly http: HttpRequest
}

/** Messages that a batch of 2025-03-26 may have. */
const mostInBatch = 50

const nothing = Promise.resolve(undefined)

/** The response to a body, or undefined where nothing in it wants one. */
export function answerBody(caller: HttpCaller, text: string): Promise<Response | undefined> {
  let value: JsonValue
  try {
    value = parseBody(text)
  } catch (thrown) {
    return refused(caller, undefined, thrown)
  }
  return Array.isArray(value) ? answerBatch(caller, value) : answerMessage(caller, value)
}

async function answerBatch(caller: HttpCaller, value: readonly JsonValue[]): Promise<Response | undefined> {
  const version = headerOf(caller.http.request, 'mcp-protocol-version')
  const batches = version === undefined || version === '2025-03-26'
  if (!batches || value.length === 0 || value.length > mostInBatch) {
    const message = `Only 2025-03-26 has batches, and here of 1 to ${mostInBatch} messages`
    return refused(caller, undefined, new ProtocolError(errorCode.invalidRequest, message, { status: 400 }))
  }
  const responses = await Promise.all(value.map((item) => answerMessage(caller, item)))
  const texts = responses.flatMap((response) => (response ? [String(response.body)] : []))
  return texts.length === 0 ? undefined : { status: 200, body: `[${texts.join(',')}]` }
}

function answerMessage(caller: HttpCaller, value: JsonValue): Promise<Response | undefined> {
  let message: Message
  try {
    message = messageOf(value)
  } catch (thrown) {
    return refused(caller, idTextOf(value), thrown)
  }
  switch (message.kind) {
    case 'response':
      caller.http.asks.answer(caller.principal.id, message)
      return nothing
    case 'notification':
      // A client of HTTP cancels by closing its connection; there is nothing else that it could tell us.
      return nothing
    case 'request':
      return answerRequest(caller, message)
    default:
      return message satisfies never
  }
}

async function refused(caller: HttpCaller, id: string | undefined, thrown: unknown): Promise<Response> {
  await caller.server.pipeline.refuse(refusedCall(caller.http, 'message'), toInvalid(thrown))
  const version = headerOf(caller.http.request, 'mcp-protocol-version')
  // JSON-RPC answers a message without a readable id with null; 2026-07-28 leaves the id out.
  const none = version !== undefined && isStateless(version) ? undefined : printJson(null)
  return errorResponse(id ?? none, thrown)
}
