import { describe, expect, it } from 'vitest'
import type { RunOptions, ShapedStatement } from '../sql/driver.js'
import { failureOf } from '../testing/failure-of.js'
import { type DriverSettings, sqlserverDriver } from './driver.js'
import { estimateOf, explainSql } from './explain.js'
import { contextOf } from './identity.js'
import { bind } from './parameters.js'
import { type Answer, type Answers, serverError, sessionDouble } from './testing/session-double.js'

const options = (more: Partial<RunOptions> = {}): RunOptions => ({
  signal: new AbortController().signal,
  timeoutMs: 20_000,
  identity: { id: 'key:ada', name: 'Ada', roles: ['clerk'], attributes: { db_user: 'ada', region: 'EU' } },
  readOnly: true,
  ...more,
})
const writing = (more: Partial<RunOptions> = {}) => options({ readOnly: false, ...more })
const open = (answers: Answers, more: Partial<DriverSettings> = {}) => {
  const double = sessionDouble(answers)
  return { double, driver: sqlserverDriver(double.open, { max: 2, idleMs: 0, ...more }) }
}
const rows = (...values: Answer['sets'] & object) => ({ sets: values })
const one: Answer = rows({ rows: [[1, 'a']] })
const statement: ShapedStatement = {
  text: 'SELECT [a], [b] FROM [t]',
  shape: {
    format: 'json',
    hidden: 0,
    columns: [
      { name: 'a', encoding: 'number' },
      { name: 'b', encoding: 'json' },
    ],
  },
}

describe('statements', () => {
  it('answer raw rows, and send values with their types', async () => {
    const { driver, double } = open(() => ({ ...one, affected: 1 }))
    const values = [bind('x', 'text'), bind('12.50', 'decimal'), bind(true, 'boolean'), 'a mask key']
    expect(await driver.rows({ text: 'SELECT 1' }, values, options())).toEqual({ rows: [[1, 'a']], affected: 1 })
    expect(double.received).toEqual([
      {
        session: 0,
        kind: 'run',
        text: 'SELECT 1',
        values: [
          { type: 'nvarchar', value: 'x' },
          { type: 'decimal', value: 1250n, precision: 9, scale: 2 },
          { type: 'bit', value: true },
          { type: 'nvarchar', value: 'a mask key' },
        ],
      },
    ])
  })

  it('are printed up to the limit, doubles inside JSON in the fewest digits', async () => {
    const json = '{"x":1.0000000000000001e-001,"y":"1.0000000000000001e-001"}'
    const { driver } = open(() =>
      rows({
        rows: [
          [1, json],
          [2, null],
          [3, '[]'],
        ],
      }),
    )
    const written = await driver.write(statement, [], 2, options())
    expect(written).toEqual({
      text: '[{"a":1,"b":{"x":0.1,"y":"1.0000000000000001e-001"}},{"a":2,"b":null}]',
      rows: 2,
      more: true,
    })
  })

  it('that tell what they wrote print JSON alike', async () => {
    const { driver } = open(() => rows({ rows: [[1, '[1.0000000000000001e-001]']] }))
    expect((await driver.rows(statement, [], writing())).rows).toEqual([[1, '[0.1]']])
  })

  it('that write are one change, whatever they consist of', async () => {
    const { driver, double } = open(() => one)
    await driver.rows(
      { text: 'DECLARE @told TABLE ([n] int NULL); DELETE [t0] FROM [t] AS [t0]; SELECT 1;' },
      [],
      writing(),
    )
    expect(double.texts()).toEqual([
      'SET XACT_ABORT ON; BEGIN TRANSACTION; DECLARE @told TABLE ([n] int NULL); DELETE [t0] FROM [t] AS [t0]; SELECT 1; COMMIT TRANSACTION;',
    ])
  })

  it('do not write where nothing may be written', async () => {
    const { driver, double } = open(() => one, { readOnly: true })
    expect((await failureOf(driver.rows({ text: 'DELETE' }, [], writing()))).code).toBe('forbidden')
    expect((await failureOf(driver.transaction(writing(), async () => 1))).code).toBe('forbidden')
    expect(double.received).toEqual([])
  })

  it('stream at the pace of the reader, and are ended when it leaves', async () => {
    const many = Array.from({ length: 40_000 }, (_, i) => [i, '{"some":"text to fill the chunks with"}'])
    const { driver, double } = open(() => rows({ rows: many }))
    const all = driver.stream(statement, [], 30_000, options())
    let bytes = 0
    for await (const chunk of all.chunks) bytes += chunk.length
    expect(all.rows()).toBe(30_000)
    expect(bytes).toBeGreaterThan(1_000_000)
    const left = driver.stream(statement, [], 40_000, options())
    for await (const _ of left.chunks) break
    expect(double.received.some(({ kind }) => kind === 'cancel')).toBe(true)
    expect(await driver.rows({ text: 'SELECT 2' }, [], options())).toMatchObject({ affected: 0 })
  })
})

