import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RowShape } from '../sql/row-shape.js'
import { identitySteps } from './identity.js'
import { cableTo, reading, serverUrl, skipped, type TestDatabase, testDatabase, writing } from './testing/server.js'

const failing = (code: string) => expect.objectContaining({ name: 'Failure', code })
const shape: RowShape = { format: 'json', columns: [{ name: 'a', encoding: 'number' }], hidden: 0 }

describe('the PostgreSQL driver', () => {
  let database: TestDatabase
  beforeEach(({ skip }) => skip(serverUrl === undefined, skipped))
  beforeAll(async () => {
    if (serverUrl === undefined) return
    database = await testDatabase('driver')
    await database.setUp(
      'CREATE TABLE numbers (a int PRIMARY KEY); INSERT INTO numbers SELECT generate_series(1, 5000)',
    )
  })
  afterAll(() => database?.drop())

  it('prints rows up to the limit and tells whether there are more', async () => {
    const driver = database.driver()
    const statement = { text: 'SELECT a, a * 2 FROM numbers ORDER BY a', shape: { ...shape, hidden: 1 }, name: 'page' }
    const page = await driver.write(statement, [], 2, reading())
    expect(Buffer.from(page.text).toString()).toBe('[{"a":1},{"a":2}]')
    expect(page).toMatchObject({ rows: 2, more: true, last: ['4'] })
    const all = await driver.write(statement, [], 6000, reading())
    expect(all).toMatchObject({ rows: 5000, more: false })
    expect(JSON.parse(Buffer.from(all.text).toString())).toHaveLength(5000)
  })

  it('cannot write where it may only read', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
    const insert = { text: 'INSERT INTO numbers VALUES ($1)', name: 'insert' }
    await expect(driver.rows(insert, [10_001], reading())).rejects.toEqual(failing('forbidden'))
    expect(await driver.rows(insert, [10_001], writing())).toMatchObject({ affected: 1 })
    await expect(driver.rows(insert, [10_002], reading())).rejects.toEqual(failing('forbidden'))
    await driver.rows({ text: 'DELETE FROM numbers WHERE a > 10000' }, [], writing())
  })

  it('refuses a second statement in one call', async () => {
    const driver = database.driver()
    await expect(driver.rows({ text: 'SELECT 1; SELECT 2' }, [], reading())).rejects.toBeInstanceOf(Failure)
  })

  it('ends what takes too long, and the session goes on', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
    const slow = driver.rows({ text: 'SELECT pg_sleep(30)' }, [], reading({ timeoutMs: 100 }))
    await expect(slow).rejects.toEqual(failing('timeout'))
    expect((await driver.rows({ text: 'SELECT 1' }, [], reading())).rows).toEqual([['1']])
  })

  it('cancels in the server when the caller goes away', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
    const abort = new AbortController()
    const slow = driver.rows({ text: 'SELECT pg_sleep(31)' }, [], reading({ signal: abort.signal }))
    await sleep(100)
    abort.abort()
    await expect(slow).rejects.toEqual(failing('cancelled'))
    const running =
      "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(31)%' AND pid <> pg_backend_pid()"
    expect(await database.query(running)).toEqual([[0]])
    await expect(driver.rows({ text: 'SELECT 1' }, [], reading({ signal: abort.signal }))).rejects.toEqual(
      failing('cancelled'),
    )
  })

  it('never lets a late cancel meet the next call', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
    for (let i = 0; i < 15; i++) {
      const abort = new AbortController()
      // Ends at about the time that it is cancelled.
      const first = driver.rows({ text: 'SELECT pg_sleep(0.04)' }, [], reading({ signal: abort.signal }))
      setTimeout(() => abort.abort(), i * 3)
      await first.catch(() => {})
      expect((await driver.rows({ text: 'SELECT pg_sleep(0.005), 7' }, [], reading())).rows).toEqual([['', '7']])
    }
  })

  it('answers 503 within a bound when all connections are busy', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
    const busy = driver.rows({ text: 'SELECT pg_sleep(1)' }, [], reading())
    const waiting = driver.rows({ text: 'SELECT 1' }, [], reading({ timeoutMs: 100 }))
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable', retryAfter: 1 })
    const crowd = Array.from({ length: 20 }, () => driver.rows({ text: 'SELECT 1' }, [], reading()))
    const outcomes = await Promise.allSettled(crowd)
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(4)
    await busy
  })

  it('never has more sessions than it may', async () => {
    const driver = database.driver({ pool: { max: 3, idleMs: 1000 } })
    const label = 'SELECT pg_sleep(0.02) AS crowd'
    const calls = Array.from({ length: 12 }, (_, i) =>
      driver.rows({ text: label }, [], i % 3 === 0 ? writing() : reading()),
    )
    await Promise.all(calls)
    const sessions = `SELECT count(*)::int FROM pg_stat_activity WHERE query = '${label}' OR query LIKE 'SET default_transaction_read_only%'`
    const [row] = await database.query(sessions)
    expect(Number(row?.[0])).toBeLessThanOrEqual(3)
  })

  it('commits what returns and undoes what throws', async () => {
    const driver = database.driver()
    const insert = { text: 'INSERT INTO numbers VALUES ($1)', name: 'insert' }
    await driver.transaction(writing(), async (transaction) => {
      await transaction.savepoint(() => transaction.rows(insert, [20_001]))
      await expect(transaction.savepoint(() => transaction.rows(insert, [20_001]))).rejects.toEqual(failing('conflict'))
      await transaction.savepoint(async () => {
        await transaction.rows(insert, [20_002])
        await transaction.savepoint(() => transaction.rows(insert, [1])).catch(() => {})
        await transaction.rows(insert, [20_003])
      })
      await transaction
        .savepoint(async () => {
          await transaction.rows(insert, [20_004])
          throw new Error('undo')
        })
        .catch(() => {})
      await transaction.savepoint(async () => {})
    })
    const undone = driver.transaction(writing(), async (transaction) => {
      await transaction.rows(insert, [20_005])
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await database.query('SELECT a FROM numbers WHERE a > 20000 ORDER BY a')).toEqual([
      [20_001],
      [20_002],
      [20_003],
    ])
    await database.setUp('DELETE FROM numbers WHERE a > 20000')
  })

  it('fails where a deferred constraint fails at the end', async () => {
    await database.setUp('CREATE TABLE later (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)')
    const work = database.driver().transaction(writing(), async (transaction) => {
      await transaction.rows({ text: 'INSERT INTO later VALUES (1), (1)' }, [])
    })
    await expect(work).rejects.toEqual(failing('conflict'))
  })

  it('prepares anew what a changed table or another program made stale', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
    await database.setUp('CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)')
    const select = { text: 'SELECT * FROM changing', name: 'all' }
    await driver.rows(select, [], reading())
    await database.setUp('ALTER TABLE changing ADD b text')
    expect((await driver.rows(select, [], reading())).rows).toEqual([['1', null]])
    await driver.rows({ text: 'DEALLOCATE ALL' }, [], reading())
    expect((await driver.rows(select, [], reading())).rows).toEqual([['1', null]])
  })

  it('leaves nothing of a routine behind in the session', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
    const spoil =
      "SELECT set_config('TimeZone', 'Asia/Tokyo', false), set_config('default_transaction_read_only', 'off', false), set_config('app.tenant', 'x', false), pg_advisory_lock(7)"
    await driver.rows({ text: spoil }, [], writing({ soils: true }))
    const settings = "SELECT current_setting('TimeZone'), COALESCE(current_setting('app.tenant', true), '')"
    expect((await driver.rows({ text: settings }, [], reading())).rows).toEqual([['UTC', '']])
    expect(await database.query("SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'")).toEqual([[0]])
    await expect(driver.rows({ text: 'DELETE FROM numbers' }, [], reading())).rejects.toEqual(failing('forbidden'))
  })

  it('comes back by itself when sessions or the whole server were gone', async () => {
    const cable = await cableTo(database.target)
    const driver = database.driver({ target: { ...database.target, host: '127.0.0.1', port: cable.port } })
    const one = () => driver.rows({ text: 'SELECT 1', name: 'one' }, [], reading({ timeoutMs: 2000 }))
    await one()
    await database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    )
    await sleep(50)
    expect((await one()).rows).toEqual([['1']])
    const running = driver.rows({ text: 'SELECT pg_sleep(10)' }, [], reading())
    await sleep(100)
    cable.cut()
    await expect(running).rejects.toMatchObject({ code: 'unavailable' })
    for (let i = 0; i < 5; i++) await expect(one()).rejects.toMatchObject({ code: 'unavailable', retryAfter: 1 })
    await cable.restore()
    const recovered = async () => (await one()).rows
    await expect.poll(() => recovered().catch(() => undefined), { timeout: 5000 }).toEqual([['1']])
    await cable.close()
  })

  it('says nothing of the server or the password when it cannot connect', async () => {
    const target = { ...database.target, password: 'hunter2-wrong' }
    const failure: unknown = await database
      .driver({ target })
      .rows({ text: 'SELECT 1' }, [], reading())
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'unavailable' })
    for (const secret of ['hunter2', '127.0.0.1', String(target.port), 'password authentication']) {
      expect(JSON.stringify([String(failure), failure])).not.toContain(secret)
    }
  })

  describe('streams', () => {
    const statement = {
      text: "SELECT a, repeat('x', 100) FROM numbers WHERE a <= $1 ORDER BY a",
      shape: {
        format: 'ndjson',
        columns: [
          { name: 'a', encoding: 'number' },
          { name: 'x', encoding: 'text' },
        ],
        hidden: 0,
      } satisfies RowShape,
    }
    const read = async (chunks: AsyncIterable<Uint8Array>) => {
      let text = ''
      for await (const chunk of chunks) text += Buffer.from(chunk).toString()
      return text
    }

    it('all rows, in order, in chunks', async () => {
      const stream = database.driver().stream(statement, [5000], 1_000_000, reading())
      const lines = (await read(stream.chunks)).trimEnd().split('\n')
      expect(lines.map((line) => JSON.parse(line).a)).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1))
      expect(stream.rows()).toBe(5000)
    })

    it.each([0, 1, 99, 100, 101, 4999])('at most %s', async (limit) => {
      const stream = database.driver().stream(statement, [5000], limit, reading())
      expect((await read(stream.chunks)).split('\n').length - 1).toBe(limit)
      expect(stream.rows()).toBe(limit)
    })

    it('as documents too, also of no rows', async () => {
      const json = { ...statement, shape: { ...statement.shape, format: 'json' } satisfies RowShape }
      const driver = database.driver()
      expect(JSON.parse(await read(driver.stream(json, [5000], 10_000, reading()).chunks))).toHaveLength(5000)
      expect(await read(driver.stream(json, [0], 10_000, reading()).chunks)).toBe('[]')
    })

    it('at the pace of a reader slower than the timeout', async () => {
      const stream = database.driver().stream(statement, [5000], 10_000, reading({ timeoutMs: 300 }))
      let chunks = 0
      for await (const _chunk of stream.chunks) if (chunks++ === 1) await sleep(700)
      expect(stream.rows()).toBe(5000)
    })

    it('until the reader leaves, and gives the session back', async () => {
      const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
      for await (const _chunk of driver.stream(statement, [5000], 10_000, reading()).chunks) break
      const state = await driver.rows({ text: "SELECT count(*) FROM pg_cursors WHERE name <> ''" }, [], reading())
      expect(state.rows).toEqual([['0']])
    })

    it('until an error', async () => {
      const divide = { ...statement, text: 'SELECT 1 / (3000 - a), a::text FROM numbers WHERE a <= $1 ORDER BY a' }
      const driver = database.driver({ pool: { max: 1, idleMs: 1000 } })
      await expect(read(driver.stream(divide, [5000], 10_000, reading()).chunks)).rejects.toEqual(
        failing('unprocessable'),
      )
      expect((await driver.rows({ text: 'SELECT 1' }, [], reading())).rows).toEqual([['1']])
    })
  })

  describe('with identity', () => {
    const roles = { alice: `gh_alice_${process.pid}`, bob: `gh_bob_${process.pid}` }
    const as = (role: string, more: object = {}) => ({
      ...reading(),
      identity: { id: 'key:x', name: 'x', roles: [], attributes: { db_role: role, ...more } },
    })
    beforeAll(async () => {
      if (serverUrl === undefined) return
      await database.setUp(`
        CREATE ROLE ${roles.alice}; CREATE ROLE ${roles.bob};
        CREATE TABLE notes (owner text, tenant text);
        INSERT INTO notes VALUES ('${roles.alice}', 'a'), ('${roles.bob}', 'b');
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON notes USING (owner = current_user AND tenant = current_setting('app.claims')::json->>'tenant');
        GRANT SELECT ON notes TO ${roles.alice}, ${roles.bob}`)
    })
    afterAll(() =>
      database?.setUp(`DROP OWNED BY ${roles.alice}, ${roles.bob}; DROP ROLE ${roles.alice}, ${roles.bob}`),
    )

    it('runs each call as its caller, in every way that calls run', async () => {
      const identity = identitySteps({ set_role: '{user.db_role}', settings: { 'app.claims': '{user.claims}' } })
      const driver = database.driver({ identity, pool: { max: 1, idleMs: 1000 } })
      const select = { text: 'SELECT owner FROM notes', name: 'notes' }
      for (const [role, tenant] of [
        [roles.alice, 'a'],
        [roles.bob, 'b'],
        [roles.alice, 'a'],
      ] as const) {
        const options = as(role, { tenant })
        expect((await driver.rows(select, [], options)).rows).toEqual([[role]])
        expect(await driver.transaction(options, async (t) => (await t.rows(select, [])).rows)).toEqual([[role]])
        const lines = { ...select, shape: { ...shape, columns: [{ name: 'o', encoding: 'text' }] } satisfies RowShape }
        let text = ''
        for await (const chunk of driver.stream(lines, [], 10, options).chunks) text += Buffer.from(chunk).toString()
        expect(JSON.parse(text)).toEqual([{ o: role }])
      }
      expect((await driver.rows(select, [], as(roles.bob, { tenant: 'a' }))).rows).toEqual([])
      const service = await driver.rows(
        { text: 'SELECT current_user <> $1' },
        [roles.bob],
        reading({ asService: true }),
      )
      expect(service.rows).toEqual([['t']])
    })

    it('refuses a role that is not there, or not the right one, and goes on', async () => {
      const driver = database.driver({
        identity: identitySteps({ set_role: '{user.db_role}' }),
        pool: { max: 1, idleMs: 1000 },
      })
      const one = { text: 'SELECT 1' }
      await expect(driver.rows(one, [], as('gh_nobody'))).rejects.toBeInstanceOf(Failure)
      await expect(driver.rows(one, [], as('none'))).rejects.toEqual(failing('forbidden'))
      await expect(driver.rows(one, [], reading())).rejects.toEqual(failing('forbidden'))
      await expect(driver.rows({ text: 'SELECT * FROM numbers' }, [], as(roles.bob))).rejects.toEqual(
        failing('forbidden'),
      )
      expect((await driver.rows({ text: 'SELECT current_user' }, [], as(roles.bob))).rows).toEqual([[roles.bob]])
    })
  })
})
