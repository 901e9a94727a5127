import { Failure, type FailureCode, type FailureDetails } from '@gatehouse/core'

/** What a worker tells of an error: SQLite's extended result code, and its message for the log. */
export interface WorkerFault {
  readonly code: string
  readonly message: string
}

interface Rule {
  readonly code: FailureCode
  readonly message: string
  readonly hint?: string
  readonly retryAfter?: number
  /** What the columns are that the message names. */
  readonly named?: string
}

const locked: Rule = { code: 'unavailable', message: 'The database is locked by another writer', retryAfter: 1 }
const unreachable: Rule = { code: 'unavailable', message: 'The database cannot be reached', retryAfter: 1 }
const readOnly: Rule = { code: 'forbidden', message: 'The database is read-only' }
const duplicate: Rule = {
  code: 'conflict',
  message: 'A record with these values exists already',
  named: 'Must be unique',
}
const wrongType: Rule = { code: 'unprocessable', message: 'A value is not of the type of its column', named: 'Column' }

/** By extended code, or by its beginning: SQLITE_BUSY_SNAPSHOT is found as SQLITE_BUSY. */
const rules: readonly (readonly [code: string, rule: Rule])[] = [
  ['SQLITE_CONSTRAINT_UNIQUE', duplicate],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', duplicate],
  ['SQLITE_CONSTRAINT_ROWID', duplicate],
  [
    'SQLITE_CONSTRAINT_FOREIGNKEY',
    {
      code: 'conflict',
      message: 'A foreign key does not hold',
      hint: 'The record refers to one that does not exist, or others still refer to it',
    },
  ],
  ['SQLITE_CONSTRAINT_NOTNULL', { code: 'unprocessable', message: 'A value is required', named: 'Required' }],
  ['SQLITE_CONSTRAINT_CHECK', { code: 'unprocessable', message: 'A value breaks a rule of the table' }],
  ['SQLITE_CONSTRAINT_DATATYPE', wrongType],
  ['SQLITE_CONSTRAINT', { code: 'unprocessable', message: 'The database refused the change by a rule of its own' }],
  ['SQLITE_MISMATCH', wrongType],
  ['SQLITE_TOOBIG', { code: 'too_large', message: 'A value is too large for the database' }],
  ['SQLITE_READONLY_DBMOVED', unreachable],
  ['SQLITE_READONLY', readOnly],
  ['SQLITE_PERM', readOnly],
  ['SQLITE_BUSY', locked],
  ['SQLITE_LOCKED', locked],
  ['SQLITE_PROTOCOL', locked],
  ['SQLITE_CANTOPEN', unreachable],
  ['SQLITE_NOTADB', unreachable],
  ['SQLITE_CORRUPT', unreachable],
  ['SQLITE_IOERR', unreachable],
  ['SQLITE_AUTH', unreachable],
  ['SQLITE_FULL', { code: 'unavailable', message: 'The database has no room left', retryAfter: 60 }],
  // The file's directory is not there.
  ['TypeError', unreachable],
  ['TIMEOUT', { code: 'timeout', message: 'The statement took too long' }],
  ['REGEXP', { code: 'invalid', message: 'The regular expression is not valid' }],
  ['ROLLED_BACK', { code: 'conflict', message: 'The database has undone the whole transaction' }],
]

const changed: Rule = {
  code: 'unavailable',
  message: 'The schema of the database has changed',
  hint: 'The catalog is read again soon',
  retryAfter: 5,
}
/** Plain SQLITE_ERROR says what it is in its text alone. */
const errorTexts: readonly (readonly [pattern: RegExp, rule: Rule])[] = [
  [/^no such (table|column|view)|has no column named|^table .* has \d+ columns/, changed],
  [/^integer overflow/, { code: 'unprocessable', message: 'A result is too large for 64 bits' }],
  [/^malformed JSON/, { code: 'unprocessable', message: 'A text is not JSON' }],
  [/pattern too complex/, { code: 'invalid', message: 'The pattern is too long' }],
  [/^cannot modify .* because it is a view/, { code: 'forbidden', message: 'The view does not take this change' }],
]

/** The failure that a caller sees. Of SQLite's text nothing gets into it but names of columns; the rest is the cause. */
export function toSqliteFailure(fault: WorkerFault): Failure {
  const rule = ruleOf(fault)
  const cause = new Error(`${fault.code}: ${fault.message}`)
  if (!rule) return new Failure('internal', 'The database could not run the statement', { cause })
  const columns = columnsOf(fault)
  const hint = rule.hint ?? (columns && `${rule.named ?? 'Columns'}: ${columns.join(', ')}`)
  const details: FailureDetails = {
    cause,
    ...(hint === undefined ? {} : { hint }),
    ...(columns === undefined ? {} : { context: { columns } }),
    ...(rule.retryAfter === undefined ? {} : { retryAfter: rule.retryAfter }),
  }
  return new Failure(rule.code, rule.message, details)
}

function ruleOf({ code, message }: WorkerFault): Rule | undefined {
  if (code === 'SQLITE_ERROR') return errorTexts.find(([pattern]) => pattern.test(message))?.[1]
  return rules.find(([start]) => code.startsWith(start))?.[1]
}

const naming = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_ROWID',
  'SQLITE_CONSTRAINT_NOTNULL',
  'SQLITE_CONSTRAINT_DATATYPE',
])

/** `UNIQUE constraint failed: customers.country, customers.tax_id`: the columns, which no value can counterfeit. */
function columnsOf({ code, message }: WorkerFault): string[] | undefined {
  if (!naming.has(code)) return undefined
  const names =
    /^(?:UNIQUE|NOT NULL) constraint failed: (?!index ')(.+)$/.exec(message)?.[1] ??
    / column ([^.]+\..+)$/.exec(message)?.[1]
  return names?.split(', ').map((name) => name.slice(name.indexOf('.') + 1))
}
