import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '@gatehouse/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunOptions, ShapedStatement, SqlDriver } from '../sql/driver.js'
import { createDatabase } from './create-database.js'
import { SqliteDatabase } from './sqlite-library.js'
import { builtDriver } from './testing/built.js'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-driver-'))
const path = join(folder, 'numbers.db')
let driver: SqlDriver

function options(change: Partial<RunOptions> = {}): RunOptions {
  const identity = { id: 'test', name: 'test', roles: [], attributes: {} }
  return { signal: new AbortController().signal, timeoutMs: 20_000, identity, readOnly: true, ...change }
}
const writing = (change: Partial<RunOptions> = {}) => options({ readOnly: false, ...change })

/** Runs for hours inside SQLite, without a row or a call of a function. */
const endless = { text: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n' }
const all: ShapedStatement = {
  text: 'SELECT id, note FROM numbers ORDER BY id',
  name: 'all',
  shape: {
    format: 'json',
    hidden: 0,
    columns: [
      { name: 'id', encoding: 'number' },
      { name: 'note', encoding: 'text' },
    ],
  },
}
const rowCount = 20_000

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof Error && thrown.name === 'Failure') return thrown as Failure
  throw new Error(`Expected a Failure, got ${String(thrown)}`)
}
const count = async (where = '1') =>
  Number((await driver.rows({ text: `SELECT COUNT(*) FROM numbers WHERE ${where}` }, [], options())).rows[0]?.[0])
const insert = (note: string) => ({ text: `INSERT INTO numbers (note) VALUES ('${note}')` })

beforeAll(async () => {
  createDatabase(path, [
    { sql: 'CREATE TABLE numbers (id INTEGER PRIMARY KEY, note TEXT NOT NULL, tag TEXT UNIQUE)' },
    {
      sql: 'INSERT INTO numbers (note) VALUES (?)',
      rows: Array.from({ length: rowCount }, (_, i) => [`note ${i} ${'x'.repeat(20)}`]),
    },
  ])
  driver = (await builtDriver()).sqliteDriver({ path, max: 3, idleMs: 60_000 })
})
afterAll(async () => {
  await driver.close()
  rmSync(folder, { recursive: true })
})

describe('statements', () => {
  it('print rows, tell whether there are more, and answer hidden values', async () => {
    const statement: ShapedStatement = {
      text: 'SELECT id, id * 2 FROM numbers WHERE id > ? ORDER BY id LIMIT 3',
      name: 'some',
      shape: { format: 'json', hidden: 1, columns: [{ name: 'id', encoding: 'number' }] },
    }
    for (const from of [5n, 10]) {
      const page = await driver.write(statement, [from], 2, options())
      expect(Buffer.from(page.text).toString()).toBe(`[{"id":${Number(from) + 1}},{"id":${Number(from) + 2}}]`)
      expect(page).toMatchObject({ rows: 2, more: true, last: [Number(from) * 2 + 4] })
    }
  })

  it('keep 64 bits and bytes both ways', async () => {
    const values = [9223372036854775807n, new Uint8Array([0, 255]), 0.1, 'ü👍', null, true]
    const { rows } = await driver.rows({ text: 'SELECT ?, ?, ?, ?, ?, typeof(?)' }, values, options())
    expect(rows).toEqual([[9223372036854775807n, Buffer.from([0, 255]), 0.1, 'ü👍', null, 'integer']])
  })

  it('fail with what went wrong, and nothing of the text of it', async () => {
    const taken = { text: `INSERT INTO numbers (note, tag) VALUES ('a', 'taken')` }
    expect((await driver.rows(taken, [], writing())).affected).toBe(1)
    const duplicate = await failure(driver.rows(taken, [], writing()))
    expect(duplicate).toMatchObject({ code: 'conflict', context: { columns: ['tag'] } })
    expect(
      await failure(driver.rows({ text: 'INSERT INTO numbers (note) VALUES (NULL)' }, [], writing())),
    ).toMatchObject({
      code: 'unprocessable',
      hint: 'Required: note',
    })
    expect((await failure(driver.rows(insert('x'), [], options()))).code).toBe('forbidden')
    expect((await failure(driver.rows({ text: 'SELECT 1; DROP TABLE numbers' }, [], writing()))).code).toBe('internal')
    expect((await failure(driver.rows({ text: 'SELECT * FROM missing' }, [], options()))).message).not.toContain(
      'missing',
    )
    const broken = { text: `SELECT gatehouse_regexp('a', '(')` }
    expect((await failure(driver.rows(broken, [], options()))).code).toBe('invalid')
  })
})

