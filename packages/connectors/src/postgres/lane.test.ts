import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RowShape } from '../sql/row-shape.js'
import { cableTo, reading, serverUrl, skipped, type TestDatabase, testDatabase } from './testing/server.js'

const shape: RowShape = { format: 'json', columns: [{ name: 'a', encoding: 'number' }], hidden: 0 }
const textShape: RowShape = { format: 'json', columns: [{ name: 'a', encoding: 'text' }], hidden: 0 }
const numbers = { text: 'SELECT a FROM numbers WHERE a = $1', name: 'numbers', shape }
const others = { text: 'SELECT a FROM others WHERE a = $1', name: 'others', shape }
const sessions = { text: 'SELECT pg_backend_pid() AS a', name: 'sessions', shape }
const slowSessions = { text: 'SELECT pg_backend_pid() + length(pg_sleep(0.004)::text) AS a', name: 'slow', shape }
const naps = { text: 'SELECT $1::int + length(pg_sleep($2)::text) AS a', name: 'naps', shape }
const quotients = { text: 'SELECT 1000 / ($1::int % 7) AS a', name: 'quotients', shape }
const becomesSlow = {
  text: 'SELECT pg_backend_pid() + length(pg_sleep(ms)::text) AS a FROM nap',
  name: 'becomes',
  shape,
}
const text = (page: { text: string | Uint8Array }) => Buffer.from(page.text).toString()

