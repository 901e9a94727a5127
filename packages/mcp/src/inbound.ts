import type { Credentials, JsonObject, Principal } from '@gatehouse/core'
import { isJsonObject } from '@gatehouse/core'
import type { View } from './endpoint.js'
import { type Era, eraOf, handshake, metaKey, metaOf } from './era.js'
import { type Channel, callOf, type Exchange, type Server } from './exchange.js'
import type { Message } from './message.js'
import type { MirrorHeaders } from './mirror-headers.js'
import { errorResponse, type Response, respond, toInvalid } from './respond.js'

/** From where a request came, whatever brought it. */
export interface Inbound {
  readonly server: Server
  readonly view: View
  readonly credentials: Credentials
  readonly principal: Principal
  readonly requestId: string
  /** Undefined where the transport has no headers. */
  readonly headers: MirrorHeaders | undefined
  readonly signal: AbortSignal
  readonly channel: Channel
  /** The client, where the request itself does not name it. */
  readonly client: string | undefined
  /** What it said at the handshake that it can do, where the transport is a connection. */
  readonly clientCapabilities: JsonObject | undefined
}

const none: JsonObject = {}

/** The response to a request. One whose envelope is wrong leaves an event too, since it may have been a call. */
export function answerRequest(inbound: Inbound, request: Extract<Message, { kind: 'request' }>): Promise<Response> {
  const { method, params } = request
  let exchange: Exchange
  try {
    exchange = exchangeOf(inbound, eraOf(method, params, inbound.headers), request)
  } catch (thrown) {
    return refused(inbound, request, thrown)
  }
  return respond(exchange)
}

async function refused(
  inbound: Inbound,
  { id, method, params }: Extract<Message, { kind: 'request' }>,
  thrown: unknown,
): Promise<Response> {
  const name = typeof params.name === 'string' ? params.name : method
  const call = callOf(inbound, '', name, objectOf(params.arguments))
  await inbound.server.pipeline.refuse(call, toInvalid(thrown))
  return errorResponse(id, thrown)
}

function exchangeOf(
  inbound: Inbound,
  era: Era,
  { id, method, params }: Extract<Message, { kind: 'request' }>,
): Exchange {
  const meta = metaOf(params)
  return {
    server: inbound.server,
    era,
    view: inbound.view,
    credentials: inbound.credentials,
    principal: inbound.principal,
    requestId: inbound.requestId,
    id,
    method,
    params,
    meta,
    client: nameAndVersion(meta[metaKey.client]) ?? inbound.client,
    clientCapabilities:
      (era === handshake ? inbound.clientCapabilities : undefined) ?? objectOf(meta[metaKey.clientCapabilities]),
    headers: inbound.headers,
    signal: inbound.signal,
    channel: inbound.channel,
  }
}

/** `name/version` of a client, from what it says of itself: for the audit, and believed for nothing else. */
export function nameAndVersion(info: JsonObject[string]): string | undefined {
  const { name, version } = objectOf(info)
  if (typeof name !== 'string') return undefined
  return (typeof version === 'string' ? `${name}/${version}` : name).replace(/\p{Cc}/gu, ' ').slice(0, 100)
}

/** An object of a message; an empty one for anything else. */
export function objectOf(value: JsonObject[string]): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : none
}