describe('deadlines', () => {
  it('end what SQLite itself cannot be stopped in, and others go on meanwhile', async () => {
    const slow = failure(driver.rows(endless, [], options({ timeoutMs: 400 })))
    expect(await count('id <= 10')).toBe(10)
    expect((await slow).code).toBe('timeout')
    expect(await count('id <= 10')).toBe(10)
  })

  it('end a pattern that takes exponential time', async () => {
    const text = `SELECT gatehouse_regexp('${'a'.repeat(40)}!', '^(a+)+$')`
    expect((await failure(driver.rows({ text }, [], options({ timeoutMs: 400 })))).code).toBe('timeout')
  })

  it('undo the write that was late', async () => {
    const text = `INSERT INTO numbers (note) SELECT 'late' FROM (${endless.text})`
    expect((await failure(driver.rows({ text }, [], writing({ timeoutMs: 400 })))).code).toBe('timeout')
    expect(await count(`note = 'late'`)).toBe(0)
    await driver.rows(insert('after'), [], writing())
    expect(await count(`note = 'after'`)).toBe(1)
  })

  it('hold for callers that go away, before and while it runs', async () => {
    const gone = new AbortController()
    const running = failure(driver.rows(endless, [], options({ signal: gone.signal })))
    setTimeout(() => gone.abort(), 100)
    expect((await running).code).toBe('cancelled')
    expect((await failure(driver.rows(endless, [], options({ signal: gone.signal })))).code).toBe('cancelled')
  })

  it('leave those who find no free worker with unavailable', async () => {
    const busy = [1, 2, 3].map(() => failure(driver.rows(endless, [], options({ timeoutMs: 3000 }))))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const refused = await failure(driver.rows({ text: 'SELECT 1' }, [], options({ timeoutMs: 1000 })))
    expect(refused).toMatchObject({ code: 'unavailable', retryAfter: 1 })
    for (const each of await Promise.all(busy)) expect(each.code).toBe('timeout')
    expect(await count('id = 1')).toBe(1)
  })
})

