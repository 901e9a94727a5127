import type { ScalarType } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Typed } from '../sql/dialect.js'
import type { Raw } from '../sql/driver.js'
import { compileWriter, writeRows } from '../sql/writer.js'
import { sqliteDialect as dialect } from './dialect.js'
import { openMemory } from './testing/memory.js'

const typed = (type: ScalarType, nativeType: string = type, scale?: number): Typed => ({
  type,
  nativeType,
  ...(scale === undefined ? {} : { scale }),
})

/** Any value that a column without checks may hold. */
const anyRaw = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom<Raw>(
    null,
    0n,
    1n,
    '1.50',
    '2026-01-31 10:00:00.500',
    '{"a": [1, null]}',
    '[',
    Number.POSITIVE_INFINITY,
  ),
)
const types = ['boolean', 'integer', 'bigint', 'decimal', 'float', 'text', 'uuid', 'date', 'time', 'datetime'] as const
const moreTypes = ['datetimetz', 'binary', 'json', 'interval', 'other'] as const

describe('JSON that the database builds', () => {
  it('is what the writer prints, whatever the column holds', () => {
    const memory = openMemory()
    const column = fc.tuple(fc.constantFrom(...types, ...moreTypes), fc.option(fc.nat(4), { nil: undefined }))
    fc.assert(
      fc.property(column, anyRaw, fc.boolean(), ([type, scale], raw, asString) => {
        const wide = type === 'bigint' || type === 'decimal'
        const of = typed(type, type, type === 'decimal' ? scale : undefined)
        const output = dialect.output('?1', of)
        const encoding = asString && wide ? 'number_string' : output.encoding
        const writer = compileWriter({ format: 'json', hidden: 0, columns: [{ name: 'v', ...output, encoding }] })
        const bound = { 1: typeof raw === 'object' && raw !== null ? Buffer.from(raw) : raw }
        const printed = writeRows(writer, memory.rows(`SELECT ${output.sql}`, bound))
        const built = dialect.jsonObject([['v', dialect.jsonValue('?1', of, asString ? 'string' : 'number')]])
        expect(`[${String(memory.value(`SELECT ${built}`, bound))}]`).toBe(printed)
        expect(() => JSON.parse(printed)).not.toThrow()
      }),
      { numRuns: 1000 },
    )
  })

  it('nests arrays in order, each with its own limit', () => {
    const memory = openMemory(
      'CREATE TABLE a (id INTEGER PRIMARY KEY)',
      'CREATE TABLE b (a_id INT, n INT)',
      'INSERT INTO a VALUES (1), (2), (3)',
      'INSERT INTO b VALUES (1, 3), (1, 1), (1, 2), (2, 9)',
    )
    const array = dialect.jsonArray({
      object: dialect.jsonObject([['n', dialect.jsonValue('t.n', typed('integer'), 'number')]]),
      from: 'b AS t',
      where: 't.a_id = a.id',
      order: 't.n',
      limit: 2,
    })
    expect(memory.rows(`SELECT ${array} FROM a ORDER BY id`)).toEqual([['[{"n":1},{"n":2}]'], ['[{"n":9}]'], ['[]']])
  })

  it('has any number of members with any name', () => {
    const names = ["it's", 'a"b', 'ü\\', ...Array.from({ length: 1200 }, (_, i) => `c${i}`)]
    const text = openMemory().value(`SELECT ${dialect.jsonObject(names.map((name) => [name, 'NULL']))}`)
    expect(Object.keys(JSON.parse(String(text)) as object)).toEqual(names)
  })
})

