import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RowShape } from '../sql/row-shape.js'
import { reading, serverUrl, skipped, type TestDatabase, testDatabase } from './testing/server.js'

const shape: RowShape = { format: 'json', columns: [{ name: 'a', encoding: 'number' }], hidden: 0 }
const numbers = { text: 'SELECT a FROM numbers WHERE a = $1', name: 'numbers', shape }
const others = { text: 'SELECT a FROM others WHERE a = $1', name: 'others', shape }
const text = (page: { text: string | Uint8Array }) => Buffer.from(page.text).toString()

describe('short reads that share a connection', () => {
  let database: TestDatabase
  beforeEach(({ skip }) => skip(serverUrl === undefined, skipped))
  beforeAll(async () => {
    if (serverUrl === undefined) return
    database = await testDatabase('lane')
    await database.setUp(
      'CREATE TABLE numbers (a int PRIMARY KEY); INSERT INTO numbers SELECT generate_series(1, 5000); CREATE TABLE others AS SELECT * FROM numbers',
    )
  })
  afterAll(() => database?.drop())

  /** A driver of two connections that both know the statements. */
  async function warm() {
    const driver = database.driver({ pool: { max: 2, idleMs: 10_000 } })
    for (const statement of [numbers, others]) {
      await Promise.all([1, 2].map((a) => driver.write(statement, [a], 1, reading())))
    }
    const read = (statement: typeof numbers, a: number, signal?: AbortSignal) =>
      driver.write(statement, [a], 1, { ...reading(signal ? { signal } : {}), brief: true })
    return { driver, read }
  }

  it('each get their own answer', async () => {
    const { read } = await warm()
    const asked = Array.from({ length: 2000 }, (_, i) => i + 1)
    const answers: string[] = []
    for (let i = 0; i < asked.length; i += 20) {
      answers.push(
        ...(await Promise.all(asked.slice(i, i + 20).map((a) => read(a % 2 ? numbers : others, a).then(text)))),
      )
    }
    expect(answers).toEqual(asked.map((a) => `[{"a":${a}}]`))
    expect(text(await read(numbers, 9999))).toBe('[]')
  })

  it('do not wait behind one whose table is locked, which ends with its caller', async () => {
    const { read } = await warm()
    await database.setUp('BEGIN; LOCK TABLE numbers')
    const abort = new AbortController()
    const waiting = read(numbers, 1, abort.signal)
    const failed = expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    const behind = await Promise.all([2, 3, 4].map((a) => read(others, a).then(text)))
    expect(behind).toEqual(['[{"a":2}]', '[{"a":3}]', '[{"a":4}]'])
    abort.abort()
    await failed
    await sleep(100)
    const running =
      "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM numbers%'"
    expect(await database.query(running)).toEqual([[0]])
    await database.setUp('ROLLBACK')
    expect(text(await read(numbers, 5))).toBe('[{"a":5}]')
  })

  it('go on when a column has changed its type, and when their session has ended', async () => {
    const { read } = await warm()
    await database.query('ALTER TABLE others ALTER COLUMN a TYPE bigint')
    const answers = await Promise.all([6, 7].map((a) => read(others, a).then(text)))
    expect(answers).toEqual(['[{"a":6}]', '[{"a":7}]'])
    await database.query(
      'SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await sleep(50)
    expect(text(await read(numbers, 8))).toBe('[{"a":8}]')
  })
})