describe('transactions', () => {
  it('commit, and roll back when the body throws', async () => {
    await driver.transaction(writing(), async (transaction) => {
      await transaction.rows(insert('committed'), [])
      expect((await transaction.rows({ text: `SELECT 1 FROM numbers WHERE note = 'committed'` }, [])).rows).toEqual([
        [1],
      ])
      expect(await count(`note = 'committed'`)).toBe(0)
    })
    expect(await count(`note = 'committed'`)).toBe(1)
    const thrown = driver.transaction(writing(), async (transaction) => {
      await transaction.rows(insert('undone'), [])
      throw new Failure('conflict', 'no')
    })
    expect((await failure(thrown)).message).toBe('no')
    expect(await count(`note = 'undone'`)).toBe(0)
  })

  it('undo a savepoint alone, also inside another', async () => {
    await driver.transaction(writing(), async (transaction) => {
      await transaction.savepoint(async () => {
        await transaction.rows(insert('outer'), [])
        const inner = transaction.savepoint(async () => {
          await transaction.rows(insert('inner'), [])
          await transaction.rows({ text: 'INSERT INTO numbers (note) VALUES (NULL)' }, [])
        })
        expect((await failure(inner)).code).toBe('unprocessable')
      })
    })
    expect([await count(`note = 'outer'`), await count(`note = 'inner'`)]).toEqual([1, 0])
  })

  it('are undone as a whole when one is late, or its caller goes away', async () => {
    const late = driver.transaction(writing({ timeoutMs: 500 }), async (transaction) => {
      await transaction.rows(insert('lost'), [])
      await transaction.savepoint(() => transaction.rows(endless, [])).catch(() => undefined)
      await transaction.rows(insert('lost'), [])
    })
    expect((await failure(late)).code).toBe('timeout')
    const gone = new AbortController()
    const left = driver.transaction(writing({ signal: gone.signal }), async (transaction) => {
      await transaction.rows(insert('lost'), [])
      gone.abort()
    })
    expect((await failure(left)).code).toBe('cancelled')
    expect(await count(`note = 'lost'`)).toBe(0)
  })

  it('never go on outside when the database has ended them', async () => {
    await driver.rows(
      {
        text: `CREATE TRIGGER ender BEFORE INSERT ON numbers WHEN new.note = 'end' BEGIN SELECT RAISE(ROLLBACK, 'x'); END`,
      },
      [],
      writing(),
    )
    const ended = driver.transaction(writing(), async (transaction) => {
      await transaction.rows(insert('before the end'), [])
      await transaction.savepoint(() => transaction.rows(insert('end'), [])).catch(() => undefined)
      await transaction.rows(insert('behind the end'), [])
    })
    expect((await failure(ended)).code).toBe('conflict')
    expect(await count(`note LIKE '% the end'`)).toBe(0)
    await driver.rows({ text: 'DROP TRIGGER ender' }, [], writing())
  })

  it('wait for each other', async () => {
    const order: number[] = []
    await Promise.all(
      [1, 2, 3].map((n) =>
        driver.transaction(writing(), async (transaction) => {
          await transaction.rows(insert(`turn ${n}`), [])
          order.push(n)
          await transaction.rows({ text: 'SELECT 1' }, [])
          order.push(n)
        }),
      ),
    )
    expect(order).toEqual([1, 1, 2, 2, 3, 3])
  })

  it('read in one state of the data', async () => {
    await driver.transaction(options(), async (transaction) => {
      const read = async () => (await transaction.rows({ text: 'SELECT MAX(id) FROM numbers' }, [])).rows[0]?.[0]
      const before = await read()
      await driver.rows(insert('meanwhile'), [], writing())
      expect(await read()).toBe(before)
      expect((await failure(transaction.rows(insert('never'), []))).code).toBe('forbidden')
    })
  })
})

describe('streams', () => {
  it('carry all rows in chunks', async () => {
    const { chunks, rows } = driver.stream(all, [], Number.POSITIVE_INFINITY, options())
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) {
      expect(chunk.length).toBeLessThan(200_000)
      parts.push(chunk)
    }
    expect(parts.length).toBeGreaterThan(5)
    const records = JSON.parse(Buffer.concat(parts).toString()) as { id: number }[]
    expect(records).toHaveLength(rows())
    expect(records.length).toBeGreaterThanOrEqual(rowCount)
  })

  it('stop at the limit, and print an empty document', async () => {
    const text = async (limit: number, statement = all) => {
      const parts: Uint8Array[] = []
      for await (const chunk of driver.stream(statement, [], limit, options()).chunks) parts.push(chunk)
      return Buffer.concat(parts).toString()
    }
    expect(JSON.parse(await text(7))).toHaveLength(7)
    expect(await text(0)).toBe('[]')
    expect(await text(5, { ...all, text: 'SELECT id, note FROM numbers WHERE 0' })).toBe('[]')
  })

  it('can be left at any time, and the worker serves others', async () => {
    for (let i = 0; i < 5; i++) {
      for await (const chunk of driver.stream(all, [], rowCount, options()).chunks) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
    }
    expect(await count('id = 1')).toBe(1)
  })

  it('end at the deadline, also while nobody reads', async () => {
    const reader = async () => {
      for await (const _ of driver.stream(all, [], rowCount, options({ timeoutMs: 500 })).chunks) {
        await new Promise((resolve) => setTimeout(resolve, 300))
      }
    }
    expect((await failure(reader())).code).toBe('timeout')
    expect(await count('id = 1')).toBe(1)
  })
})