describe('plans', () => {
  const xml = `<ShowPlanXML><BatchSequence><Batch><Statements>
    <StmtSimple StatementText="DECLARE" StatementType="ASSIGN" StatementEstRows="0"/>
    <StmtSimple StatementCompId="2" StatementEstRows="41.6" StatementSubTreeCost="0.0065" StatementType="SELECT"></StmtSimple>
    </Statements></Batch></BatchSequence></ShowPlanXML>`

  it('are asked for on a session of their own setting, with the values declared and not sent', async () => {
    const { driver, double } = open((text) => (text.startsWith('DECLARE') ? rows({ rows: [[xml]] }) : {}))
    const values = [bind('x', 'text'), bind('1.5', 'decimal'), bind(new Uint8Array(9000), 'binary')]
    const found = await driver.rows({ text: explainSql('SELECT [a] FROM [t] WHERE [b] = @p1') }, values, options())
    expect(double.received.map(({ kind, text }) => [kind, text])).toEqual([
      ['control', 'SET SHOWPLAN_XML ON'],
      [
        'control',
        'DECLARE @p1 nvarchar(4000), @p2 decimal(9,1), @p3 varbinary(max); SELECT [a] FROM [t] WHERE [b] = @p1',
      ],
      ['control', 'SET SHOWPLAN_XML OFF'],
    ])
    expect(estimateOf(found.rows)).toEqual({ rows: 42, cost: 0.0065 })
  })

  it('are not told without the right to see them', async () => {
    const { driver, double } = open((text) => (text.startsWith('SELECT') ? { error: serverError(262) } : {}))
    const found = await driver.rows({ text: explainSql('SELECT 1') }, [], options())
    expect(estimateOf(found.rows)).toEqual({})
    expect(double.texts().at(-1)).toBe('SET SHOWPLAN_XML OFF')
  })
})

describe('transactions', () => {
  it('commit, and roll back what throws', async () => {
    const { driver, double } = open(() => one)
    expect(await driver.transaction(writing(), async (t) => (await t.rows({ text: 'UPDATE' }, [])).rows)).toEqual([
      [1, 'a'],
    ])
    const thrown = new Error('own')
    await expect(driver.transaction(writing(), () => Promise.reject(thrown))).rejects.toBe(thrown)
    expect(double.texts()).toEqual([
      'BEGIN TRANSACTION',
      'UPDATE',
      'COMMIT TRANSACTION',
      'BEGIN TRANSACTION',
      'IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION',
    ])
  })

  it('go on behind a savepoint that was undone', async () => {
    const { driver, double } = open((text) => (text === 'bad' ? { error: serverError(2627) } : {}))
    await driver.transaction(writing(), async (t) => {
      const failure = await failureOf(t.savepoint(() => t.rows({ text: 'bad' }, [])))
      expect(failure.code).toBe('conflict')
      await t.savepoint(() => t.rows({ text: 'good' }, []))
    })
    expect(double.texts()).toEqual([
      'BEGIN TRANSACTION',
      'SAVE TRANSACTION gatehouse_1',
      'bad',
      'ROLLBACK TRANSACTION gatehouse_1',
      'SAVE TRANSACTION gatehouse_1',
      'good',
      'COMMIT TRANSACTION',
    ])
  })

  it('are lost when the server has rolled back by itself', async () => {
    const { driver, double } = open((text) => {
      if (text === 'bad') return { error: serverError(1205) }
      return text.startsWith('ROLLBACK TRANSACTION gatehouse') ? { error: serverError(3903) } : {}
    })
    const failure = await failureOf(
      driver.transaction(writing(), async (t) => {
        await failureOf(t.savepoint(() => t.rows({ text: 'bad' }, [])))
        await failureOf(t.savepoint(() => t.rows({ text: 'good' }, [])))
      }),
    )
    expect(failure.code).toBe('conflict')
    expect(double.texts()).not.toContain('good')
    expect(double.texts()).not.toContain('COMMIT TRANSACTION')
  })
})

