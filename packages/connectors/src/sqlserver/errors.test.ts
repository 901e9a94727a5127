import { describe, expect, it } from 'vitest'
import { toSqlserverFailure } from './errors.js'
import { serverError } from './testing/session-double.js'

const keyColumns = (table: string, key: string) =>
  table === 'dbo.people' && ['UQ_people', 'people_email'].includes(key) ? ['email', 'country'] : undefined
const failure = (number: number, message?: string) =>
  toSqlserverFailure(serverError(number, message), { text: 'SELECT', keyColumns })

/** The words of sys.messages, with a value that must not get out. */
describe('errors of the server', () => {
  it.each([
    [
      2627,
      "Violation of UNIQUE KEY constraint 'UQ_people'. Cannot insert duplicate key in object 'dbo.people'. The duplicate key value is (secret, DE).",
      { code: 'conflict', hint: 'Must be unique: email, country', context: { columns: ['email', 'country'] } },
    ],
    [
      2601,
      "Cannot insert duplicate key row in object 'dbo.people' with unique index 'people_email'. The duplicate key value is (secret).",
      { code: 'conflict', hint: 'Must be unique: email, country' },
    ],
    [
      2627,
      "Violation of PRIMARY KEY constraint 'PK_x'. Cannot insert duplicate key in object 'dbo.other'. The duplicate key value is (secret).",
      { code: 'conflict' },
    ],
    [
      547,
      'The INSERT statement conflicted with the FOREIGN KEY constraint "fk". The conflict occurred in database "secret", table "dbo.t", column \'id\'.',
      { code: 'conflict', message: 'The record refers to a record that does not exist' },
    ],
    [
      547,
      'The DELETE statement conflicted with the REFERENCE constraint "fk". The conflict occurred in database "secret", table "dbo.t".',
      { code: 'conflict', message: 'Other records refer to this record' },
    ],
    [
      547,
      'The UPDATE statement conflicted with the SAME TABLE REFERENCE constraint "fk". The conflict',
      { code: 'conflict', message: 'Other records refer to this record' },
    ],
    [
      547,
      'The MERGE statement conflicted with the FOREIGN KEY SAME TABLE constraint "fk". The conflict',
      { code: 'conflict', message: 'The record refers to a record that does not exist' },
    ],
    [
      547,
      'The INSERT statement conflicted with the CHECK constraint "positive". The conflict occurred in database "secret"',
      { code: 'unprocessable', hint: 'The rule is called positive' },
    ],
    [
      515,
      "Cannot insert the value NULL into column 'name', table 'shop.dbo.people'; column does not allow nulls. INSERT fails.",
      { code: 'unprocessable', hint: 'Required: name', context: { columns: ['name'] } },
    ],
    [
      2628,
      "String or binary data would be truncated in table 'shop.dbo.people', column 'code'. Truncated value: 'secret'.",
      { code: 'unprocessable', hint: 'Column: code' },
    ],
    [
      8152,
      'String or binary data would be truncated.',
      { code: 'unprocessable', message: 'A value does not fit its column' },
    ],
    [1205, 'Transaction (Process ID 52) was deadlocked on lock resources', { code: 'conflict', retryAfter: 1 }],
    [1222, 'Lock request time out period exceeded.', { code: 'conflict', retryAfter: 1 }],
    [8115, 'Arithmetic overflow error converting nvarchar to data type numeric.', { code: 'unprocessable' }],
    [245, "Conversion failed when converting the nvarchar value 'secret' to data type int.", { code: 'unprocessable' }],
    [229, "The SELECT permission was denied on the object 'secret'", { code: 'forbidden' }],
    [208, "Invalid object name 'dbo.secret'.", { code: 'unavailable', retryAfter: 5 }],
    [50_000, 'secret words of a trigger', { code: 'unprocessable' }],
    [18_456, "Login failed for user 'secret'.", { code: 'unavailable' }],
    [40_613, "Database 'secret' on server is not currently available.", { code: 'unavailable' }],
    [8003, 'The incoming request has too many parameters.', { code: 'too_large' }],
    [99_999, 'secret', { code: 'internal' }],
  ])('%i %s', (number, message, expected) => {
    const found = failure(number, message)
    expect(found).toMatchObject(expected)
    expect(JSON.stringify([found.message, found.hint, found.context])).not.toContain('secret')
    // Not what the log gets either, where it quotes values.
    if (/value|words of/.test(message)) expect(String(found.cause)).not.toContain('secret')
  })

  it('of several the one that says why', () => {
    const both = new AggregateError([
      serverError(547, 'The INSERT statement conflicted with the FOREIGN KEY constraint "x".'),
      serverError(3621),
    ])
    expect(toSqlserverFailure(both).code).toBe('conflict')
    expect(toSqlserverFailure(new AggregateError([serverError(3621), serverError(515)])).code).toBe('unprocessable')
  })
})

describe('errors of the driver', () => {
  const coded = (code: string) => toSqlserverFailure(Object.assign(new Error('secret'), { code }))
  it.each([
    ['ESOCKET', 'unavailable'],
    ['ECLOSE', 'unavailable'],
    ['ETIMEOUT', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'unavailable'],
    ['ELOGIN', 'unavailable'],
    ['ECANCEL', 'cancelled'],
    ['EPARAM', 'unprocessable'],
    ['', 'internal'],
  ])('%s is %s', (code, expected) => {
    expect(coded(code).code).toBe(expected)
    expect(coded(code).message).not.toContain('secret')
  })
})
