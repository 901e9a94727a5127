import { Failure } from '@gatehouse/core'
import { errorRules } from './error-rules.js'

/** The columns of a unique key, where they are known: learnt from the catalog. Names of constraints have their schema. */
export type KeyColumns = (table: string, key: string) => readonly string[] | undefined

export interface ErrorContext {
  /** The SQL that failed, for the log: it holds no values. */
  readonly text?: string
  readonly keyColumns?: KeyColumns
}

interface ServerError {
  readonly number: number
  readonly message: string
}

/** A statement can fail by several errors, of which the first says why and the last that it was ended. */
function serverError(thrown: unknown): ServerError | undefined {
  const errors: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown]
  const known = errors.filter(
    (error): error is Error & ServerError =>
      error instanceof Error && 'number' in error && typeof error.number === 'number',
  )
  return known.find(({ number }) => errorRules.has(number)) ?? known[0]
}

/** The deadlock's victim: nothing of its transaction is left, and it may be run again. */
export function isDeadlock(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.cause instanceof ServerRefusal && thrown.cause.number === 1205
}

/**
 * What the server or the driver threw, as a failure. Nothing of the server's text gets into it but names of columns and
 * constraints, cut out by pattern: its messages quote values.
 */
export function toSqlserverFailure(thrown: unknown, context: ErrorContext = {}): Failure {
  if (thrown instanceof Failure) return thrown
  const error = serverError(thrown)
  if (!error) return driverFailure(thrown)
  const cause = new ServerRefusal(error, context.text)
  switch (error.number) {
    case 2627:
    case 2601:
      return duplicate(error, context, cause)
    case 547:
      return reference(error, cause)
    default: {
      const rule = errorRules.get(error.number)
      if (!rule) return new Failure('internal', 'The database could not run the statement', { cause })
      const column = columnOf(error)
      const hint = column === undefined ? rule.hint : `${error.number === 515 ? 'Required' : 'Column'}: ${column}`
      return new Failure(rule.code, rule.message, {
        ...(hint === undefined ? {} : { hint }),
        ...(column === undefined ? {} : { context: { columns: [column] } }),
        ...(rule.retryAfter === undefined ? {} : { retryAfter: rule.retryAfter }),
        cause,
      })
    }
  }
}

/** Of these the server's message quotes values, or is of someone else's making; neither is for a log. */
const quoting = new Set([
  220, 232, 241, 242, 245, 248, 295, 296, 2601, 2627, 2628, 6522, 8114, 8115, 8169, 9420, 9421, 13_608, 13_609, 50_000,
])

/** What the log gets: the statement, which holds no values, and the message where that holds none either. */
class ServerRefusal extends Error {
  readonly number: number
  readonly statement?: string
  constructor({ number, message }: ServerError, statement: string | undefined) {
    super(quoting.has(number) ? `Error ${number}` : `Error ${number}: ${message}`)
    this.number = number
    if (statement !== undefined) this.statement = statement
  }
}

const lost = new Set(['ESOCKET', 'ECLOSE', 'ECONNCLOSED', 'EINVALIDSTATE', 'EENCRYPT', 'EINSTLOOKUP', 'ETIMEOUT'])

function driverFailure(thrown: unknown): Failure {
  const errors: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown]
  const code = errors.map((error) => (error instanceof Error && 'code' in error ? error.code : undefined)).find(Boolean)
  if (code === 'ELOGIN') {
    return new Failure('unavailable', 'The database refuses the connection of this service', {
      retryAfter: 5,
      cause: thrown,
    })
  }
  if (code === 'ECANCEL') return new Failure('cancelled', 'The statement was cancelled', { cause: thrown })
  // The driver checks the types of bound values before it sends them.
  if (code === 'EPARAM') return new Failure('unprocessable', 'The database does not take this value', { cause: thrown })
  const network = typeof code === 'string' && (lost.has(code) || /^(E[A-Z]+|ERR_(TLS|SSL)\w*|CERT_\w+)$/.test(code))
  return network
    ? new Failure('unavailable', 'The database cannot be reached', { retryAfter: 1, cause: thrown })
    : new Failure('internal', 'The database could not run the statement', { cause: thrown })
}

/**
 * `Violation of UNIQUE KEY constraint 'k'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is
 * (...)`, and the same of a unique index: names stand before the value, which is never read.
 */
function duplicate({ message }: ServerError, { keyColumns }: ErrorContext, cause: unknown): Failure {
  const found =
    /^Violation of [A-Z ]+ constraint '([^']+)'\. Cannot insert duplicate key in object '([^']+)'/.exec(message) ??
    /^Cannot insert duplicate key row in object '(?<table>[^']+)' with unique index '(?<key>[^']+)'/.exec(message)
  const key = found?.groups?.key ?? found?.[1]
  const table = found?.groups?.table ?? found?.[2]
  const columns = key === undefined || table === undefined ? undefined : keyColumns?.(table, key)
  return new Failure('conflict', 'A record with these values exists already', {
    ...(columns && columns.length > 0 ? { hint: `Must be unique: ${columns.join(', ')}`, context: { columns } } : {}),
    cause,
  })
}

/** `The INSERT statement conflicted with the FOREIGN KEY constraint "fk". The conflict occurred in database ...` */
function reference({ message }: ServerError, cause: unknown): Failure {
  const found = /^The (\w+) statement conflicted with the (.+?) constraint "([^"]+)"\./.exec(message)
  const kind = found?.[2] ?? ''
  if (kind === 'CHECK') {
    return new Failure('unprocessable', 'A value breaks a rule of the table', {
      hint: `The rule is called ${found?.[3]}`,
      cause,
    })
  }
  const others = kind.includes('REFERENCE') || found?.[1] === 'DELETE'
  const told = others ? 'Other records refer to this record' : 'The record refers to a record that does not exist'
  return new Failure('conflict', told, { cause })
}

/** The column that a message is about, where it is at a place that no value can counterfeit. */
function columnOf({ number, message }: ServerError): string | undefined {
  if (number === 515) return /^Cannot insert the value NULL into column '([^']+)', table '/.exec(message)?.[1]
  if (number === 2628)
    return /^String or binary data would be truncated in table '[^']+', column '([^']+)'\./.exec(message)?.[1]
  return undefined
}
