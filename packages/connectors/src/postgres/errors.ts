import { Failure, type FailureCode } from '@gatehouse/core'
import { ServerError } from './incoming.js'
import { Lost } from './lost.js'

/** Why we asked the server to cancel. */
export type CancelReason = 'timeout' | 'cancelled'

/** Columns of a constraint by `schema.constraint`, from the last introspection: hints that name no driver's text. */
export type ConstraintColumns = (schema: string, constraint: string) => readonly string[] | undefined

interface Words {
  readonly code: FailureCode
  readonly message: string
  readonly hint?: string
  readonly retryAfter?: number
  /** What the columns are that the server names. */
  readonly named?: string
}

/** SQLSTATE to words, by state or by its class (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const words: Readonly<Record<string, Words>> = {
  '08': { code: 'unavailable', message: 'The connection to the database was lost', retryAfter: 1 },
  '0A': { code: 'unsupported', message: 'The database does not support this' },
  // ON CONFLICT DO UPDATE will not change one record twice.
  '21000': {
    code: 'unprocessable',
    message: 'Two records of one upsert have the same key',
    hint: 'Send each key once a call',
  },
  '22': { code: 'unprocessable', message: 'The database refused a value' },
  '22P02': { code: 'unprocessable', message: 'A value is not of the type of its column' },
  '22001': { code: 'unprocessable', message: 'A text is too long for its column' },
  '22003': { code: 'unprocessable', message: 'A number is out of the range of its column' },
  '22007': { code: 'unprocessable', message: 'A date or time is not valid' },
  '22008': { code: 'unprocessable', message: 'A date or time is out of range' },
  '22012': { code: 'unprocessable', message: 'Division by zero' },
  '22021': { code: 'unprocessable', message: 'A text holds a character that the database cannot store' },
  '22P05': { code: 'unprocessable', message: 'A text holds a character that the database cannot store' },
  '2201B': { code: 'invalid', message: 'The regular expression is not valid' },
  '23': { code: 'unprocessable', message: 'A constraint of the table does not hold' },
  '23502': { code: 'unprocessable', message: 'A value is required', named: 'Required' },
  '23503': {
    code: 'conflict',
    message: 'A related record is missing, or still refers to this one',
    named: 'Refers by',
  },
  '23505': { code: 'conflict', message: 'A record with these values exists already', named: 'Must be unique' },
  '23514': { code: 'unprocessable', message: 'A value does not meet a check of the table' },
  '23P01': { code: 'conflict', message: 'The record overlaps with one that exists' },
  '25006': { code: 'forbidden', message: 'This call may only read' },
  '2D': {
    code: 'unsupported',
    message: 'The routine commits by itself, which it cannot where calls run as their caller',
  },
  '26000': { code: 'unavailable', message: 'The session was changed by another', retryAfter: 1 },
  '28': { code: 'unavailable', message: "The database refused the service's credentials", retryAfter: 5 },
  '3D000': { code: 'unavailable', message: "The service's database does not exist", retryAfter: 5 },
  '40': { code: 'conflict', message: 'Another change was made at the same time', hint: 'Send the call again' },
  '42501': { code: 'forbidden', message: 'The database does not permit this' },
  '42703': { code: 'conflict', message: 'The table has changed', hint: 'Read its schema again' },
  '42P01': { code: 'conflict', message: 'The table is no longer there', hint: 'Read the schema again' },
  '42883': { code: 'unprocessable', message: 'The database has no such operation for these types' },
  '42804': { code: 'unprocessable', message: 'The database has no such operation for these types' },
  '42P08': { code: 'unprocessable', message: 'The database cannot tell the type of a value' },
  '42P18': { code: 'unprocessable', message: 'The database cannot tell the type of a value' },
  '44000': { code: 'forbidden', message: 'The record would not be visible in this view' },
  '53': { code: 'unavailable', message: 'The database is short of resources', retryAfter: 2 },
  '53300': { code: 'unavailable', message: 'The database has no connection left', retryAfter: 1 },
  '54': { code: 'too_large', message: 'The call is too large for the database' },
  '55P03': { code: 'conflict', message: 'A record is locked by another call', hint: 'Send the call again' },
  '57': { code: 'unavailable', message: 'The database is shutting down or starting', retryAfter: 1 },
  P0001: { code: 'unprocessable', message: 'A routine or trigger of the database refused' },
}

/** Socket errors are Node's, before or instead of an answer of the server. */
const down: Words = { code: 'unavailable', message: 'The database cannot be reached', retryAfter: 1 }

export interface ErrorContext {
  /** Set where we asked to cancel. */
  readonly cancelled: CancelReason | undefined
  readonly constraintColumns: ConstraintColumns
}

/** What was thrown as a Failure whose texts are ours; the driver's error is its cause. */
export function toPostgresFailure(thrown: unknown, context: ErrorContext): Failure {
  if (thrown instanceof Failure) return thrown
  if (context.cancelled) return stopped(context.cancelled, thrown)
  if (thrown instanceof Lost) {
    return thrown.cause instanceof ServerError ? fromServer(thrown.cause, context) : failure(down, thrown)
  }
  if (thrown instanceof ServerError) return fromServer(thrown, context)
  // pg's own errors while it connects: those of the server carry a SQLSTATE, the others are of the socket.
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return failure(wordsOf(code) ?? down, thrown)
}

export function stopped(reason: CancelReason, cause?: unknown): Failure {
  return reason === 'timeout'
    ? new Failure('timeout', 'The call took longer than it may and was cancelled', {
        hint: 'Narrow the filter, ask for fewer records, or have the timeout raised',
        cause,
      })
    : new Failure('cancelled', 'The call was cancelled', { cause })
}

function fromServer(error: ServerError, context: ErrorContext): Failure {
  const state = error.sqlState
  // Without our asking, it is statement_timeout.
  if (state === '57014') return stopped('timeout', error)
  const found = wordsOf(state)
  if (!found) return new Failure('internal', 'The database could not run the call', { cause: error })
  const columns = columnsOf(error, context.constraintColumns)
  return failure(found, error, columns)
}

function wordsOf(state: string): Words | undefined {
  if (!/^[0-9A-Z]{5}$/.test(state)) return undefined
  return words[state] ?? words[state.slice(0, 2)]
}

function columnsOf(error: ServerError, constraintColumns: ConstraintColumns): readonly string[] | undefined {
  const { fields } = error
  const column = fields.get('c')
  if (column !== undefined) return [column]
  const schema = fields.get('s')
  const constraint = fields.get('n')
  if (schema === undefined || constraint === undefined) return undefined
  const columns = constraintColumns(schema, constraint)
  return columns && columns.length > 0 ? columns : undefined
}

function failure(words: Words, cause: unknown, columns?: readonly string[]): Failure {
  const { code, message, named = 'Column', retryAfter } = words
  const hint = columns ? `${named}: ${columns.join(', ')}` : words.hint
  return new Failure(code, message, {
    cause,
    ...(hint === undefined ? {} : { hint }),
    ...(columns === undefined ? {} : { context: { columns } }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}
