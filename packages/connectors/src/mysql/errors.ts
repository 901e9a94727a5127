import { Failure, type FailureCode } from '@gatehouse/core'

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
  const rule = rules.get(error.errno)
  if (!rule) return new Failure('internal', 'The database could not run the statement', { cause: thrown })
  const { errno } = error
  if (errno === 1062 || errno === 1586) return duplicate(error, context, thrown)
  if (errno === 1048 && isGuardedKey(context.text ?? '', columnOf(error.message))) {
    // The key was set to NULL on purpose, since another unique key met another row; see writes.ts.
    return new Failure('conflict', 'A unique value of this record belongs to a record with another key', {
      hint: 'Change the value, or update that record by its own key',
      cause: thrown,
    })
  }
  const hint = rule.hint ?? columnHint(error)
  return new Failure(rule.code, rule.message, {
    ...(hint === undefined ? {} : { hint }),
    ...(rule.retryAfter === undefined ? {} : { retryAfter: rule.retryAfter }),
    cause: thrown,
  })
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

function isGuardedKey(text: string, column: string | undefined): boolean {
  return column !== undefined && text.includes(`ON DUPLICATE KEY UPDATE \`${column.replaceAll('`', '``')}\` = IF(`)
}

const constraint = 'conflict'
const value = 'unprocessable'

interface Rule {
  readonly code: FailureCode
  readonly message: string
  readonly hint?: string
  readonly retryAfter?: number
}

const rules: ReadonlyMap<number, Rule> = new Map([
  ...of([1062, 1586], constraint, 'A record with these values exists already'),
  ...of([1451, 1217], constraint, 'Other records refer to this record'),
  ...of([1452, 1216], constraint, 'The record refers to a record that does not exist'),
  ...of([1205], constraint, 'The record is locked by another change', 'Try again', 1),
  ...of([1213, 1020], constraint, 'Another change was made at the same time, so this one was undone', 'Try again', 1),
  ...of([1048], value, 'A value is required'),
  ...of([1364], value, 'A value is required'),
  ...of([1406, 1265], value, 'A value does not fit its column'),
  ...of([1264, 1690, 1916], value, 'A number is out of range'),
  ...of(
    [1366, 1292, 1411, 1525, 1367, 3140, 3141, 3156, 3037, 4037, 4038],
    value,
    'The database does not take this value',
  ),
  ...of([1416, 3055], value, 'The value is not a geometry in well-known text'),
  ...of([3819, 4025], value, 'A value breaks a rule of the table'),
  ...of([1644, 1643], value, 'The database refused the change by a rule of its own'),
  ...of([1365], value, 'Division by zero'),
  ...of([3105, 1906], value, 'A computed column cannot be written'),
  ...of(
    [1139, 3685, 3686, 3687, 3688, 3689, 3690, 3691, 3692, 3693, 3694, 3695, 3696, 3697, 3698],
    'invalid',
    'The pattern is not a valid regular expression',
  ),
  ...of([3699], 'timeout', 'The pattern takes too long to match'),
  ...of([1142, 1143, 1044, 1227, 1370, 1410, 1419], 'forbidden', 'The connection may not do this in the database'),
  ...of([1792, 1290, 1836], 'forbidden', 'This may not write'),
  ...of([1471, 1288, 1348, 1368, 1369, 1394, 1395, 1396], 'forbidden', 'The view does not take this change'),
  ...of(
    [1045, 1698, 1049, 1130, 1862, 1873, 3118, 3159, 4151],
    'unavailable',
    'The database refuses the connection of this service',
    undefined,
    5,
  ),
  ...of([1040, 1203, 1226, 1461], 'unavailable', 'The database has too many connections', undefined, 1),
  ...of(
    [1053, 1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2002, 2003, 2006, 2013, 3169, 4031],
    'unavailable',
    'The connection to the database was lost',
    undefined,
    1,
  ),
  ...of([1615, 1243], 'unavailable', 'The schema of the database is changing', undefined, 1),
  ...of(
    [1146, 1054, 1305],
    'unavailable',
    'The schema of the database has changed',
    'The catalog is read again soon',
    5,
  ),
  ...of([1021, 1041, 1037, 1038, 1114, 1135], 'unavailable', 'The database is out of room', undefined, 5),
  ...of([1969, 3024, 1907], 'timeout', 'The statement took too long'),
  ...of([1317, 1028], 'cancelled', 'The statement was cancelled'),
  ...of([1153, 1301], 'too_large', 'The values are larger than the database takes'),
])

function of(errnos: readonly number[], code: FailureCode, message: string, hint?: string, retryAfter?: number) {
  const rule: Rule = {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
  return errnos.map((errno) => [errno, rule] as const)
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
export function writtenTable(text: string): string | undefined {
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

function columnHint({ errno, message }: ServerError): string | undefined {
  if (errno === 1451 || errno === 1452) {
    const columns = /FOREIGN KEY \(((?:`(?:[^`]|``)+`(?:, )?)+)\) REFERENCES/.exec(message)?.[1]
    // Of 1451 they are the other table's, which the caller may not know.
    return columns === undefined || errno === 1451 ? undefined : columns.replaceAll('`', '')
  }
  if (errno === 3819 || errno === 4025) {
    const name = /^(?:Check constraint|CONSTRAINT) [`']([^`']+)[`'] (?:is violated|failed)/.exec(message)?.[1]
    return name === undefined ? undefined : `The rule is called ${name}`
  }
  return columnOf(message)
}
