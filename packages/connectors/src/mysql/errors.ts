import { Failure } from '@gatehouse/core'
import { errorRules } from './error-rules.js'
import { keyGuard } from './writes.js'

/** The columns of a unique key, where they are known: learnt from the catalog. */
export type KeyColumns = (table: string, key: string) => readonly string[] | undefined

export interface ErrorContext {
  /** The SQL that failed: only the table's name is read out of it. */
  readonly text?: string
  readonly keyColumns?: KeyColumns
}

interface ServerError {
  readonly errno: number
  readonly message: string
}

function serverError(thrown: unknown): ServerError | undefined {
  if (!(thrown instanceof Error) || !('errno' in thrown)) return undefined
  return typeof thrown.errno === 'number' && thrown.errno > 0
    ? { errno: thrown.errno, message: thrown.message }
    : undefined
}

/**
 * What the server or the driver threw, as a failure. Nothing of the server's text gets into it but names of columns,
 * cut out by pattern: its messages quote values.
 */
export function toMysqlFailure(thrown: unknown, context: ErrorContext = {}): Failure {
  if (thrown instanceof Failure) return thrown
  const error = serverError(thrown)
  if (!error) return unavailable(thrown)
  const cause = new ServerRefusal(error, context.text)
  const rule = errorRules.get(error.errno)
  if (!rule) return new Failure('internal', 'The database could not run the statement', { cause })
  const { errno } = error
  if (errno === 1062 || errno === 1586) return duplicate(error, context, cause)
  if (errno === 1365 && guardsKey(context.text ?? '')) {
    return new Failure('conflict', 'A unique value of this record belongs to a record with another key', {
      hint: 'Change the value, or update that record by its own key',
      cause,
    })
  }
  const columns = columnsOf(error)
  const hint = rule.hint ?? constraintHint(error) ?? (columns && `${rule.named ?? 'Column'}: ${columns.join(', ')}`)
  return new Failure(rule.code, rule.message, {
    ...(hint === undefined ? {} : { hint }),
    ...(columns === undefined ? {} : { context: { columns } }),
    ...(rule.retryAfter === undefined ? {} : { retryAfter: rule.retryAfter }),
    cause,
  })
}

/** Of these the server's message quotes values, which are for no log. */
const quoting = new Set([1062, 1586, 1264, 1265, 1292, 1366, 1367, 1411, 1525, 1644, 1643, 1690, 1916, 3140, 3141])

/** What the log gets: the statement, which holds no values, and the message where that holds none either. */
class ServerRefusal extends Error {
  readonly statement?: string
  constructor({ errno, message }: ServerError, statement: string | undefined) {
    super(quoting.has(errno) ? `Error ${errno}` : `Error ${errno}: ${message}`)
    if (statement !== undefined) this.statement = statement
  }
}

function unavailable(cause: unknown): Failure {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (
    typeof code === 'string' &&
    (lost.has(code) || /^E[A-Z]+$/.test(code) || /^(ERR_(TLS|SSL)|CERT_|SELF_SIGNED|UNABLE_TO)/.test(code))
  ) {
    return new Failure('unavailable', 'The database cannot be reached', { retryAfter: 1, cause })
  }
  // The driver's own word for a connection that was lost before the statement was sent has no code.
  if (cause instanceof Error && cause.message.endsWith('in closed state')) {
    return new Failure('unavailable', 'The connection to the database was lost', { retryAfter: 1, cause })
  }
  // The driver checks the types of bound values before it sends them.
  if (cause instanceof RangeError) return new Failure('unprocessable', 'A number is out of range', { cause })
  return new Failure('internal', 'The database could not run the statement', { cause })
}

const lost = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'HANDSHAKE_NO_SSL_SUPPORT',
  'HANDSHAKE_SSL_ERROR',
])

/** The only division in an upsert is the one that is meant to fail; see writes.ts. */
function guardsKey(text: string): boolean {
  return text.includes(` ON DUPLICATE KEY UPDATE `) && text.includes(`IF(${keyGuard}(`)
}

/** Duplicate entry 'x' for key 'orders.PRIMARY': only what stands behind the last `for key` is read, never the value. */
function duplicate({ message }: ServerError, { text, keyColumns }: ErrorContext, cause: unknown): Failure {
  const key = /for key '((?:[^']|'')+)'$/.exec(message)?.[1]
  const table = writtenTable(text ?? '')
  const name = key?.slice(key.lastIndexOf('.') + 1)
  const columns =
    key !== undefined && table !== undefined
      ? (keyColumns?.(table, key) ?? keyColumns?.(table, name ?? key))
      : undefined
  return new Failure('conflict', 'A record with these values exists already', {
    ...(columns && columns.length > 0 ? { hint: `Must be unique: ${columns.join(', ')}`, context: { columns } } : {}),
    cause,
  })
}

/** The quoted name of the table that a statement of the connector writes to. */
function writtenTable(text: string): string | undefined {
  return /^(?:INSERT INTO|UPDATE|DELETE FROM)\s+(`(?:[^`]|``)*`(?:\.`(?:[^`]|``)*`)?)/.exec(text)?.[1]
}

/** The column that a message is about, where it is at a place that no value can counterfeit. */
function columnOf(message: string): string | undefined {
  return (
    /^(?:Column|Field) '([^']+)' (?:cannot be null|doesn't have a default value)$/.exec(message)?.[1] ??
    /^(?:Data too long|Data truncated|Out of range value) for column '([^']+)' at row \d+$/.exec(message)?.[1] ??
    / for column (?:`[^`]*`\.`[^`]*`\.)?[`']([^`']+)[`'] at row \d+$/.exec(message)?.[1]
  )
}

function columnsOf({ errno, message }: ServerError): string[] | undefined {
  if (errno === 1452) {
    const columns = /FOREIGN KEY \(((?:`(?:[^`]|``)+`(?:, )?)+)\) REFERENCES/.exec(message)?.[1]
    return columns?.split(', ').map((name) => name.slice(1, -1).replaceAll('``', '`'))
  }
  const column = columnOf(message)
  // Of a value that is computed the server names the expression, with schemas and routines that are nobody's business.
  return column === undefined || /[`(]/.test(column) ? undefined : [column]
}

function constraintHint({ errno, message }: ServerError): string | undefined {
  if (errno !== 3819 && errno !== 4025) return undefined
  const name = /^(?:Check constraint|CONSTRAINT) [`']([^`']+)[`'] (?:is violated|failed)/.exec(message)?.[1]
  return name === undefined ? undefined : `The rule is called ${name}`
}
