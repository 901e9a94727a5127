import type { Catalog, Routine, Scalar } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postgresDialect } from './dialect.js'
import type { PostgresDriver } from './driver.js'
import { introspect } from './introspect.js'
import { callRoutine } from './routines.js'
import { reading, serverUrl, skipped, type TestDatabase, testDatabase, writing } from './testing/server.js'

const schema = `
CREATE TYPE place AS (street text, no int);
CREATE TABLE made (a text);
CREATE FUNCTION add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION add(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || b';
CREATE FUNCTION three(a int DEFAULT 1, b int DEFAULT 2, c int DEFAULT 3) RETURNS text LANGUAGE sql IMMUTABLE
  AS 'SELECT a || ''-'' || b || ''-'' || c';
CREATE FUNCTION unnamed(int, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE FUNCTION spread(VARIADIC items int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce(cardinality(items), 0)';
CREATE FUNCTION listed(n int) RETURNS TABLE (x int, "the y" timestamptz) LANGUAGE sql STABLE
  AS 'SELECT i, timestamptz ''2026-01-31 12:00+02'' FROM generate_series(1, n) i';
CREATE FUNCTION names() RETURNS SETOF bytea LANGUAGE sql STABLE AS $$ VALUES ('\\x00ff'::bytea), (NULL) $$;
CREATE FUNCTION outs(a int, OUT b bigint, OUT c int[]) LANGUAGE sql AS 'SELECT a + 1, ARRAY[a, 2]';
CREATE FUNCTION street(p place) RETURNS text LANGUAGE sql AS 'SELECT (p).street';
CREATE FUNCTION home() RETURNS place LANGUAGE sql AS 'SELECT ROW(''x'', 3)::place';
CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO made VALUES (1) RETURNING 1';
CREATE FUNCTION sneaky() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN writes(); END';
CREATE FUNCTION failing() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the secret''; END';
CREATE FUNCTION one_cursor() RETURNS refcursor LANGUAGE plpgsql
  AS 'DECLARE c refcursor; BEGIN OPEN c FOR SELECT 1 AS one, ''\\x00ff''::bytea AS two, 9007199254740993 AS big; RETURN c; END';
CREATE PROCEDURE work(a int, INOUT b int DEFAULT 5, INOUT t int[] DEFAULT '{}') LANGUAGE plpgsql
  AS 'BEGIN b := a + b; t := t || a; END';
CREATE PROCEDURE commits(a text) LANGUAGE plpgsql AS 'BEGIN INSERT INTO made VALUES (a); COMMIT; INSERT INTO made VALUES (a); END';
CREATE PROCEDURE cursors(INOUT one refcursor DEFAULT 'o"ne', INOUT n int DEFAULT 0, INOUT two refcursor DEFAULT 'two') LANGUAGE plpgsql
  AS 'BEGIN OPEN one FOR SELECT 1 AS a; OPEN two FOR SELECT generate_series(1, 3) AS b; n := 7; END';
CREATE PROCEDURE spoils() LANGUAGE sql AS $$ SELECT set_config('TimeZone', 'Asia/Tokyo', false) $$`

describe('routines of PostgreSQL', () => {
  let database: TestDatabase
  let driver: PostgresDriver
  let catalog: Catalog
  beforeEach(({ skip }) => skip(serverUrl === undefined, skipped))
  beforeAll(async () => {
    if (serverUrl === undefined) return
    database = await testDatabase('routines')
    await database.setUp(schema)
    driver = database.driver({ pool: { max: 1, idleMs: 10_000 } })
    const settings = { schemas: ['public'], tables: { include: [], exclude: [] }, readOnly: false, otherRoles: false }
    catalog = (await introspect(driver, settings, new AbortController().signal)).catalog
  })
  afterAll(() => database?.drop())

  async function call(name: string, values: Record<string, Scalar> = {}, more: { limit?: number; pick?: string } = {}) {
    const overloads = catalog.routines.get(name) ?? []
    const pick = (one: Routine) => more.pick === undefined || one.parameters.some((p) => p.type === more.pick)
    const routine = overloads.find(pick)
    if (!routine) throw new Error(`no routine ${name}`)
    const { text } = await callRoutine(
      driver,
      postgresDialect,
      { kind: 'call', routine, values: new Map(Object.entries(values)), limit: more.limit ?? 100, numbers: 'number' },
      routine.readOnly ? reading() : writing(),
    )
    return String(text)
  }

  it('answers values, by overload', async () => {
    expect(await call('add', { a: 1 }, { pick: 'integer' })).toBe('{"value":3}')
    expect(await call('add', { b: 5, a: 1 }, { pick: 'integer' })).toBe('{"value":6}')
    expect(await call('add', { a: '1', b: '2' }, { pick: 'text' })).toBe('{"value":"12"}')
    expect(await call('home')).toBe('{"value":{"street":"x","no":3}}')
    expect(await call('nothing')).toBe('{}')
  })

  it('leaves out any parameter that has a default', async () => {
    expect(await call('three', { b: 9 })).toBe('{"value":"1-9-3"}')
    expect(await call('three', { a: 7, c: 8 })).toBe('{"value":"7-2-8"}')
  })

  it('takes unnamed, variadic and row parameters', async () => {
    expect(await call('unnamed', { arg1: 1, arg2: 'x' })).toBe('{"value":"1x"}')
    expect(await call('spread', { items: '[1,2,3]' })).toBe('{"value":3}')
    expect(await call('spread')).toBe('{"value":0}')
    expect(await call('street', { p: '{"street":"Main","no":1}' })).toBe('{"value":"Main"}')
  })

  it('answers rows, and says where they are cut', async () => {
    const row = (x: number) => `{"x":${x},"the y":"2026-01-31T10:00:00Z"}`
    expect(await call('listed', { n: 2 })).toBe(`{"resource":[${row(1)},${row(2)}]}`)
    expect(await call('listed', { n: 3 }, { limit: 1 })).toBe(`{"resource":[${row(1)}],"meta":{"cut":{"allowed":1}}}`)
    expect(await call('names')).toBe('{"resource":[{"names":"AP8="},{"names":null}]}')
  })

  it('answers OUT parameters', async () => {
    expect(await call('outs', { a: 1 })).toBe('{"out":{"b":2,"c":[1,2]}}')
    expect(await call('work', { a: 1 })).toBe('{"out":{"b":6,"t":[1]}}')
    expect(await call('work', { a: 1, t: '[7]' })).toBe('{"out":{"b":6,"t":[7,1]}}')
  })

  it('answers what cursors yield', async () => {
    expect(await call('one_cursor')).toBe('{"resource":[{"one":1,"two":"AP8=","big":9007199254740993}]}')
    expect(await call('cursors', {}, { limit: 2 })).toBe(
      '{"resource":[[{"a":1}],[{"b":1},{"b":2}]],"out":{"n":7},"meta":{"cut":{"allowed":2}}}',
    )
  })

  it('lets a procedure commit by itself', async () => {
    expect(await call('commits', { a: 'x' })).toBe('{}')
    expect(await database.query('SELECT a FROM made')).toEqual([['x'], ['x']])
  })

  it('lets nothing write that is declared to only read', async () => {
    await expect(call('sneaky')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('hides what a routine says of its failure', async () => {
    const failure: unknown = await call('failing').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'unprocessable' })
    expect(JSON.stringify([String(failure), failure])).not.toContain('secret')
    await expect(call('add', {}, { pick: 'integer' })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('keeps settings of a routine from the calls behind it', async () => {
    await call('spoils')
    expect(await call('listed', { n: 1 })).toContain('10:00:00Z')
  })
})
