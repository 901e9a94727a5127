import { ExactNumber, isJsonObject, type JsonObject, type JsonValue, printJson } from '@gatehouse/core'
import { errorCode, ProtocolError } from './errors.js'

/** One JSON-RPC message from a client, its shape checked. `id` is its JSON text, sent back as it came. */
export type Message =
  | { readonly kind: 'request'; readonly id: string; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  /** The answer to a request of ours, in the eras where a server may ask. */
  | { readonly kind: 'response'; readonly id: string; readonly result?: JsonObject; readonly error?: JsonObject }

const nothing: JsonObject = {}

/** Throws a ProtocolError with status 400 for what is not a JSON-RPC 2.0 message. */
export function messageOf(value: JsonValue): Message {
  if (!isJsonObject(value)) throw invalidRequest('A message is a JSON object')
  if (value.jsonrpc !== '2.0') throw invalidRequest('`jsonrpc` is "2.0" in every message')
  const id = idOf(value.id)
  if (typeof value.method !== 'string') {
    if (id === undefined || (!isJsonObject(value.result) && !isJsonObject(value.error))) {
      throw invalidRequest('A message has a `method`')
    }
    return {
      kind: 'response',
      id,
      ...(isJsonObject(value.result) && { result: value.result }),
      ...(isJsonObject(value.error) && { error: value.error }),
    }
  }
  const params = value.params ?? nothing
  if (!isJsonObject(params)) throw invalidRequest('`params` is a JSON object')
  if (id === undefined) return { kind: 'notification', method: value.method, params }
  return { kind: 'request', id, method: value.method, params }
}

function idOf(id: JsonValue | undefined): string | undefined {
  if (id === undefined) return undefined
  if (typeof id === 'string' || (typeof id === 'number' && Number.isInteger(id))) return JSON.stringify(id)
  if (id instanceof ExactNumber && /^-?\d+$/.test(id.text)) return printJson(id)
  throw invalidRequest('`id` is a string or an integer')
}

function invalidRequest(message: string): ProtocolError {
  return new ProtocolError(errorCode.invalidRequest, message, { status: 400 })
}

/** The id of a message that could be read as JSON but is no message, so that its error can name it. */
export function idTextOf(value: JsonValue): string | undefined {
  if (!isJsonObject(value)) return undefined
  try {
    return idOf(value.id)
  } catch {
    return undefined
  }
}
