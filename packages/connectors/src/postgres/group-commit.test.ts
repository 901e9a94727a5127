import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '@gatehouse/core'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RawRows } from '../sql/driver.js'
import type { PostgresDriver } from './driver.js'
import { reading, serverUrl, skipped, type TestDatabase, testDatabase, writing } from './testing/server.js'

const failing = (code: string) => expect.objectContaining({ name: 'Failure', code })
const insertInto = (table: string) => ({ text: `INSERT INTO ${table} (a) VALUES ($1) RETURNING a`, name: table })

describe('inserts that share a transaction', () => {
  let database: TestDatabase
  beforeEach(({ skip }) => skip(serverUrl === undefined, skipped))
  beforeAll(async () => {
    if (serverUrl === undefined) return
    database = await testDatabase('group_commit')
    await database.setUp('CREATE TABLE plain (a int PRIMARY KEY)')
  })
  beforeEach(async () => {
    if (serverUrl !== undefined) await database.setUp('TRUNCATE plain')
  })
  afterAll(() => database?.drop())

  const driver = () => database.driver({ pool: { max: 4, idleMs: 10_000 } })
  const insert = (on: PostgresDriver, table: string, a: number, options = writing()) =>
    on.rows(insertInto(table), [a], { ...options, brief: true })
  /** The first runs by itself; those that come meanwhile share. */
  const together = (on: PostgresDriver, table: string, numbers: readonly number[]) =>
    Promise.allSettled(numbers.map((a) => insert(on, table, a)))
  const column = async (sql: string) => (await database.query(sql)).map(([value]) => value)
  const answered = ({ rows }: RawRows) => rows.map(([a]) => Number(a))

  it('each get their own answer, by fewer transactions than there are inserts', async () => {
    const numbers = Array.from({ length: 30 }, (_, i) => i)
    const outcomes = await together(driver(), 'plain', numbers)
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && answered(outcome.value))).toEqual(
      numbers.map((a) => [a]),
    )
    expect(await column('SELECT a FROM plain ORDER BY a')).toEqual(numbers)
    expect(await column('SELECT count(DISTINCT xmin::text)::int FROM plain')).toEqual([2])
  })

  it('go in exactly once each, whichever of them fail, and each failure is its own', async () => {
    await database.setUp('CREATE TABLE mixed (a int PRIMARY KEY, CHECK (a % 7 <> 6))')
    const on = driver()
    const lists = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(lists, async (numbers) => {
        await database.setUp('TRUNCATE mixed')
        const outcomes = await together(on, 'mixed', numbers)
        const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'in' : outcome.reason.code))
        for (const [i, a] of numbers.entries()) {
          const twins = codes.filter((_, j) => numbers[j] === a)
          if (a % 7 === 6) expect(codes[i]).toBe('unprocessable')
          else {
            expect(['in', 'conflict']).toContain(codes[i])
            expect(twins.filter((code) => code === 'in')).toHaveLength(1)
          }
        }
        const valid = [...new Set(numbers)].filter((a) => a % 7 !== 6).sort((x, y) => x - y)
        expect(await column('SELECT a FROM mixed ORDER BY a')).toEqual(valid)
      }),
      { numRuns: 60 },
    )
  })

  it('do not wait for one that waits for a lock, which goes in when it can', async () => {
    await database.setUp('CREATE TABLE held (a int PRIMARY KEY)')
    await database.setUp('BEGIN; LOCK TABLE held')
    const on = driver()
    let done = false
    const first = insert(on, 'plain', 1)
    const waiting = insert(on, 'held', 1).finally(() => {
      done = true
    })
    await Promise.all([first, ...[2, 3, 4].map((a) => insert(on, 'plain', a))])
    expect(done).toBe(false)
    // From now on its statement is no longer taken into groups, so that nobody waits for it at all.
    const waitsOn = insert(on, 'held', 2)
    await Promise.all([5, 6].map((a) => insert(on, 'plain', a)))
    expect(await column('SELECT a FROM plain ORDER BY a')).toEqual([1, 2, 3, 4, 5, 6])
    await database.setUp('COMMIT')
    expect(answered(await waiting)).toEqual([1])
    expect(answered(await waitsOn)).toEqual([2])
    expect(await column('SELECT a FROM held ORDER BY a')).toEqual([1, 2])
  })

  it('keep their own timeout where one waits for a lock longer than it may', async () => {
    await database.setUp('CREATE TABLE shut (a int PRIMARY KEY)')
    await database.setUp('BEGIN; LOCK TABLE shut')
    const on = driver()
    const outcomes = await Promise.allSettled([
      insert(on, 'plain', 1),
      insert(on, 'shut', 1, writing({ timeoutMs: 1200 })),
      insert(on, 'plain', 2),
    ])
    await database.setUp('COMMIT')
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'timeout' } })
    expect(await column('SELECT a FROM shut')).toEqual([])
  })

  it('do not wait for one that runs long, which goes in by itself', async () => {
    await database.setUp(
      'CREATE TABLE slow (a int PRIMARY KEY, b text DEFAULT pg_sleep(CASE WHEN random() < 2 THEN 0.6 END)::text)',
    )
    const on = driver()
    const outcomes = await Promise.all([insert(on, 'plain', 1), insert(on, 'slow', 1), insert(on, 'plain', 2)])
    expect(outcomes.map(answered)).toEqual([[1], [1], [2]])
    expect(await column('SELECT a FROM slow')).toEqual([1])
  })

  it('are few to a transaction where each takes a while, since they could run side by side', async () => {
    await database.setUp('CREATE TABLE sleepy (a int PRIMARY KEY, b text DEFAULT pg_sleep(0.008)::text)')
    const on = database.driver({ pool: { max: 10, idleMs: 10_000 } })
    const numbers = Array.from({ length: 20 }, (_, i) => i)
    await together(on, 'sleepy', numbers)
    await together(
      on,
      'sleepy',
      numbers.map((a) => 100 + a),
    )
    const shared = 'SELECT count(*)::int FROM sleepy WHERE a >= 100 GROUP BY xmin::text'
    const sizes = (await column(shared)).map(Number)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(20)
    expect(Math.max(...sizes)).toBeLessThan(8)
  })

  it('are told of what fails at the commit only, each by itself', async () => {
    await database.setUp(`CREATE TABLE parents (a int PRIMARY KEY); INSERT INTO parents VALUES (1), (2), (3);
      CREATE TABLE children (a int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)`)
    const outcomes = await together(driver(), 'children', [1, 2, 99, 3])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[2]).toMatchObject({ reason: { code: 'conflict' } })
    expect(await column('SELECT a FROM children ORDER BY a')).toEqual([1, 2, 3])
  })

  it('are not sent for a caller who has gone before', async () => {
    const on = driver()
    const abort = new AbortController()
    const first = insert(on, 'plain', 1)
    const gone = insert(on, 'plain', 2, writing({ signal: abort.signal }))
    abort.abort()
    await expect(gone).rejects.toEqual(failing('cancelled'))
    await Promise.all([first, insert(on, 'plain', 3)])
    expect(await column('SELECT a FROM plain ORDER BY a')).toEqual([1, 3])
  })

  it('fail where their connection is lost, and nothing of them is there; later ones go in', async () => {
    await database.setUp('CREATE TABLE locked (a int PRIMARY KEY)')
    await database.setUp('BEGIN; LOCK TABLE locked')
    const on = driver()
    const first = insert(on, 'plain', 1)
    const shared = Promise.allSettled([insert(on, 'plain', 2), insert(on, 'locked', 1)])
    await first
    const end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'locked'::regclass"
    while ((await column(end)).length === 0);
    await sleep(20)
    await database.setUp('COMMIT')
    for (const outcome of await shared) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(Failure) })
      expect(outcome).toMatchObject({ reason: { code: 'unavailable' } })
    }
    expect(await column('SELECT a FROM plain')).toEqual([1])
    await together(on, 'plain', [7, 8, 9])
    expect(await column('SELECT a FROM plain ORDER BY a')).toEqual([1, 7, 8, 9])
  })

  it('fail each for itself where the connection is lost behind the error of one of them', async () => {
    const { host, port } = database.target
    let cut = false
    // Ends once behind an error, without the ReadyForQuery that follows it.
    const cutting = createServer((near) => {
      const far = connect(port, host)
      near.pipe(far)
      far.on('data', (chunk) => {
        if (cut || !chunk.includes('C23505')) return near.write(chunk)
        cut = true
        far.destroy()
        return near.end(chunk.at(-6) === 0x5a ? chunk.subarray(0, -6) : chunk)
      })
      for (const socket of [near, far]) socket.on('error', () => {})
      near.on('close', () => far.destroy())
    })
    await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve))
    const address = cutting.address()
    const through = typeof address === 'object' && address ? address.port : 0
    const on = database.driver({ target: { ...database.target, host: '127.0.0.1', port: through } })
    await database.setUp('INSERT INTO plain VALUES (3)')
    const outcomes = await together(on, 'plain', [1, 2, 3, 4])
    cutting.close()
    expect(cut).toBe(true)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[2]).toMatchObject({ reason: { code: 'conflict' } })
    expect(await column('SELECT a FROM plain ORDER BY a')).toEqual([1, 2, 3, 4])
  })

  it('wait for a connection as long as they would by themselves', async () => {
    await database.setUp('CREATE TABLE taken (a int PRIMARY KEY)')
    await database.setUp('BEGIN; LOCK TABLE taken')
    const on = database.driver({ pool: { max: 2, idleMs: 10_000 } })
    const slow = on.rows({ text: 'SELECT pg_sleep(0.8)' }, [], writing())
    const first = insert(on, 'taken', 1)
    // Both connections are in use now, and those that come while the first one runs share a transaction.
    const shared = await Promise.allSettled([1, 2, 3].map((a) => insert(on, 'plain', a)))
    await database.setUp('COMMIT')
    expect(shared.map((outcome) => outcome.status === 'fulfilled' && answered(outcome.value))).toEqual([[1], [2], [3]])
    await Promise.all([slow, first])
  })

  it('share while calls wait for a connection, which there are too few of for each to wait', async () => {
    const on = database.driver({ pool: { max: 1, idleMs: 10_000 } })
    const read = on.rows({ text: 'SELECT pg_sleep(0.02)' }, [], writing())
    const numbers = Array.from({ length: 20 }, (_, i) => i)
    const outcomes = await together(on, 'plain', numbers)
    expect(outcomes.map(({ status }) => status)).toEqual(Array(20).fill('fulfilled'))
    expect(await column('SELECT a FROM plain ORDER BY a')).toEqual(numbers)
    await read
  })

  it('keep reads out, which may not write', async () => {
    const on = driver()
    const statement = { text: "SELECT current_setting('transaction_read_only')", name: 'mode' }
    const read = () => on.rows(statement, [], reading({ brief: true }))
    const [, ...answers] = await Promise.all([insert(on, 'plain', 1), read(), insert(on, 'plain', 2), read()])
    expect(answers.map(({ rows }) => rows[0]?.[0])).toEqual(['on', '2', 'on'])
  })

  it('leave no statement behind that the connection has forgotten', async () => {
    const on = database.driver({ pool: { max: 1, idleMs: 10_000 } })
    const tables = ['plain', ...[1, 2, 3].map((n) => `fresh${n}`)]
    await database.setUp(
      tables
        .slice(1)
        .map((table) => `CREATE TABLE ${table} (a int PRIMARY KEY);`)
        .join(''),
    )
    const numbers = Array.from({ length: 300 }, (_, i) => i)
    const read = (i: number) => on.rows({ text: `SELECT ${i}`, name: `read${i}` }, [], writing())
    for (const i of numbers) expect((await read(i)).rows).toEqual([[String(i)]])
    await insert(on, 'plain', 1)
    const outcomes = await Promise.allSettled([
      insert(on, 'plain', 2),
      insert(on, 'plain', 1),
      ...tables.slice(1).map((table) => insert(on, table, 1)),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', ...Array(3).fill('fulfilled')])
    for (const i of numbers) expect((await read(i)).rows).toEqual([[String(i)]])
    const known = await on.rows({ text: 'SELECT count(*) FROM pg_prepared_statements' }, [], writing())
    expect(Number(known.rows[0]?.[0])).toBeLessThanOrEqual(256)
  })

  it('go on when a column has changed its type', async () => {
    await database.setUp('CREATE TABLE changing (a int PRIMARY KEY)')
    const on = driver()
    await together(on, 'changing', [1, 2, 3, 4])
    await database.setUp('ALTER TABLE changing ALTER COLUMN a TYPE bigint')
    const outcomes = await together(on, 'changing', [5, 6, 7, 8])
    expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'))
    expect(await column('SELECT a::int FROM changing ORDER BY a')).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('leave a session without their settings to those that come after', async () => {
    const on = database.driver({ pool: { max: 1, idleMs: 10_000 } })
    const show = (name: string) => on.rows({ text: `SHOW ${name}` }, [], writing({ timeoutMs: 4000 }))
    await together(on, 'plain', [1, 2, 3])
    expect((await show('lock_timeout')).rows).toEqual([['0']])
    expect((await show('statement_timeout')).rows).toEqual([['4s']])
  })
})