describe('the end of statements', () => {
  it('by time is an attention to the server, and the session serves on', async () => {
    const { driver, double } = open((text) => (text === 'slow' ? { endless: true } : one))
    const failure = await failureOf(driver.rows({ text: 'slow' }, [], options({ timeoutMs: 20 })))
    expect(failure.code).toBe('timeout')
    await driver.rows({ text: 'next' }, [], options())
    expect(double.received.map(({ kind, session }) => [kind, session])).toEqual([
      ['run', 0],
      ['cancel', 0],
      ['run', 0],
    ])
  })

  it('by a caller who leaves, in a transaction too, which is rolled back', async () => {
    const { driver, double } = open((text) => (text === 'slow' ? { endless: true } : {}))
    const controller = new AbortController()
    const running = failureOf(
      driver.transaction(writing({ signal: controller.signal }), (t) => t.rows({ text: 'slow' }, [])),
    )
    setTimeout(() => controller.abort(), 20)
    expect((await running).code).toBe('cancelled')
    expect(double.received.map(({ kind, text }) => text || kind)).toEqual([
      'BEGIN TRANSACTION',
      'slow',
      'cancel',
      'IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION',
    ])
  })

  it('of a connection that is lost: a read is run again, a write is not', async () => {
    let times = 0
    const { driver, double } = open(() => (times++ === 0 ? { lost: true } : one))
    expect((await driver.rows({ text: 'SELECT 1' }, [], options())).rows).toEqual([[1, 'a']])
    expect(double.received.map(({ session }) => session)).toEqual([0, 1])
    times = 0
    expect((await failureOf(driver.rows({ text: 'DELETE' }, [], writing()))).code).toBe('unavailable')
  })

  it('of a connection that is lost again and again: unavailable', async () => {
    const { driver } = open(() => ({ lost: true }))
    const failure = await failureOf(driver.rows({ text: 'SELECT 1' }, [], options()))
    expect(failure).toMatchObject({ code: 'unavailable', retryAfter: 1 })
  })
})

describe('deadlocks', () => {
  it('run a read again', async () => {
    let times = 0
    const { driver, double } = open(() => (times++ < 2 ? { error: serverError(1205) } : one))
    expect((await driver.rows({ text: 'SELECT 1' }, [], options())).rows).toEqual([[1, 'a']])
    expect(double.texts()).toHaveLength(3)
  })

  it('are told when they do not end, and at once of a write', async () => {
    const { driver, double } = open(() => ({ error: serverError(1205) }))
    expect(await failureOf(driver.rows({ text: 'SELECT 1' }, [], options()))).toMatchObject({
      code: 'conflict',
      retryAfter: 1,
    })
    expect(double.texts()).toHaveLength(4)
    expect(await failureOf(driver.rows({ text: 'UPDATE' }, [], writing()))).toMatchObject({
      code: 'conflict',
      hint: 'Try again',
    })
    expect(double.texts()).toHaveLength(5)
  })
})

describe('the caller in the database', () => {
  const identity = contextOf({
    session_context: { user_id: '{user.id}', region: '{user.region}' },
    execute_as: '{user.db_user}',
  })

  it('is set before the call, runs each statement, and is gone before the next', async () => {
    const { driver, double } = open(() => one, identity ? { contextOf: identity } : {})
    await driver.rows({ text: 'SELECT @p1' }, [bind('x', 'text')], options())
    await driver.transaction(writing(), (t) => t.rows({ text: 'UPDATE' }, []))
    const enter =
      'EXEC sys.sp_set_session_context @key = @p1, @value = @p2, @read_only = 1; EXEC sys.sp_set_session_context @key = @p3, @value = @p4, @read_only = 1;'
    expect(double.received.map(({ kind, text, values }) => [kind, text, values.map(({ value }) => value)])).toEqual([
      ['run', enter, ['user_id', 'key:ada', 'region', 'EU']],
      ['run', 'EXECUTE AS USER = @p2; SELECT @p1', ['x', 'ada']],
      ['reset', '', []],
      ['run', enter, ['user_id', 'key:ada', 'region', 'EU']],
      ['control', 'BEGIN TRANSACTION', []],
      ['run', 'EXECUTE AS USER = @p1; UPDATE', ['ada']],
      ['control', 'COMMIT TRANSACTION', []],
      ['reset', '', []],
    ])
  })

  it('is nobody where the service asks for itself', async () => {
    const { driver, double } = open(() => one, identity ? { contextOf: identity } : {})
    const nobody = { identity: { id: 'gatehouse', name: 'gatehouse', roles: [], attributes: {} } }
    expect((await driver.ownRows({ text: 'SELECT 1' }, [], options(nobody))).rows).toEqual([[1, 'a']])
    expect(double.texts()).toEqual(['SELECT 1'])
  })

  it('leaves no session behind that could not be reset', async () => {
    const { driver, double } = open(
      (text) => (text === 'reset' ? { error: serverError(18_059) } : one),
      identity ? { contextOf: identity } : {},
    )
    await driver.rows({ text: 'SELECT 1' }, [], options())
    await driver.rows({ text: 'SELECT 1' }, [], options())
    expect(double.received.filter(({ kind }) => kind === 'close').map(({ session }) => session)).toEqual([0, 1])
  })

  it('is refused without the attribute, or as an owner', async () => {
    const { driver, double } = open(() => one, identity ? { contextOf: identity } : {})
    const as = (attributes: Record<string, string>) => ({ identity: { id: 'x', name: 'x', roles: [], attributes } })
    for (const attributes of [{}, { region: 'EU' }, { region: 'EU', db_user: 'DBO' }, { region: 'EU', db_user: ' ' }]) {
      const failure = await failureOf(
        driver.rows({ text: 'SELECT 1' }, [], options(as(attributes as Record<string, string>))),
      )
      expect(failure.code).toBe('forbidden')
    }
    expect(double.received).toEqual([])
  })
})