describe('quick reads that share a connection', () => {
  let database: TestDatabase
  beforeEach(({ skip }) => skip(serverUrl === undefined, skipped))
  beforeAll(async () => {
    if (serverUrl === undefined) return
    database = await testDatabase('lane')
    await database.setUp(
      'CREATE TABLE numbers (a int PRIMARY KEY); INSERT INTO numbers SELECT generate_series(1, 5000); CREATE TABLE others AS SELECT * FROM numbers; CREATE TABLE nap AS SELECT 0::float8 AS ms',
    )
  })
  afterAll(() => database?.drop())

  type Read = (statement: typeof numbers, values: readonly unknown[], signal?: AbortSignal) => Promise<string>

  /** Reads by one driver, by key where `brief`. */
  function reader(brief: boolean, max = 4): Read {
    const driver = database.driver({ pool: { max, idleMs: 10_000 } })
    return (statement, values, signal) =>
      driver.write(statement, values, 1, { ...reading(signal ? { signal } : {}), brief }).then(text)
  }

  /** How many sessions answer calls that come at the same time. */
  async function sessionsOf(read: Read, statement: typeof numbers): Promise<number> {
    return new Set(await Promise.all(Array.from({ length: 16 }, () => read(statement, [])))).size
  }

  /** Reads that wait for a lock. */
  async function held(): Promise<unknown> {
    // A transaction sees what it saw first.
    await database.query('SELECT pg_stat_clear_snapshot()')
    const rows = await database.query(
      "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM numbers%'",
    )
    return rows[0]?.[0]
  }

  it('each get their own answer', async () => {
    const read = reader(true)
    const asked = Array.from({ length: 2000 }, (_, i) => i + 1)
    const answers: string[] = []
    for (let i = 0; i < asked.length; i += 20) {
      const turn = asked.slice(i, i + 20)
      answers.push(...(await Promise.all(turn.map((a) => read(a % 2 ? numbers : others, [a])))))
    }
    expect(answers).toEqual(asked.map((a) => `[{"a":${a}}]`))
    expect(await read(numbers, [9999])).toBe('[]')
  })

  it('are those by key, and those that turned out quick', async () => {
    expect(await sessionsOf(reader(true), sessions)).toBe(1)
    const read = reader(false)
    expect(await sessionsOf(read, sessions)).toBeGreaterThan(1)
    await expect.poll(() => sessionsOf(read, sessions)).toBe(1)
  })

  it('are none that turned out slow', async () => {
    const read = reader(false)
    await read(slowSessions, [])
    // A few are tried together.
    for (let i = 0; i < 4; i++) await sessionsOf(read, slowSessions)
    expect(await sessionsOf(read, slowSessions)).toBeGreaterThan(1)
    expect(await sessionsOf(read, slowSessions)).toBeGreaterThan(1)
  })

  it('are none that became slow', async () => {
    const read = reader(false)
    await expect.poll(() => sessionsOf(read, becomesSlow)).toBe(1)
    for (let i = 0; i < 10; i++) await sessionsOf(read, becomesSlow)
    await database.query('UPDATE nap SET ms = 0.02')
    // The first ones are held up, so that the next ones are measured.
    for (let i = 0; i < 4; i++) await sessionsOf(read, becomesSlow)
    expect(await sessionsOf(read, becomesSlow)).toBeGreaterThan(1)
  })

  it('fail each for itself', async () => {
    const read = reader(true)
    const lists = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        const outcomes = await Promise.all(
          list.map((a) => read(quotients, [a]).catch((error: { code?: string }) => error.code)),
        )
        expect(outcomes).toEqual(
          list.map((a) => (a % 7 === 0 ? 'unprocessable' : `[{"a":${Math.trunc(1000 / (a % 7))}}]`)),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('do not wait for one that is slow this time, which is answered all the same', async () => {
    const read = reader(true)
    await read(naps, [0, 0])
    let slow: string | undefined
    const waiting = read(naps, [1, 0.4]).then((answer) => {
      slow = answer
    })
    const behind = await Promise.all([2, 3, 4].map((a) => read(naps, [a, 0])))
    expect(behind).toEqual(['[{"a":2}]', '[{"a":3}]', '[{"a":4}]'])
    expect(slow).toBeUndefined()
    await waiting
    expect(slow).toBe('[{"a":1}]')
  })

  it('do not wait behind one whose table is locked, which ends with its caller', async () => {
    const read = reader(true)
    await Promise.all([numbers, others].map((statement) => read(statement, [1])))
    await database.setUp('BEGIN; LOCK TABLE numbers')
    const abort = new AbortController()
    const waiting = read(numbers, [1], abort.signal)
    const failed = expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    const behind = await Promise.all([2, 3, 4].map((a) => read(others, [a])))
    expect(behind).toEqual(['[{"a":2}]', '[{"a":3}]', '[{"a":4}]'])
    await expect.poll(held).toBe(1)
    abort.abort()
    await failed
    await expect.poll(held).toBe(0)
    await database.setUp('ROLLBACK')
    expect(await read(numbers, [5])).toBe('[{"a":5}]')
  })

  it('do not wait for one group after the other whose table is locked', async () => {
    const read = reader(true, 24)
    // Until it shows how quick they are, so that the connection takes them all.
    for (let i = 0; i < 50; i++) await Promise.all([numbers, others].map((statement) => read(statement, [1])))
    await database.setUp('BEGIN; LOCK TABLE numbers')
    const waiting: Promise<string>[] = []
    for (let i = 1; i <= 20; i++) {
      waiting.push(read(numbers, [i]))
      // The next turn of the event loop, and so the next group.
      await new Promise((resolve) => setImmediate(resolve))
    }
    let slept = false
    const nap = database.query('SELECT pg_sleep(1.5)').then(() => {
      slept = true
    })
    expect(await read(others, [1])).toBe('[{"a":1}]')
    expect(slept).toBe(false)
    await nap
    await database.setUp('ROLLBACK')
    expect(await Promise.all(waiting)).toEqual(waiting.map((_, i) => `[{"a":${i + 1}}]`))
  })

  it('leave a connection that answers nothing, though others follow, and leave out what it was asked', async () => {
    const cable = await cableTo(database.target)
    const target = { ...database.target, port: cable.port, host: '127.0.0.1' }
    const driver = database.driver({ target, pool: { max: 4, idleMs: 10_000 } })
    const read: Read = (statement, values) =>
      driver.write(statement, values, 1, { ...reading(), brief: true }).then(text)
    await Promise.all([read(sessions, []), read(numbers, [1])])
    cable.freeze()
    let answered = false
    const first = read(sessions, []).then(() => {
      answered = true
    })
    const behind: Promise<string>[] = []
    while (!answered && behind.length < 12) {
      behind.push(read(numbers, [1]))
      await sleep(500)
    }
    expect(behind.length).toBeLessThan(12)
    await first
    expect(new Set(await Promise.all(behind))).toEqual(new Set(['[{"a":1}]']))
    expect(await sessionsOf(read, sessions)).toBeGreaterThan(1)
    await cable.close()
  })

  it('do not wait long for an idle connection that answers nothing', async () => {
    const cable = await cableTo(database.target)
    const target = { ...database.target, port: cable.port, host: '127.0.0.1' }
    const driver = database.driver({ target, pool: { max: 4, idleMs: 60_000 } })
    // In another mode than theirs.
    await driver.rows({ text: 'SELECT 1' }, [], reading({ timeoutMs: 3000 }))
    cable.freeze()
    let slept = false
    const nap = database.query('SELECT pg_sleep(4)').then(() => {
      slept = true
    })
    const read = driver.write(numbers, [1], 1, { ...reading(), brief: true })
    expect(text(await read)).toBe('[{"a":1}]')
    expect(slept).toBe(false)
    await nap
    await cable.close()
  })

  it('bring a row that takes more than a second to come, and do not make others wait for it', async () => {
    const cable = await cableTo(database.target)
    const target = { ...database.target, port: cable.port, host: '127.0.0.1' }
    const driver = database.driver({ target, pool: { max: 4, idleMs: 60_000 } })
    const read = (statement: typeof numbers, values: readonly unknown[]) =>
      driver.write(statement, values, 1, { ...reading(), brief: true }).then(text)
    const long = { text: "SELECT repeat('x', $1) AS a", name: 'long', shape: textShape }
    await Promise.all([read(long, [1]), read(numbers, [1]), read(sessions, [])])
    cable.slow(1000)
    let came = false
    const row = read(long, [4_000_000]).then((answer) => {
      came = true
      return answer
    })
    await turn()
    expect(await Promise.all([1, 2, 3].map((a) => read(numbers, [a])))).toEqual([1, 2, 3].map((a) => `[{"a":${a}}]`))
    expect(came).toBe(false)
    expect(await row).toBe(`[{"a":"${'x'.repeat(4_000_000)}"}]`)
    await cable.close()
  })

  it('keep their connection where it is this process that stood still', async () => {
    const read = reader(true)
    await Promise.all([read(sessions, []), read(numbers, [1])])
    const session = await read(sessions, [])
    const asked = [read(sessions, []), read(sessions, [])]
    await turn()
    const until = performance.now() + 2500
    while (performance.now() < until);
    expect(await Promise.all(asked)).toEqual([session, session])
    expect(await read(sessions, [])).toBe(session)
  })

  it('leave the connection to others that wait for one', async () => {
    const driver = database.driver({ pool: { max: 1, idleMs: 10_000 } })
    const read = (a: number) => driver.write(numbers, [a], 1, { ...reading(), brief: true }).then(text)
    let reads = true
    const readers = Array.from({ length: 3 }, async (_, i) => {
      for (let a = i + 1; reads; a = (a % 5000) + 1) expect(await read(a)).toBe(`[{"a":${a}}]`)
    })
    await sleep(50)
    const { rows } = await driver.rows({ text: 'SELECT 1' }, [], reading({ readOnly: false }))
    expect(rows).toEqual([['1']])
    reads = false
    await Promise.all(readers)
  })

  it('go on when a column has changed its type, and when their session has ended', async () => {
    const read = reader(true)
    await Promise.all([1, 2].map((a) => read(others, [a])))
    await database.query('ALTER TABLE others ALTER COLUMN a TYPE bigint')
    const answers = await Promise.all([6, 7].map((a) => read(others, [a])))
    expect(answers).toEqual(['[{"a":6}]', '[{"a":7}]'])
    const end =
      'SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    await database.query(end)
    await sleep(50)
    expect(await read(numbers, [8])).toBe('[{"a":8}]')
    // While they run, too.
    const reads = Array.from({ length: 16 }, (_, i) => read(naps, [i, 0.005]))
    await database.query(end)
    expect(await Promise.all(reads)).toEqual(reads.map((_, i) => `[{"a":${i}}]`))
  })
})
