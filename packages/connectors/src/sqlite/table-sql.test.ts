import { describe, expect, it } from 'vitest'
import { checksOf, insteadOf } from './table-sql.js'
import { viewTypes } from './view-types.js'

describe('checks', () => {
  it('are found wherever they stand, with the values that they list', () => {
    const sql = `CREATE TABLE "t (x)" ( -- CHECK (no) comment
      status VARCHAR(10) NOT NULL DEFAULT 'CHECK (a)' CHECK (status IN ('open', 'it''s', 'a,b')),
      "odd ""col" TEXT CONSTRAINT odd_ok CHECK ("odd ""col" IN ('x')),
      maybe TEXT CHECK (maybe IS NULL OR maybe IN ('y', 'n')), /* CHECK (never) */
      n INT CHECK (n IN (1, 2)), m TEXT CHECK (m IN ('a') AND n > (1)), [check] INT,
      CHECK (n > 0)
    )`
    expect(checksOf(sql)).toEqual([
      {
        name: 'check_1',
        expression: `status IN ('open', 'it''s', 'a,b')`,
        column: 'status',
        values: ['open', "it's", 'a,b'],
      },
      { name: 'odd_ok', expression: `"odd ""col" IN ('x')`, column: 'odd "col', values: ['x'] },
      { name: 'check_3', expression: `maybe IS NULL OR maybe IN ('y', 'n')`, column: 'maybe', values: ['y', 'n'] },
      { name: 'check_4', expression: 'n IN (1, 2)' },
      { name: 'check_5', expression: `m IN ('a') AND n > (1)` },
      { name: 'check_6', expression: 'n > 0' },
    ])
  })
  it.each(['', 'CREATE TABLE t (a', 'CREATE TABLE t (a CHECK (', "CREATE TABLE t (a CHECK (a IN ('x'"])(
    'of what is no statement do no harm: %s',
    (sql) => {
      for (const check of checksOf(sql)) expect(check.values ?? []).not.toContain(undefined)
    },
  )
})

it('triggers of views tell their verb', () => {
  expect(insteadOf('CREATE TRIGGER x INSTEAD OF INSERT ON v BEGIN SELECT 1; END')).toBe('create')
  expect(insteadOf('create trigger "INSTEAD OF DELETE" instead of update of a on v begin select 1; end')).toBe('update')
  expect(insteadOf('CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END')).toBeUndefined()
})

describe('types of a view', () => {
  it.each([
    [
      "CREATE VIEW v AS SELECT c.id, COUNT(*) AS n, SUM(x) s, upper(a) || b, strftime('%Y', d), 'k' AS k FROM c",
      [undefined, 'bigint', 'decimal', undefined, 'text', 'text'],
    ],
    ['CREATE VIEW v AS WITH q AS (SELECT 1 AS a FROM t) SELECT count(a) AS n FROM q', ['bigint']],
    ['CREATE VIEW v AS SELECT c.*, COUNT(*) FROM c', []],
    [
      'CREATE VIEW v AS SELECT (SELECT COUNT(*) FROM x), a * b, round(a * b, 2) FROM c',
      [undefined, undefined, 'decimal'],
    ],
    ['CREATE VIEW v AS SELECT SUM(a) + 1 AS x FROM c', [undefined]],
  ])('%s', (sql, types) => {
    expect(viewTypes(sql)).toEqual(types)
  })
})
