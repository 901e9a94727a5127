import { Failure, type FailureCode } from '@gatehouse/core'

/** What a client library's error says of the storage's answer; no status: there was none. */
export interface StorageError {
  readonly code: string
  readonly status?: number
  /** By which the storage's operators find the request. */
  readonly requestId?: string
}

interface Reading {
  readonly signal: AbortSignal
  readonly read: (thrown: Error) => StorageError
  /** The storage's codes that mean something else than their HTTP status. */
  readonly codes: Readonly<Record<string, FailureCode>>
  /** The storage's code for a bucket or container that does not exist. */
  readonly noPlace: string
}

const byStatus: Readonly<Record<number, FailureCode>> = {
  400: 'internal',
  401: 'unavailable',
  403: 'unavailable',
  404: 'not_found',
  408: 'unavailable',
  409: 'conflict',
  411: 'internal',
  412: 'precondition_failed',
  413: 'too_large',
  416: 'range_not_satisfiable',
  429: 'unavailable',
}

const messages: Readonly<Partial<Record<FailureCode, string>>> = {
  not_found: 'There is no such file',
  conflict: 'The storage cannot do this with the file as it is now',
  precondition_failed: 'The file is not, or no longer, as the request expects it',
  too_large: 'The file is too large for the storage',
  range_not_satisfiable: 'The range begins beyond the end of the file',
  invalid: 'The storage does not take this name or these properties',
  unsupported: 'The storage cannot do this',
  internal: 'The storage does not understand the request',
}

/**
 * A failure that says as much as a caller may know. The library's errors carry requests with signatures in them, so the
 * log gets an excerpt: code, status, request id, and of a broken connection the system's own words.
 */
export function toStorageFailure(thrown: unknown, { signal, read, codes, noPlace }: Reading): Failure {
  if (thrown instanceof Failure) return thrown
  if (signal.aborted) return aborted(signal)
  if (!(thrown instanceof Error)) return unreachable(undefined)
  const error = read(thrown)
  if (error.status === undefined && codes[error.code] === undefined) return unreachable(thrown)
  const code =
    error.code === noPlace ? 'unavailable' : (codes[error.code] ?? byStatus[error.status ?? 0] ?? 'unavailable')
  const cause = new StorageRefusal(error)
  if (code !== 'unavailable') return new Failure(code, messages[code] ?? 'The storage could not do this', { cause })
  if (error.code === noPlace) {
    return new Failure('unavailable', 'The bucket or container of the service is not there', { retryAfter: 60, cause })
  }
  if (error.status === 401 || error.status === 403) {
    return new Failure('unavailable', 'The storage refuses the credentials of the service', { retryAfter: 60, cause })
  }
  return new Failure('unavailable', 'The storage cannot be used now', { retryAfter: 5, cause })
}

function aborted({ reason }: AbortSignal): Failure {
  if (reason instanceof Failure) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new Failure('timeout', 'The storage did not answer in time')
  }
  return new Failure('cancelled', 'The caller went away')
}

function unreachable(thrown: Error | undefined): Failure {
  return new Failure('unavailable', 'The storage cannot be reached', {
    retryAfter: 5,
    cause: thrown && new StorageSilence(thrown),
  })
}

class StorageRefusal extends Error {
  constructor({ code, status, requestId }: StorageError) {
    const id = requestId === undefined ? '' : `, request ${plain(requestId)}`
    super(`The storage answered ${plain(code)} (${status ?? 'no status'}${id})`)
  }
}

class StorageSilence extends Error {
  constructor(thrown: Error) {
    const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name
    super(`No answer of the storage: ${plain(code)}`)
  }
}

/** A word of somebody else, fit for a line of a log. */
function plain(word: string): string {
  return word.replace(/[^\w.:/+=-]/g, '?').slice(0, 100)
}