describe('conditions', () => {
  const { value } = openMemory()
  const matches = (op: Parameters<typeof dialect.match>[0], text: string, pattern: string) =>
    value(`SELECT ${dialect.match(op, '?', '?', typed('text'))}`, text, dialect.matchValue(op, pattern)) === 1n

  it.each([
    ['like', 'Grüße', 'Gr_ße', true],
    ['like', 'Grüße', 'gr%', false],
    ['like', 'a*b', 'a*b', true],
    ['like', 'axb', 'a*b', false],
    ['ilike', 'GRÜSSE', 'grü%', true],
    ['contains', '100% ÄPFEL', '0% ä', true],
    ['contains', '100 apples', '0%', false],
    ['starts_with', 'Éclair', 'éc', true],
    ['ends_with', 'a_b', '_B', true],
    ['ends_with', 'axb', '_B', false],
    ['regexp', 'ab12', '^[a-z]+\\d+$', true],
    ['regexp', 'AB12', '^[a-z]+\\d+$', false],
  ] as const)('%s: %s, %s: %s', (op, text, pattern, result) => {
    expect(matches(op, text, pattern)).toBe(result)
  })

  it('compares decimals by value, as numbers and as texts', () => {
    const compare = (a: string, b: string, type: Typed) =>
      value(`SELECT ${dialect.compare('<', dialect.input('?', type), '?', type)}`, a, b) === 1n
    for (const type of [typed('decimal', 'DECIMAL(10,2)'), typed('decimal', 'DECIMAL_TEXT(38,10)')]) {
      expect(compare('9.5', '10.25', type)).toBe(true)
      expect(compare('10.25', '9.5', type)).toBe(false)
      expect(compare('1.50', '1.5', type)).toBe(false)
    }
    const exact = typed('decimal', 'DECIMAL_TEXT(38,10)')
    expect(compare('1234567890123456789012345678.0123456788', '1234567890123456789012345678.0123456789', exact)).toBe(
      true,
    )
  })

  it('reads values inside JSON, and none of what is no JSON', () => {
    const json = JSON.stringify({ 'a "b\'': { list: ['x', 7, true], no: false }, n: null })
    const at = (text: string, type: ScalarType, ...keys: (string | number)[]) =>
      value(`SELECT ${dialect.jsonPath('?1', keys, type)}`, { 1: text })
    expect(at(json, 'text', 'a "b\'', 'list', 0)).toBe('x')
    expect(at(json, 'decimal', 'a "b\'', 'list', 1)).toBe(7n)
    expect(at(json, 'text', 'a "b\'', 'list', 2)).toBe('true')
    expect(at(json, 'boolean', 'a "b\'', 'no')).toBe(0n)
    expect(at(json, 'decimal', 'a "b\'', 'list', 0)).toBeNull()
    expect(at(json, 'text', 'n')).toBeNull()
    expect(at(json, 'text', 'missing', 'key')).toBeNull()
    expect(at('{broken', 'text', 'n')).toBeNull()
  })

  it('counts time from now as stored times are written', () => {
    expect(String(value(`SELECT ${dialect.clock('now', undefined, 'datetimetz')}`))).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
    )
    expect(String(value(`SELECT ${dialect.clock('today', undefined, 'datetime')}`))).toMatch(
      /^\d{4}-\d\d-\d\d 00:00:00$/,
    )
    const week = dialect.clock('today', { amount: -1, unit: 'week' }, 'date')
    expect(value(`SELECT julianday('now', 'start of day') - julianday(${week})`)).toBe(7)
    for (const unit of ['second', 'minute', 'hour', 'day', 'month', 'year'] as const) {
      const later = dialect.clock('now', { amount: 2, unit }, 'datetime')
      expect(value(`SELECT ${later} > ${dialect.clock('now', { amount: 1, unit }, 'datetime')}`)).toBe(1n)
    }
  })
})

