import { Failure, type FailureCode } from '@gatehouse/core'
import { BSON, MongoError, MongoNetworkError, MongoServerError } from 'mongodb'

/** Why a call was stopped from here. */
export type StopReason = 'timeout' | 'cancelled'

interface Words {
  readonly code: FailureCode
  readonly message: string
  readonly hint?: string
  readonly retryAfter?: number
}

const down: Words = { code: 'unavailable', message: 'The database cannot be reached', retryAfter: 1 }
const moving: Words = {
  code: 'unavailable',
  message: 'The database is changing its primary or shutting down',
  retryAfter: 1,
}
const race: Words = {
  code: 'conflict',
  message: 'Another change was made at the same time',
  hint: 'Send the call again',
}
const tooLarge: Words = { code: 'too_large', message: 'The call is too large for the database' }
const refused: Words = { code: 'unprocessable', message: 'The database refused a value' }

/** By the server's error codes (https://www.mongodb.com/docs/manual/reference/error-codes/). */
const words: ReadonlyMap<number, Words> = new Map([
  [2, refused],
  [6, down],
  [7, down],
  [9, refused],
  [13, { code: 'forbidden', message: 'The database does not permit this' }],
  [18, { code: 'unavailable', message: "The database refused the service's credentials", retryAfter: 5 }],
  [26, { code: 'conflict', message: 'The table is no longer there', hint: 'Read the schema again' }],
  [66, { code: 'invalid', message: 'The key of a record cannot be changed' }],
  [89, down],
  [91, moving],
  [112, race],
  [121, { code: 'unprocessable', message: 'A record does not meet the rules of its table' }],
  [166, { code: 'unsupported', message: 'This table cannot be written to' }],
  [189, moving],
  [241, refused],
  [244, race],
  [251, race],
  [262, { code: 'unavailable', message: 'The database is short of resources', retryAfter: 2 }],
  [263, { code: 'unsupported', message: 'The database does not support this in a transaction' }],
  [292, tooLarge],
  [9001, down],
  [10003, { code: 'unsupported', message: 'This table cannot be written to' }],
  [10107, moving],
  [10334, tooLarge],
  [11000, { code: 'conflict', message: 'A record with the same value exists' }],
  [11001, { code: 'conflict', message: 'A record with the same value exists' }],
  [11600, moving],
  [11602, moving],
  [13435, moving],
  [13436, moving],
  [17280, tooLarge],
  [51091, { code: 'invalid', message: 'The regular expression is not valid' }],
])
const duplicate: ReadonlySet<number> = new Set([11000, 11001])

export function stopped(reason: StopReason, cause?: unknown): Failure {
  return reason === 'timeout'
    ? new Failure('timeout', 'The call took longer than it may and was cancelled', {
        hint: 'Narrow the filter, ask for fewer records, or have the timeout raised',
        cause,
      })
    : new Failure('cancelled', 'The call was cancelled', { cause })
}

/** What was thrown as a Failure whose texts are ours; the driver's error is its cause. */
export function toMongoFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  // A batch that met no answer at all is of the server's class too, but has no code of it.
  if (thrown instanceof MongoServerError && thrown.code !== undefined) return ofServer(thrown, thrown)
  if (thrown instanceof BSON.BSONError) return failure(refused, thrown)
  if (thrown instanceof RangeError) return failure(tooLarge, thrown)
  // Server selection, a pool that stays full, a socket that broke: all that is not of the server is of the way to it.
  if (thrown instanceof MongoError) return failure(down, thrown)
  return new Failure('internal', 'The database could not run the call', { cause: thrown })
}

/** An error as the server tells it: of a command, or of one record of a batch. */
export interface ServerFault {
  readonly code?: number | string | undefined
  readonly keyPattern?: unknown
}

export function ofServer(fault: ServerFault, cause: unknown): Failure {
  const code = Number(fault.code)
  if (code === 50) return stopped('timeout', cause)
  if (code === 11601) return stopped('cancelled', cause)
  const found = words.get(code)
  if (!found) return new Failure('internal', 'The database could not run the call', { cause })
  const pattern = duplicate.has(code) ? fault.keyPattern : undefined
  const hint = typeof pattern === 'object' && pattern !== null ? Object.keys(pattern).join(', ') : found.hint
  return failure(hint === undefined ? found : { ...found, hint }, cause)
}

/** A transaction that may succeed when it is tried again. */
export function isTransient(thrown: unknown): boolean {
  return thrown instanceof MongoError && thrown.hasErrorLabel('TransientTransactionError')
}

/** The transaction may have been committed: it is safe to ask again. */
export function isUnknownCommit(thrown: unknown): boolean {
  return (
    thrown instanceof MongoNetworkError ||
    (thrown instanceof MongoError && thrown.hasErrorLabel('UnknownTransactionCommitResult'))
  )
}

function failure({ code, message, hint, retryAfter }: Words, cause: unknown): Failure {
  return new Failure(code, message, {
    cause,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}
