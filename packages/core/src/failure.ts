import type { JsonValue } from './json.js'
import type { LimitState } from './ports.js'

/** Every code that a caller can meet, with its HTTP status (RFC 9110, RFC 6585 for 429). */
export const statusOf = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  unprocessable: 422,
  limited: 429,
  cancelled: 499,
  internal: 500,
  unsupported: 501,
  unavailable: 503,
  timeout: 504,
} as const

export type FailureCode = keyof typeof statusOf

/** How the records of a batch fared: the indexes that failed and, for each record in order, its answer or its failure. */
export interface BatchOutcome {
  readonly failed: readonly number[]
  readonly records: readonly (JsonValue | Failure)[]
}

export interface FailureDetails {
  /** Of a batch of records of which some failed. */
  readonly batch?: BatchOutcome
  /** What the caller can do about it. Safe to show. */
  readonly hint?: string
  /** Machine-readable details, safe to show: the position in a filter, the errors of a batch. */
  readonly context?: JsonValue
  /** Seconds after which a retry may succeed (429 and 503). */
  readonly retryAfter?: number
  /** What really happened, for the log only. */
  readonly cause?: unknown
}

/** The one error of Gatehouse. Its code, message, hint and context are safe to show; its cause is not. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly hint?: string
  readonly context?: JsonValue
  readonly retryAfter?: number
  readonly batch?: BatchOutcome
  /** The tightest limit that the call was counted against before it failed; the pipeline adds it. */
  limit?: LimitState

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    if (details.hint !== undefined) this.hint = details.hint
    if (details.context !== undefined) this.context = details.context
    if (details.batch !== undefined) this.batch = details.batch
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter
  }

  /** HTTP status. */
  get status(): number {
    return statusOf[this.code]
  }
}

/** The failure itself, or an `internal` one that hides what was thrown and keeps it as its cause. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  return new Failure('internal', 'Something went wrong inside Gatehouse', {
    hint: 'The log has the details under the request id of this answer',
    cause: thrown,
  })
}
