import type { CallPlan, Catalog, Permitted, Scalar, TextResult } from '@gatehouse/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { syntaxErrors } from '../testing/sql-grammar.js'
import { sqlserverConnector } from './connector.js'
import type { Field } from './session.js'
import { type Answer, type Double, serverError, sessionDouble } from './testing/session-double.js'
import { settings } from './testing/settings.js'
import { type Declared, systemViews } from './testing/system-views.js'

const shop: Declared = {
  tables: {},
  tableTypes: { 'dbo.Order Lines': { product: 'nvarchar(50)', 'a ]b': 'decimal(10,2)' } },
  routines: {
    tax: {
      type: 'FN',
      definition: 'CREATE FUNCTION tax (@a decimal(38,10), @d date = NULL) RETURNS',
      parameters: { '': 'decimal(38,10)', '@a': 'decimal(38,10)', '@d': 'date' },
    },
    found: {
      type: 'TF',
      parameters: { '@name': 'varchar(20)' },
      columns: { id: 'bigint', price: 'decimal(38,2)', made: 'datetime2(7)' },
    },
    place: {
      type: 'P',
      definition:
        "CREATE PROCEDURE place @customer bigint, @when datetimeoffset = NULL, @lines [Order Lines] READONLY, @note ntext, @total decimal(38,10) OUTPUT, @state nvarchar(20) = N'new' OUTPUT AS",
      parameters: {
        '@customer': 'bigint',
        '@when': 'datetimeoffset(7)',
        '@lines': 'table dbo.Order Lines',
        '@note': 'ntext',
        '@total': { type: 'decimal(38,10)', output: true },
        '@state': { type: 'nvarchar(20)', output: true },
      },
    },
    nothing: { type: 'P' },
  },
}

const field = (name: string, type: string, more: object = {}): Field => ({ name, type: { name: type, ...more } })
const context = {
  signal: new AbortController().signal,
  requestId: 'test',
  identity: { id: 'key:1', name: 'test', roles: [], attributes: {} },
}

