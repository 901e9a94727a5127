import type { FailureCode } from '@gatehouse/core'

/** What a caller is told of one kind of error. */
export interface ErrorRule {
  readonly code: FailureCode
  readonly message: string
  readonly hint?: string
  readonly retryAfter?: number
  /** What the columns are that the server's message names. */
  readonly named?: string
}
