import { Failure } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunOptions, ShapedStatement, Statement } from '../sql/driver.js'
import { failureOf } from '../testing/failure-of.js'
import { type MysqlDriver, mysqlDriver } from './driver.js'
import { type Door, doorTo, type TestDatabase, testDatabase, testServers } from './testing/server.js'

const identity = { id: 'key:test', name: 'test', roles: [], attributes: {} }
function options(more: Partial<RunOptions> = {}): RunOptions {
  return { signal: new AbortController().signal, timeoutMs: 20_000, identity, readOnly: true, ...more }
}
const writing = () => options({ readOnly: false })

function shaped(text: string, ...names: string[]): ShapedStatement {
  return {
    text,
    shape: { format: 'json', columns: names.map((name) => ({ name, encoding: 'number' as const })), hidden: 0 },
  }
}

/** Runs for many seconds, unless it is ended. */
const slow: Statement = { text: 'SELECT COUNT(*) FROM `big` a, `big` b, `big` c WHERE a.`n` + b.`n` * c.`n` = ?1' }

describe.for(testServers)('mysql driver on $label', (server) => {
  beforeEach(({ skip }) => skip(server.url === undefined, server.skipped))

  let database: TestDatabase
  let driver: MysqlDriver

  beforeAll(async () => {
    if (server.url === undefined) return
    database = await testDatabase(server, 'driver')
    await database.setUp(`
      CREATE TABLE big (n INT PRIMARY KEY);
      INSERT INTO big SELECT a.seq FROM (WITH RECURSIVE s(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < 1000) SELECT seq FROM s) a;
      CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) NOT NULL, price DECIMAL(8,2),
        UNIQUE KEY one_name (name), CHECK (price >= 0));
      CREATE TABLE part (item_id INT, FOREIGN KEY (item_id) REFERENCES item (id));
    `)
    driver = mysqlDriver(database.target, { max: 3, idleMs: 30_000 })
  })
  afterAll(async () => {
    await driver?.close()
    await database?.drop()
  })

  const count = async () => {
    const { rows } = await driver.rows({ text: 'SELECT COUNT(*) FROM item' }, [], options())
    return Number(rows[0]?.[0])
  }

  test('values go in by number, in any order and more than once, and texts that look like placeholders stay', async () => {
    const text = "SELECT ?2, ?1, ?2, '?1 ''?2', `?1` FROM (SELECT 7 AS `?1`) t"
    for (const statement of [{ text }, { text, name: 'a' }, { text, name: 'a' }]) {
      const { rows } = await driver.rows(statement, ['x', 'y'], options())
      expect(rows).toEqual([['y', 'x', 'y', "?1 '?2", 7]])
    }
  })

  test('a page says whether there is more', async () => {
    const statement = shaped('SELECT n FROM big ORDER BY n LIMIT 4', 'n')
    expect(await driver.write(statement, [], 3, options())).toMatchObject({
      text: '[{"n":1},{"n":2},{"n":3}]',
      rows: 3,
      more: true,
    })
    expect(await driver.write(statement, [], 4, options())).toMatchObject({ rows: 4, more: false })
  })

  test('a second statement in one text is refused', async () => {
    const failure = await failureOf(driver.rows({ text: 'SELECT 1; DROP TABLE big' }, [], writing()))
    expect(failure.code).toBe('internal')
    expect(failure.message).not.toContain('DROP')
  })

  test('reads cannot write, whatever they call', async () => {
    await database.setUp(
      'CREATE FUNCTION sneak() RETURNS INT DETERMINISTIC BEGIN INSERT INTO big VALUES (0); RETURN 1; END',
    )
    for (const text of ['INSERT INTO big VALUES (5000)', 'SELECT sneak()', 'DELETE FROM big']) {
      expect((await failureOf(driver.rows({ text }, [], options()))).code).toBe('forbidden')
    }
    expect(await database.query('SELECT COUNT(*) FROM big')).toEqual([[1000]])
  })

  test('a driver that only reads writes for nobody', async () => {
    const reading = mysqlDriver(database.target, { max: 1, idleMs: 1000, readOnly: true })
    expect((await failureOf(reading.rows({ text: 'DELETE FROM big' }, [], writing()))).code).toBe('forbidden')
    await reading.close()
  })

  test('failures say what a caller can do, and nothing of what the server said', async () => {
    driver.learn((table, key) => (key === 'one_name' && table.endsWith('`item`') ? ['name'] : undefined))
    const insert = 'INSERT INTO `item` (`name`, `price`) VALUES (?1, ?2)'
    await driver.rows({ text: insert }, ['a', '1'], writing())
    const cases: [string, unknown[], string, string | undefined][] = [
      [insert, ['a', '1'], 'conflict', 'Must be unique: name'],
      [insert, [null, '1'], 'unprocessable', 'Required: name'],
      [insert, ['x'.repeat(21), '1'], 'unprocessable', 'Column: name'],
      [insert, ['b', 'secret'], 'unprocessable', 'Column: price'],
      [insert, ['b', '99999999999'], 'unprocessable', 'Column: price'],
      [insert, ['b', '-1'], 'unprocessable', undefined],
      ['INSERT INTO `part` VALUES (?1)', [99], 'conflict', 'Refers by: item_id'],
      ["SELECT 'a' REGEXP ?1", ['('], 'invalid', undefined],
      ['SELECT * FROM `mysql`.`nope`', [], 'unavailable', undefined],
      ['SELEC 1', [], 'internal', undefined],
    ]
    for (const [text, values, code, hint] of cases) {
      const failure = await failureOf(driver.rows({ text }, values, writing()))
      expect([text, failure.code]).toEqual([text, code])
      if (hint !== undefined) expect(failure.hint).toBe(hint)
      expect(String(failure.cause)).not.toMatch(/secret|xxx/)
      expect(`${failure.message} ${failure.hint} ${JSON.stringify(failure.context)}`).not.toMatch(
        /secret|xxx|SELEC|nope|errno|for key/,
      )
    }
    await driver.rows({ text: 'INSERT INTO `part` VALUES (1)' }, [], writing())
    expect((await failureOf(driver.rows({ text: 'DELETE FROM `item` WHERE id = 1' }, [], writing()))).code).toBe(
      'conflict',
    )
    await driver.rows({ text: 'DELETE FROM `part`' }, [], writing())
  })

  test('inserts tell the number that they drew', async () => {
    const { insertId, affected } = await driver.rows(
      { text: 'INSERT INTO item (name) VALUES (?1), (?2)' },
      ['n1', 'n2'],
      writing(),
    )
    expect(affected).toBe(2)
    const { rows } = await driver.rows({ text: 'SELECT name FROM item WHERE id = ?1' }, [String(insertId)], options())
    expect(rows).toEqual([['n1']])
  })

  test('a transaction is all or nothing, and a savepoint a part of it', async () => {
    const before = await count()
    const failed = failureOf(
      driver.transaction(writing(), async (transaction) => {
        await transaction.rows({ text: "INSERT INTO item (name) VALUES ('t1')" }, [])
        throw new Failure('invalid', 'stop')
      }),
    )
    expect((await failed).code).toBe('invalid')
    const own = new Error("the caller's own")
    await expect(
      driver.transaction(writing(), async (transaction) => {
        await transaction.rows({ text: "INSERT INTO item (name) VALUES ('t1')" }, [])
        throw own
      }),
    ).rejects.toBe(own)
    expect(await count()).toBe(before)
    await driver.transaction(writing(), async (transaction) => {
      await transaction.rows({ text: "INSERT INTO item (name) VALUES ('t2')" }, [])
      const inner = transaction.savepoint(async () => {
        await transaction.rows({ text: "INSERT INTO item (name) VALUES ('t3')" }, [])
        await transaction.rows({ text: "INSERT INTO item (name) VALUES ('t2')" }, [])
      })
      expect((await failureOf(inner)).code).toBe('conflict')
    })
    const { rows } = await driver.rows({ text: "SELECT name FROM item WHERE name LIKE 't_'" }, [], options())
    expect(rows).toEqual([['t2']])
  })

  test('a deadlock is a conflict, and the transaction that lost leaves nothing', async () => {
    await database.setUp("INSERT INTO item (id, name) VALUES (101, 'd1'), (102, 'd2')")
    const lock = { text: 'UPDATE item SET price = 1 WHERE id = ?1' }
    let arrived = 0
    let go: () => void = () => undefined
    const both = new Promise<void>((resolve) => {
      go = resolve
    })
    const run = (first: number, second: number) =>
      driver.transaction(writing(), async (transaction) => {
        await transaction.rows(lock, [first])
        if (++arrived === 2) go()
        await both
        await transaction.savepoint(() => transaction.rows(lock, [second]))
      })
    const results = await Promise.allSettled([run(101, 102), run(102, 101)])
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(1)
    expect(refused[0]?.reason).toMatchObject({ code: 'conflict', hint: 'Try again' })
  })

  const processes = () =>
    database.query(
      `SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%big%n%' AND DB = '${database.target.database}' AND ID <> CONNECTION_ID()`,
    )
  const running = async () => (await processes()).length
  const endRunning = async () => {
    for (const [id] of await processes()) await database.setUp(`KILL QUERY ${Number(id)}`)
  }

  test('a statement that takes too long is ended in the server', async () => {
    for (const readOnly of [true, false]) {
      expect((await failureOf(driver.rows(slow, [-1], options({ timeoutMs: 200, readOnly })))).code).toBe('timeout')
    }
    // The server lists a statement a moment longer than it answers.
    await expect.poll(running).toBe(0)
    expect(await count()).toBeGreaterThan(0)
  })

  test('a transaction that takes too long is rolled back', async () => {
    const before = await count()
    const failure = await failureOf(
      driver.transaction(options({ timeoutMs: 300, readOnly: false }), async (transaction) => {
        await transaction.rows({ text: "INSERT INTO item (name) VALUES ('late')" }, [])
        await transaction.rows(slow, [-1])
      }),
    )
    expect(failure.code).toBe('timeout')
    expect(await count()).toBe(before)
    await expect.poll(running).toBe(0)
  })

  test('when the caller goes away its statement is ended, and the connection serves on', async () => {
    const before = await count()
    for (const how of ['alone', 'transaction'] as const) {
      const controller = new AbortController()
      const call = options({ signal: controller.signal, readOnly: false })
      const running =
        how === 'alone'
          ? driver.rows(slow, [-1], call)
          : driver.transaction(call, async (transaction) => {
              await transaction.rows({ text: "INSERT INTO item (name) VALUES ('gone')" }, [])
              await transaction.rows(slow, [-1])
            })
      setTimeout(() => controller.abort(), 150)
      expect((await failureOf(running)).code).toBe('cancelled')
    }
    await expect.poll(running).toBe(0)
    expect(await count()).toBe(before)
    for (let i = 0; i < 6; i++) expect(await count()).toBe(before)
  })

  test('a full pool answers unavailable within a bound, and recovers', async () => {
    const small = mysqlDriver(database.target, { max: 1, idleMs: 1000 })
    try {
      const held = small.rows({ text: 'SELECT SLEEP(1.5)' }, [], options())
      const calls = Array.from({ length: 12 }, () => small.rows({ text: 'SELECT 1' }, [], options()))
      const results = await Promise.allSettled(calls)
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused).toHaveLength(4)
      expect(refused[0]?.reason).toMatchObject({ code: 'unavailable', retryAfter: 1 })
      await held
      expect((await small.rows({ text: 'SELECT 1' }, [], options())).rows).toEqual([[1]])
    } finally {
      await small.close()
    }
  })

  test("a million rows stream at the reader's pace", async () => {
    const statement = shaped('SELECT a.n, b.n FROM big a, big b', 'a', 'b')
    const stream = driver.stream(statement, [], 1_000_000, options())
    let bytes = 0
    let peak = 0
    for await (const chunk of stream.chunks) {
      bytes += chunk.length
      peak = Math.max(peak, chunk.length)
      if (bytes % 50 === 0) await new Promise(setImmediate)
    }
    expect(stream.rows()).toBe(1_000_000)
    expect(bytes).toBeGreaterThan(15_000_000)
    expect(peak).toBeLessThan(200_000)
  })

  test('a reader that stops early ends the statement', async () => {
    const stream = driver.stream(shaped('SELECT a.n, b.n FROM big a, big b, big c', 'a', 'b'), [], 1e9, options())
    for await (const _chunk of stream.chunks) break
    await expect.poll(running).toBe(0)
    expect(await count()).toBeGreaterThan(0)
  })

  test('a stream that fails throws where it is read', async () => {
    const stream = driver.stream(shaped('SELECT nope FROM big', 'a'), [], 10, options())
    const read = async () => {
      for await (const _chunk of stream.chunks);
    }
    expect((await failureOf(read())).code).toBe('unavailable')
  })

  test('calls fail while the server is away, and succeed when it is back', async () => {
    const door: Door = await doorTo(database.target)
    const { socketPath: _socket, ...target } = database.target
    const through = mysqlDriver({ ...target, host: '127.0.0.1', port: door.port }, { max: 2, idleMs: 30_000 })
    const ask = () => through.rows({ text: 'SELECT 1', name: 'ask' }, [], options())
    try {
      expect((await ask()).rows).toEqual([[1]])
      const interrupted = failureOf(through.rows(slow, [-1], options()))
      await new Promise((resolve) => setTimeout(resolve, 100))
      await door.shut()
      expect((await interrupted).code).toBe('unavailable')
      expect(await failureOf(ask())).toMatchObject({ code: 'unavailable', retryAfter: 1 })
      await door.open()
      // The server has not noticed yet that nobody waits for this one.
      await endRunning()
      expect((await ask()).rows).toEqual([[1]])
    } finally {
      await through.close()
      await door.shut()
    }
  })

  test('a wrong password is not told', async () => {
    const wrong = mysqlDriver({ ...database.target, password: 'hunter2' }, { max: 1, idleMs: 1000 })
    const failure = await failureOf(wrong.rows({ text: 'SELECT 1' }, [], options()))
    expect(failure.code).toBe('unavailable')
    expect(`${failure.message}${failure.hint ?? ''}`).not.toMatch(/hunter2|root|127/)
    await wrong.close()
  })
})
