import { Failure } from '@gatehouse/core'
import { answer, toProtocolError } from './dispatch.js'
import { errorMessage, ProtocolError } from './errors.js'
import type { Exchange } from './exchange.js'
import { type Body, bodyOf } from './result.js'

/** The whole response to a request, and its HTTP status. */
export interface Response {
  readonly status: number
  readonly body: Body
  /** The scope for want of which it is refused. */
  readonly scope?: string
}

export async function respond(exchange: Exchange): Promise<Response> {
  try {
    const handled = answer(exchange)
    const result = handled instanceof Promise ? await handled : handled
    return { status: 200, body: bodyOf([`{"jsonrpc":"2.0","id":${exchange.id},"result":`, ...result, '}']) }
  } catch (thrown) {
    return errorResponse(exchange.id, toProtocolError(exchange, thrown))
  }
}

/** `id` is JSON text; undefined leaves it out. What is no ProtocolError is thrown on. */
export function errorResponse(id: string | undefined, thrown: unknown): Response {
  if (!(thrown instanceof ProtocolError)) throw thrown
  const { status = 200, scope } = thrown
  return { status, body: errorMessage(id, thrown), ...(scope !== undefined && { scope }) }
}

/** A ProtocolError as the audit knows failures. */
export function toInvalid(thrown: unknown): unknown {
  return thrown instanceof ProtocolError ? new Failure('invalid', thrown.message) : thrown
}
