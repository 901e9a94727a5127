import { Failure, type JsonObject, type JsonValue, printJson } from '@gatehouse/core'

/** JSON-RPC 2.0 and the codes that MCP 2026-07-28 defines. */
export const errorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Of the eras before 2026-07-28, which must not emit it. */
  resourceNotFoundBefore2026: -32002,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedVersion: -32022,
} as const

/**
 * An answer of the protocol itself: an unknown tool, a malformed request. What a model can mend is a tool result.
 * `status` is the HTTP status where the error is of the request and not of what was asked.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: number
  readonly data?: JsonValue
  readonly status?: number
  /** The scope for want of which it is refused. */
  readonly scope?: string

  constructor(code: number, message: string, details: { data?: JsonValue; status?: number; scope?: string } = {}) {
    super(message)
    this.code = code
    if (details.data !== undefined) this.data = details.data
    if (details.status !== undefined) this.status = details.status
    if (details.scope !== undefined) this.scope = details.scope
  }
}

export function malformed(message: string): ProtocolError {
  return new ProtocolError(errorCode.invalidParams, message)
}

/** The JSON text of an error response. `id` is JSON text; undefined where the request had none that could be read. */
export function errorMessage(id: string | undefined, error: ProtocolError): string {
  const data = error.data === undefined ? '' : `,"data":${printJson(error.data)}`
  const head = id === undefined ? '' : `"id":${id},`
  return `{"jsonrpc":"2.0",${head}"error":{"code":${error.code},"message":${JSON.stringify(error.message)}${data}}}`
}

/** What a caller may see of a failure, for a model to read: code, message, hint, and each failed record of a batch. */
export function failureText(failure: Failure, requestId: string): string {
  return printJson({ error: { ...visible(failure), ...batchOf(failure), request_id: requestId } })
}

function visible(failure: Failure): JsonObject {
  return {
    code: failure.code,
    message: failure.message,
    hint: failure.hint,
    context: failure.context,
    retry_after: failure.retryAfter,
  }
}

function batchOf(failure: Failure): JsonObject {
  const batch = failure.batch
  if (!batch) return {}
  const failed = batch.failed.map((index) => {
    const record = batch.records[index]
    return { index, ...(record instanceof Failure ? visible(record) : {}) }
  })
  return { failed, done: batch.records.filter((record) => !(record instanceof Failure) && record !== null).length }
}
