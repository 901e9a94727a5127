import { Failure, isJsonObject, type JsonObject, type JsonValue, type LimitState, printJson } from '@gatehouse/core'
import type { Reply } from './exchange.js'

/** Batches have had this code since the first clients of such APIs. */
const batchCode = 1000

/** A failure as `{"error": {...}}`. What caused it stays in the log. */
export function errorReply(failure: Failure, requestId: string): Reply {
  const body = { error: { ...(failure.batch ? batchError(failure) : plainError(failure)), request_id: requestId } }
  const headers = ['Content-Type', 'application/json', 'Cache-Control', 'no-store']
  if (failure.retryAfter !== undefined) headers.push('Retry-After', `${Math.max(1, Math.ceil(failure.retryAfter))}`)
  // Not Basic, which is taken too: browsers would open their own dialog for it.
  if (failure.code === 'unauthenticated') headers.push('WWW-Authenticate', 'Bearer realm="Gatehouse"')
  if (failure.code === 'method_not_allowed' && typeof failure.context === 'object') pushAllow(headers, failure.context)
  if (failure.code === 'range_not_satisfiable') pushSize(headers, failure.context)
  const limit = failure.limit ?? (failure.code === 'limited' ? usedUp(failure.context) : undefined)
  return { status: failure.batch ? 400 : failure.status, headers, body: printJson(body), limit }
}

/** The limit that refused the call, where it is one of those that are counted. */
function usedUp(context: JsonValue | undefined): LimitState | undefined {
  if (context === undefined || !isJsonObject(context)) return undefined
  const { limit, remaining, reset } = context
  if (typeof limit !== 'number' || typeof remaining !== 'number' || typeof reset !== 'number') return undefined
  return { limit, remaining, reset }
}

function plainError({ code, status, message, hint, context }: Failure): JsonObject {
  return {
    code,
    status_code: status,
    message,
    ...(hint !== undefined && { hint }),
    ...(context !== undefined && { context }),
  }
}

function batchError(failure: Failure): JsonObject {
  const { message, hint, batch = { failed: [], records: [] } } = failure
  return {
    code: batchCode,
    status_code: 400,
    message,
    ...(hint !== undefined && { hint }),
    context: {
      error: batch.failed,
      resource: batch.records.map((record): JsonValue => (record instanceof Failure ? plainError(record) : record)),
    },
  }
}

function pushAllow(headers: string[], context: JsonValue): void {
  if (context === null || typeof context !== 'object' || !('allow' in context) || !Array.isArray(context.allow)) return
  headers.push('Allow', context.allow.join(', '))
}

/** What there would be (RFC 9110, 14.4). */
function pushSize(headers: string[], context: JsonValue | undefined): void {
  if (typeof context !== 'object' || context === null || !('size' in context)) return
  headers.push('Content-Range', `bytes */${String(context.size)}`)
}