describe('files that come and go', () => {
  it('are unavailable until they are there, and are opened anew when they are replaced', async () => {
    const file = join(folder, 'later.db')
    const later = (await builtDriver()).sqliteDriver({ path: file, max: 2, idleMs: 1000 })
    const read = async () => (await later.rows({ text: 'SELECT n FROM t' }, [], options())).rows[0]?.[0]
    try {
      expect(await failure(read())).toMatchObject({ code: 'unavailable', retryAfter: 1 })
      writeFileSync(file, 'this is not a database, but long enough to be mistaken for one'.repeat(50))
      expect((await failure(read())).code).toBe('unavailable')
      createDatabase(file, [{ sql: 'CREATE TABLE t (n INT)' }, { sql: 'INSERT INTO t VALUES (?)', rows: [[1]] }])
      expect(await read()).toBe(1)
      createDatabase(`${file}.new`, [
        { sql: 'CREATE TABLE t (n INT)' },
        { sql: 'INSERT INTO t VALUES (?)', rows: [[2]] },
      ])
      renameSync(`${file}.new`, file)
      await expect.poll(read, { timeout: 10_000 }).toBe(2)
    } finally {
      await later.close()
    }
  })

  it('are read again after a writer was ended in the middle of a write, with a rollback journal too', async () => {
    const file = join(folder, 'journal.db')
    createDatabase(file, [
      { sql: 'CREATE TABLE t (n INT)' },
      { sql: 'INSERT INTO t VALUES (?)', rows: Array.from({ length: 50_000 }, (_, i) => [i]) },
    ])
    const direct = new SqliteDatabase(file)
    direct.pragma('journal_mode = DELETE')
    direct.close()
    const plain = (await builtDriver()).sqliteDriver({ path: file, max: 2, idleMs: 1000 })
    try {
      // Changes more pages than the cache holds, so that the file itself is half changed when the end comes.
      const spill = plain.transaction(writing({ timeoutMs: 1500 }), async (transaction) => {
        await transaction.rows({ text: 'PRAGMA cache_size = 1' }, [])
        await transaction.rows({ text: 'UPDATE t SET n = -1' }, [])
        await transaction.rows(endless, [])
      })
      expect((await failure(spill)).code).toBe('timeout')
      const sum = async () => (await plain.rows({ text: 'SELECT MIN(n), COUNT(*) FROM t' }, [], options())).rows[0]
      await expect.poll(sum, { timeout: 10_000 }).toEqual([0, 50_000])
    } finally {
      await plain.close()
    }
  })
})

// Children are found through Linux's /proc.
describe.runIf(process.platform === 'linux')('a parent that dies', () => {
  it('takes its workers along, whatever they are at', async () => {
    const module = new URL('../../dist/sqlite/driver.js', import.meta.url).href
    const run = `{ signal: new AbortController().signal, timeoutMs: 600000, readOnly: true }`
    const script = `
      const { sqliteDriver } = await import(${JSON.stringify(module)})
      const driver = sqliteDriver({ path: ${JSON.stringify(path)}, max: 1, idleMs: 60000 })
      const { rows } = await driver.rows({ text: 'SELECT 1' }, [], ${run})
      driver.rows(${JSON.stringify(endless)}, [], ${run}).catch(() => undefined)
      console.log('running', rows.length)`
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script])
    await new Promise((resolve) => parent.stdout.once('data', resolve))
    const children = (await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8'))
      .trim()
      .split(' ')
      .map(Number)
    expect(children).toHaveLength(1)
    const runs = () => children.some((pid) => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(statOf(pid)))
    expect(runs()).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(runs, { timeout: 15_000 }).toBe(false)
  })
})

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ') Z '
  }
}
