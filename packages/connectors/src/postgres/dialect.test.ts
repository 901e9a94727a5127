import type { ScalarType } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Typed } from '../sql/dialect.js'
import type { RowShape } from '../sql/row-shape.js'
import { postgresDialect as dialect } from './dialect.js'
import type { PostgresDriver } from './driver.js'
import { reading, serverUrl, skipped, type TestDatabase, testDatabase, writing } from './testing/server.js'

/** SQL of a value, its type, and the JSON that it prints as. */
const printed: readonly [sql: string, type: ScalarType, nativeType: string, json: string][] = [
  ['true', 'boolean', 'boolean', 'true'],
  ['(-32768)::smallint', 'integer', 'smallint', '-32768'],
  ['9223372036854775807', 'bigint', 'bigint', '9223372036854775807'],
  [
    "'12345678901234567890123456.789012345600'::numeric",
    'decimal',
    'numeric',
    '12345678901234567890123456.789012345600',
  ],
  ["'NaN'::numeric", 'decimal', 'numeric', '"NaN"'],
  ["'-Infinity'::numeric", 'decimal', 'numeric', '"-Infinity"'],
  ['0.1::float8', 'float', 'double precision', '0.1'],
  ['0.1::float4', 'float', 'real', '0.1'],
  ['1e100::float8', 'float', 'double precision', '1e+100'],
  ["'Infinity'::float8", 'float', 'double precision', '"Infinity"'],
  ["E'a\"b\\\\c\\n\\u0001é😀'", 'text', 'text', '"a\\"b\\\\c\\n\\u0001é😀"'],
  ["'ab'::char(5)", 'text', 'character(5)', '"ab"'],
  ["'0F8FAD5B-D9CB-469F-A165-70867728950E'::uuid", 'uuid', 'uuid', '"0f8fad5b-d9cb-469f-a165-70867728950e"'],
  ["'2026-01-31'::date", 'date', 'date', '"2026-01-31"'],
  ["'infinity'::date", 'date', 'date', '"infinity"'],
  ["'13:59:59.500000'::time", 'time', 'time without time zone', '"13:59:59.5"'],
  ["'2026-01-31 13:59:59.120'::timestamp", 'datetime', 'timestamp without time zone', '"2026-01-31T13:59:59.12"'],
  ["'-infinity'::timestamp", 'datetime', 'timestamp without time zone', '"-infinity"'],
  ["'2026-01-31 13:59:59+02'::timestamptz", 'datetimetz', 'timestamp with time zone', '"2026-01-31T11:59:59Z"'],
  ["'infinity'::timestamptz", 'datetimetz', 'timestamp with time zone', '"infinity"'],
  ["'1 year 2 days 03:04:05'::interval", 'interval', 'interval', '"1 year 2 days 03:04:05"'],
  [
    "decode(repeat('00ff80', 40), 'hex')",
    'binary',
    'bytea',
    `"${Buffer.from('00ff80'.repeat(40), 'hex').toString('base64')}"`,
  ],
  ['\'{"a": [1,\n2.50]}\'::json', 'json', 'json', '{"a": [1, 2.50]}'],
  ['\'{"a":1.10}\'::jsonb', 'json', 'jsonb', '{"a": 1.10}'],
  ["ARRAY['a', 'b,\"c', NULL]", 'array', 'text[]', '["a","b,\\"c",null]'],
  ['ARRAY[[1,2],[3,4]]', 'array', 'integer[]', '[[1,2],[3,4]]'],
  ["ROW(1, 'x')", 'json', 'record', '{"f1":1,"f2":"x"}'],
  ["'192.168.0.1/24'::inet", 'other', 'inet', '"192.168.0.1/24"'],
  ["'[1,5)'::int4range", 'other', 'int4range', '"[1,5)"'],
  ['\'<a b="1"/>\'::xml', 'other', 'xml', '"<a b=\\"1\\"/>"'],
  ["'a:1 b:2'::tsvector", 'other', 'tsvector', "\"'a':1 'b':2\""],
  ["B'101'", 'other', 'bit(3)', '"101"'],
  ["'13:59+02'::timetz", 'other', 'time with time zone', '"13:59:00+02"'],
  ['NULL::int', 'integer', 'integer', 'null'],
]