describe('calls', () => {
  let answer: Answer = {}
  let double: Double
  let catalog: Catalog
  let connector: ReturnType<typeof sqlserverConnector>

  beforeAll(async () => {
    const views = systemViews(shop)
    double = sessionDouble((text) => views(text) ?? (/EXEC @result|^SELECT/.test(text) ? answer : {}))
    connector = sqlserverConnector(double.open, undefined, settings())
    catalog = await connector.introspect(context.signal)
  })

  const call = async (name: string, values: Record<string, Scalar>, more: Partial<CallPlan> = {}) => {
    const [routine] = catalog.routines.get(name) ?? []
    if (!routine) throw new Error(`There is no ${name}`)
    const plan: CallPlan = {
      kind: 'call',
      routine,
      values: new Map(Object.entries(values)),
      limit: 10,
      numbers: 'number',
      ...more,
    }
    const before = double.received.length
    const result = (await connector.execute(plan as Permitted<CallPlan>, context)) as TextResult
    const received = double.received.slice(before)
    for (const { text } of received) {
      // This grammar knows no schema of a type in DECLARE, which SQL Server does.
      const known = text.replace(/(DECLARE @v\d+ AS )\[dbo\]\./g, '$1')
      if (text) expect(syntaxErrors('tsql', known), text).toEqual([])
    }
    return { result, received, run: received.find(({ kind }) => kind === 'run') }
  }

  it('of a function answer its value, exactly', async () => {
    answer = { sets: [{ rows: [['1234567890123456789012345678.0123456789']] }] }
    const { result, run } = await call('tax', { a: '12.5' })
    expect(result.text).toBe('{"value":1234567890123456789012345678.0123456789}')
    expect(run?.text).toBe(
      'SELECT CONVERT(varchar(41), [f].[v]) FROM (SELECT [dbo].[tax](CAST(@p1 AS decimal(38,10)), DEFAULT) AS [v]) AS [f]',
    )
    const asText = await call('tax', { a: '12.5', d: '2026-01-31' }, { numbers: 'string' })
    expect(asText.result.text).toBe('{"value":"1234567890123456789012345678.0123456789"}')
    expect(asText.run?.text).toContain('CAST(@p2 AS date)')
    answer = { sets: [{ rows: [[null]] }] }
    expect((await call('tax', { a: null })).result.text).toBe('{"value":null}')
  })

  it('of a function that answers rows print them as those of a table', async () => {
    answer = { sets: [{ rows: [['7', '1.50', '2026-01-31T13:59:59.5000000']] }] }
    const { result, run } = await call('found', { name: 'x' })
    expect(result).toMatchObject({
      text: '{"resource":[{"id":7,"price":1.50,"made":"2026-01-31T13:59:59.5"}]}',
      rows: 1,
    })
    expect(run?.text).toBe(
      'SELECT TOP (10) [f].[id], CONVERT(varchar(41), [f].[price]), [f].[made] FROM [dbo].[found](@p1) AS [f]',
    )
  })

  it('of a procedure bind tables, OUTPUT parameters and what is given, in a transaction, and reset the session', async () => {
    answer = {
      sets: [
        {
          fields: [field('n', 'IntN', { size: 4 }), field('at', 'DateTimeOffset')],
          rows: [[1, '2026-01-31T11:59:59.1234567+00:00']],
        },
        { fields: [field('big', 'IntN', { size: 8 }), field('flag', 'BitN')], rows: [['9007199254740993', 1]] },
        {
          fields: [field('gatehouse_return', 'IntN', { size: 4 }), field('', 'VarChar'), field('', 'NVarChar')],
          rows: [[-3, '0.0000000001', "it's"]],
        },
      ],
    }
    const { result, received, run } = await call('place', {
      customer: 5n,
      lines: '[{"product":"x","a ]b":1.5}]',
      note: 'n',
      state: null,
    })
    expect(result.text).toBe(
      '{"resource":[[{"n":1,"at":"2026-01-31T11:59:59.1234567Z"}],[{"big":9007199254740993,"flag":true}]],"value":-3,"out":{"total":0.0000000001,"state":"it\'s"}}',
    )
    expect(result.rows).toBe(2)
    expect(run?.text).toBe(
      'DECLARE @result int; DECLARE @v0 bigint = @p1; DECLARE @v2 AS [dbo].[Order Lines]; INSERT INTO @v2 ([product], [a ]]b]) SELECT [product], [a ]]b] FROM OPENJSON(@p2) WITH ([product] nvarchar(50), [a ]]b] decimal(10,2)); DECLARE @v3 nvarchar(max) = @p3; DECLARE @v4 decimal(38,10) = NULL; DECLARE @v5 nvarchar(20) = @p4; EXEC @result = [dbo].[place] @customer = @v0, @lines = @v2, @note = @v3, @total = @v4 OUTPUT, @state = @v5 OUTPUT; SELECT @result AS [gatehouse_return], CONVERT(varchar(41), @v4), @v5;',
    )
    expect(run?.values.map(({ value }) => value)).toEqual([5n, '[{"product":"x","a ]b":1.5}]', 'n', null])
    expect(received.map(({ kind, text }) => (kind === 'run' ? kind : text || kind))).toEqual([
      'BEGIN TRANSACTION',
      'run',
      'COMMIT TRANSACTION',
      'reset',
    ])
  })

  it('of a procedure that answers nothing', async () => {
    answer = { sets: [{ fields: [field('gatehouse_return', 'IntN', { size: 4 })], rows: [[0]] }] }
    const { result, run } = await call('nothing', {})
    expect(result.text).toBe('{"resource":[],"value":0}')
    expect(run?.text).toBe('DECLARE @result int; EXEC @result = [dbo].[nothing]; SELECT @result AS [gatehouse_return];')
  })

  it('print at most as many rows as are asked for, and wide numbers as texts on request', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => [String(i)])
    answer = {
      sets: [
        { fields: [field('n', 'IntN', { size: 8 })], rows },
        { fields: [field('gatehouse_return', 'IntN')], rows: [[0]] },
      ],
    }
    const { result } = await call('nothing', {}, { limit: 2, numbers: 'string' })
    expect(result).toMatchObject({ text: '{"resource":[{"n":"0"},{"n":"1"}],"value":0}', rows: 2 })
  })

  it('that fail are rolled back, and run nothing when they are dry', async () => {
    answer = { error: serverError(50_000, 'No more of these') }
    const before = double.received.length
    await expect(call('nothing', {})).rejects.toMatchObject({ code: 'unprocessable' })
    expect(double.received.slice(before).map(({ kind, text }) => (kind === 'run' ? kind : text || kind))).toEqual([
      'BEGIN TRANSACTION',
      'run',
      'IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION',
      'reset',
    ])
    const { received, result } = await call('nothing', {}, { dryRun: true })
    expect(result).toEqual({ kind: 'dry_run' })
    expect(received).toEqual([])
  })
})