describe('aggregates', () => {
  const memory = openMemory(
    'CREATE TABLE t (n INT, d DECIMAL(10,2), e DECIMAL_TEXT(38,10), f REAL)',
    `INSERT INTO t VALUES (1, 0.1, '1234567890123456789012345678.1', 0.5), (2, 0.2, '0.2', 1.5), (2, '10.00', '-3.5', 4),
      (NULL, NULL, NULL, NULL)`,
  )
  const columns = {
    n: typed('integer', 'INT'),
    d: typed('decimal', 'DECIMAL(10,2)', 2),
    e: typed('decimal', 'DECIMAL_TEXT(38,10)', 10),
    f: typed('float', 'REAL'),
  }
  it.each([
    ['sum', 'n', false, '5'],
    ['sum', 'n', true, '3'],
    ['sum', 'd', false, '10.30'],
    ['sum', 'e', false, '1234567890123456789012345674.8000000000'],
    ['avg', 'e', false, '411522630041152263004115224.9333333333333333'],
    ['avg', 'n', false, '1.6666666666666667'],
    ['min', 'e', false, '-3.5000000000'],
    ['max', 'e', false, '1234567890123456789012345678.1000000000'],
    ['min', 'd', false, '0.10'],
    ['count', 'e', true, '3'],
    ['count', 'n', false, '3'],
    ['stddev', 'f', false, '1.8027756377319946'],
    ['median', 'f', false, '1.5'],
    ['median', 'e', false, '0.2'],
  ] as const)('%s of %s (distinct: %s) is %s', (fn, name, distinct, printed) => {
    const { sql, result } = dialect.aggregate(fn, name, distinct, columns[name])
    const output = dialect.output(sql, result)
    const writer = compileWriter({ format: 'json', hidden: 0, columns: [{ name: 'v', ...output }] })
    expect(writeRows(writer, memory.rows(`SELECT ${output.sql} FROM t`))).toBe(`[{"v":${printed}}]`)
    const none = writeRows(writer, memory.rows(`SELECT ${output.sql} FROM t WHERE 0`))
    expect(none).toBe(fn === 'count' ? '[{"v":0}]' : '[{"v":null}]')
  })

  it.each([
    ['year', '2026-01-01'],
    ['quarter', '2026-04-01'],
    ['month', '2026-05-01'],
    ['week', '2026-05-25'],
    ['day', '2026-05-31'],
    ['hour', '2026-05-31 23:00:00'],
  ] as const)('%s starts on %s', (bucket, start) => {
    for (const stored of ['2026-05-31 23:59:59.123456', '2026-05-31T23:59:59Z']) {
      expect(memory.value(`SELECT ${dialect.bucket('?1', bucket, typed('datetime')).sql}`, { 1: stored })).toBe(start)
    }
  })
})

describe('masks', () => {
  const { value } = openMemory()
  it.each([
    ['partial', 'anna@example.com', 'a***@example.com'],
    ['partial', 'Anna', 'A***'],
    ['last4', '4111111111111234', '***1234'],
    ['last4', '123', '***'],
    ['redact', 'x', '***'],
    ['null', 'x', null],
  ] as const)('%s of %s is %s', (mask, text, masked) => {
    expect(value(`SELECT ${dialect.mask(mask, '?1', typed('text'), '')}`, { 1: text })).toBe(masked)
    expect(value(`SELECT ${dialect.mask(mask, 'NULL', typed('text'), '')}`)).toBeNull()
  })
  it('hash is keyed', () => {
    const hash = (key: string) => value(`SELECT ${dialect.mask('hash', '?1', typed('text'), '?2')}`, { 1: 'x', 2: key })
    expect(hash('k')).toMatch(/^[\da-f]{64}$/)
    expect(hash('k')).toBe(hash('k'))
    expect(hash('k')).not.toBe(hash('l'))
  })
})

it('quotes any name', () => {
  const { exec, rows } = openMemory()
  const name = "sel\"ect 'x' ; --\u00e4"
  exec(`CREATE TABLE ${dialect.quote(name)} (${dialect.quote('a"b')} INT)`)
  expect(rows(`SELECT ${dialect.quote('a"b')} FROM ${dialect.qualified({ name })}`)).toEqual([])
})

it('upserts under a guard, and returns rows that are left as they are', () => {
  const { rows } = openMemory('CREATE TABLE t (k INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 10)')
  const insert = (tail: string) => rows(`INSERT INTO "t" (k, v) VALUES (1, 20) ${tail} RETURNING v`)
  expect(insert(dialect.onConflict('"t"', ['"k"'], ['"v"'], '"t"."v" > 100'))).toEqual([])
  expect(insert(dialect.onConflict('"t"', ['"k"'], [], undefined))).toEqual([[10n]])
  expect(insert(dialect.onConflict('"t"', ['"k"'], ['"v"'], undefined))).toEqual([[20n]])
})