describe('the PostgreSQL dialect', () => {
  let database: TestDatabase
  let driver: PostgresDriver
  beforeEach(({ skip }) => skip(serverUrl === undefined, skipped))
  beforeAll(async () => {
    if (serverUrl === undefined) return
    database = await testDatabase('dialect')
    driver = database.driver()
  })
  afterAll(() => database?.drop())

  async function value(sql: string, typed: Typed): Promise<string> {
    const output = dialect.output(sql, typed)
    const shape: RowShape = { format: 'json', columns: [{ name: 'v', encoding: output.encoding }], hidden: 0 }
    const { text } = await driver.write({ text: `SELECT ${output.sql}`, shape }, [], 1, reading())
    return Buffer.from(text).toString('utf8').slice('[{"v":'.length, -'}]'.length)
  }

  it.each(printed)('prints %s of %s %s', async (sql, type, nativeType, json) => {
    expect(await value(sql, { type, nativeType })).toBe(json)
  })

  it.each(printed)('prints %s of %s %s inside JSON as in a row', async (sql, type, nativeType, json) => {
    const object = dialect.jsonObject([['a"\'b', dialect.jsonValue(sql, { type, nativeType }, 'number')]])
    expect(await value(object, { type: 'json', nativeType: 'json' })).toBe(`{"a\\"'b":${json}}`)
  })

  it('makes objects of many members, whatever their names', async () => {
    const names = ['100%', '%s', 'a"b', "it's", '', 'ü', ...Array.from({ length: 200 }, (_, i) => `n${i}`)]
    const members = names.map((name, i) => [name, i % 3 === 0 ? 'NULL' : `'${i}'`] as const)
    const json = await value(dialect.jsonObject(members), { type: 'json', nativeType: 'json' })
    expect(JSON.parse(json)).toEqual(Object.fromEntries(names.map((name, i) => [name, i % 3 === 0 ? null : i])))
  })

  it('prints numbers as strings inside JSON on request', async () => {
    const members = [
      ['n', dialect.jsonValue('9223372036854775807', { type: 'bigint', nativeType: 'bigint' }, 'string')],
      ['d', dialect.jsonValue('1.50', { type: 'decimal', nativeType: 'numeric' }, 'string')],
      ['i', dialect.jsonValue('1', { type: 'integer', nativeType: 'integer' }, 'string')],
    ] as const
    const json = await value(dialect.jsonObject(members), { type: 'json', nativeType: 'json' })
    expect(json).toBe('{"n":"9223372036854775807","d":"1.50","i":1}')
  })

  it('stores arrays, row types and enums from what they print as', async () => {
    await database.setUp(`
      CREATE TYPE place AS (street text, no int); CREATE TYPE mood AS ENUM ('sad', 'ok');
      CREATE TABLE stored (tags text[], grid int[][], place place, mood mood, doc json, during int4range)`)
    const columns: readonly [string, Typed, string][] = [
      ['tags', { type: 'array', nativeType: 'text[]' }, '["a","b,\\"c\\\\",null,""]'],
      ['grid', { type: 'array', nativeType: 'integer[]' }, '[[1,2],[3,null]]'],
      ['place', { type: 'json', nativeType: 'place' }, '{"street":"x y","no":3}'],
      ['mood', { type: 'text', nativeType: 'mood' }, 'ok'],
      ['doc', { type: 'json', nativeType: 'json' }, '{"a": 1}'],
      ['during', { type: 'other', nativeType: 'int4range' }, '[1,5)'],
    ]
    const places = columns.map(([, typed], i) => dialect.input(`$${i + 1}`, typed))
    const bound = columns.map(([, typed, text]) => dialect.bind(text, typed.type))
    await driver.rows({ text: `INSERT INTO stored VALUES (${places.join(', ')})` }, bound, writing())
    const outputs = columns.map(([name, typed]) => dialect.output(name, typed).sql)
    const { rows } = await driver.rows({ text: `SELECT ${outputs.join(', ')} FROM stored` }, [], reading())
    expect(rows).toEqual([columns.map(([, , text]) => text)])
    for (const [name, typed, text] of columns) {
      const where = dialect.compare('=', name, '$1', typed)
      const found = await driver.rows(
        { text: `SELECT '${name}' FROM stored WHERE ${where}` },
        [dialect.bind(text, typed.type)],
        reading(),
      )
      expect(found.rows).toEqual([[name]])
    }
    const like = dialect.match('contains', 'mood', '$1', { type: 'text', nativeType: 'mood' })
    const listed = `${dialect.sortable('doc', { type: 'json', nativeType: 'json' })} IN (${dialect.sortable(dialect.input('$2', { type: 'json', nativeType: 'json' }), { type: 'json', nativeType: 'json' })})`
    const both = `SELECT 1 FROM stored WHERE ${like} AND ${listed}`
    expect((await driver.rows({ text: both }, ['%O%', '{"a":1}'], reading())).rows).toEqual([['1']])
    const street = dialect.jsonPath('place', ['street'], 'text')
    expect((await driver.rows({ text: `SELECT ${street} FROM stored` }, [], reading())).rows).toEqual([['x y']])
  })

  it.each([
    ['partial', "'ada@example.com'", 'a***@example.com'],
    ['partial', "'ada'", 'a***'],
    ['last4', "'+49 123 4567'", '***4567'],
    ['last4', "'4567'", '***'],
    ['redact', "'x'", '***'],
    ['null', "'x'", null],
  ] as const)('masks %s of %s', async (mask, sql, expected) => {
    const text = `SELECT ${dialect.mask(mask, sql, { type: 'text', nativeType: 'text' }, '')}`
    expect((await driver.rows({ text }, [], reading())).rows).toEqual([[expected]])
  })

  it('hashes with the key', async () => {
    const text = `SELECT ${dialect.mask('hash', "'a'", { type: 'text', nativeType: 'text' }, '$1')}`
    const [row] = (await driver.rows({ text }, ['key'], reading())).rows
    // echo -n keya | sha256sum
    expect(row).toEqual(['69a9f50a51e4591ec3ff1a34520b08e7a26cf00312183f7a42bb226ab9262288'])
  })

  it('orders and aggregates what has no order of its own', async () => {
    const one = async (sql: string) => (await driver.rows({ text: `SELECT ${sql}` }, [], reading())).rows[0]?.[0]
    const of = (fn: 'min' | 'max' | 'avg' | 'median' | 'stddev', type: ScalarType, values: string) =>
      one(`${dialect.aggregate(fn, 'v', false, { type, nativeType: type }).sql} FROM (VALUES ${values}) AS t(v)`)
    expect(await of('max', 'boolean', '(true), (false)')).toBe('t')
    expect(await of('min', 'uuid', "('0f8fad5b-d9cb-469f-a165-70867728950e'::uuid)")).toBe(
      '0f8fad5b-d9cb-469f-a165-70867728950e',
    )
    expect(await of('max', 'binary', "('\\x01'::bytea), ('\\xff')")).toBe('\\xff')
    expect(await of('avg', 'integer', '(1), (2)')).toBe('1.5')
    expect(await of('median', 'decimal', '(1.0), (2.0), (10.0)')).toBe('2')
    expect(await of('stddev', 'integer', '(1), (3), (5)')).toBe('2')
  })
})
