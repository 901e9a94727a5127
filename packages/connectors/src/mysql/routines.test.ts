import type { CallPlan, Catalog, Routine, Scalar } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunOptions } from '../sql/driver.js'
import { mysqlDialect } from './dialect.js'
import { type MysqlDriver, mysqlDriver } from './driver.js'
import { introspect } from './introspect.js'
import { callRoutine } from './routines.js'
import { type TestDatabase, testDatabase, testServers } from './testing/server.js'

describe.for(testServers)('mysql routines on $label', (server) => {
  beforeEach(({ skip }) => skip(server.url === undefined, server.skipped))

  let database: TestDatabase
  let driver: MysqlDriver
  let catalog: Catalog

  beforeAll(async () => {
    if (server.url === undefined) return
    database = await testDatabase(server, 'routines')
    await database.setUp(`
      CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20), price DECIMAL(8,2), on_sale TINYINT(1), made DATETIME(3), doc JSON, raw VARBINARY(4), f FLOAT, big BIGINT, at TIMESTAMP(6) NULL);
      INSERT INTO item VALUES (1, 'a"b', 1.50, 1, '2026-01-31 10:00:00.5', '{"x":[1]}', X'00FF', 0.1, 9007199254740993, '2026-01-31 10:00:00'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      CREATE PROCEDURE everything() READS SQL DATA SELECT * FROM item ORDER BY id;
      CREATE PROCEDURE two(IN least INT) READS SQL DATA BEGIN SELECT id FROM item WHERE id >= least; SELECT name FROM item WHERE id = 1; END;
      CREATE PROCEDURE moved(IN \`by how much\` INT, INOUT total DECIMAL(10,2), OUT flag TINYINT(1), OUT at DATETIME, OUT note TEXT)
        BEGIN SET total = total + \`by how much\`, flag = 1, at = '2026-01-31 10:00:00', note = 'it''s'; END;
      CREATE PROCEDURE adding(IN n INT) MODIFIES SQL DATA INSERT INTO item (id) VALUES (n);
      CREATE PROCEDURE lying() READS SQL DATA DELETE FROM item;
      CREATE PROCEDURE messy() BEGIN SET SESSION sql_mode = '', time_zone = '+03:00', @leak = 'x'; CREATE TEMPORARY TABLE scratch (a INT); START TRANSACTION; INSERT INTO item (id) VALUES (77); END;
      CREATE FUNCTION twice(n BIGINT) RETURNS BIGINT DETERMINISTIC NO SQL RETURN n * 2;
      CREATE FUNCTION is_it(n INT) RETURNS TINYINT(1) DETERMINISTIC RETURN n > 1;
      CREATE FUNCTION moment() RETURNS DATETIME(6) DETERMINISTIC NO SQL RETURN '2026-01-31 10:00:00.25';
    `)
    driver = mysqlDriver(database.target, { max: 1, idleMs: 30_000 })
    catalog = await introspect(
      driver,
      { schemas: [database.target.database], tables: { include: ['*'], exclude: [] } },
      new AbortController().signal,
    )
  })
  afterAll(async () => {
    await driver?.close()
    await database?.drop()
  })

  async function call(
    name: string,
    values: Record<string, Scalar> = {},
    more: Partial<CallPlan> = {},
  ): Promise<string> {
    const [routine] = catalog.routines.get(name) ?? []
    if (!routine) throw new Error(`No routine ${name}`)
    const plan: CallPlan = {
      kind: 'call',
      routine,
      values: new Map(Object.entries(values)),
      limit: 100,
      numbers: 'number',
      ...more,
    }
    const result = await callRoutine(driver, mysqlDialect(await driver.flavour()), plan, optionsOf(routine))
    return String(result.text)
  }
  function optionsOf({ readOnly }: Routine): RunOptions {
    const identity = { id: 'key:test', name: 'test', roles: [], attributes: {} }
    return { signal: new AbortController().signal, timeoutMs: 10_000, identity, readOnly }
  }

  test('a result set prints as the same columns of a table would', async () => {
    expect(await call('everything')).toBe(
      '{"resource":[{"id":1,"name":"a\\"b","price":1.50,"on_sale":true,"made":"2026-01-31T10:00:00.5","doc":{"x":[1]},"raw":"AP8=","f":0.1,"big":9007199254740993,"at":"2026-01-31T10:00:00Z"},' +
        '{"id":2,"name":null,"price":null,"on_sale":null,"made":null,"doc":null,"raw":null,"f":null,"big":null,"at":null}]}',
    )
    expect(await call('everything', {}, { numbers: 'string' })).toContain('"price":"1.50"')
  })

  test('several result sets, each cut at the limit', async () => {
    expect(await call('two', { least: 1 })).toBe('{"resource":[[{"id":1},{"id":2}],[{"name":"a\\"b"}]]}')
    expect(await call('two', { least: 1 }, { limit: 1 })).toBe(
      '{"resource":[[{"id":1}],[{"name":"a\\"b"}]],"meta":{"cut":{"allowed":1}}}',
    )
  })

  test('parameters come back by name', async () => {
    expect(await call('moved', { 'by how much': 2, total: '40.25' })).toBe(
      '{"out":{"total":42.25,"flag":true,"at":"2026-01-31T10:00:00","note":"it\'s"}}',
    )
  })

  test('functions answer one value', async () => {
    expect(await call('twice', { n: 4503599627370497n })).toBe('{"value":9007199254740994}')
    expect(await call('twice', { n: null })).toBe('{"value":null}')
    expect(await call('is_it', { n: 2 })).toBe('{"value":true}')
    expect(await call('moment')).toBe('{"value":"2026-01-31T10:00:00.25"}')
  })

  test('changes are kept, and none are made by what says that it reads', async () => {
    expect(await call('adding', { n: 10 })).toBe('{"resource":[]}')
    await expect(call('adding', { n: 10 })).rejects.toMatchObject({ code: 'conflict' })
    await expect(call('lying')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await database.query('SELECT COUNT(*) FROM item WHERE id = 10')).toEqual([[1]])
  })

  test('nothing that a routine leaves behind meets the next call', async () => {
    await call('messy')
    const text = 'SELECT @@sql_mode, @@time_zone, @leak'
    const { rows } = await driver.rows({ text }, [], optionsOf({ readOnly: true } as Routine))
    expect(rows[0]?.[0]).toContain('STRICT_ALL_TABLES')
    expect(rows[0]?.slice(1)).toEqual(['+00:00', null])
    await expect(
      driver.rows({ text: 'SELECT * FROM scratch' }, [], optionsOf({ readOnly: false } as Routine)),
    ).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})
