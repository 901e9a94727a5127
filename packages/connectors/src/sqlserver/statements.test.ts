import { type Capabilities, Failure } from '@gatehouse/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { everyPlan, type NamedPlan } from '../testing/every-plan.js'
import { syntaxErrors } from '../testing/sql-grammar.js'
import { sqlserverConnector } from './connector.js'
import { matrixDatabase } from './testing/matrix-database.js'
import { type Double, sessionDouble } from './testing/session-double.js'
import { settings } from './testing/settings.js'
import { systemViews } from './testing/system-views.js'

const context = {
  signal: new AbortController().signal,
  requestId: 'test',
  identity: { id: 'key:1', name: 'test', roles: [], attributes: {} },
}

/** Rows that every statement understands: enough columns, and each check is met. */
const anyRows = Array.from({ length: 3 }, () => Array<number>(80).fill(1))

describe('the grammar of T-SQL', () => {
  it.each([
    'SELECT TOP (1) [a] FROM [t]',
    "SELECT [a].ToString(), N'it''s' FROM [dbo].[t] AS [x] ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY",
    'DECLARE @told TABLE ([n] int NULL); DELETE [x] OUTPUT 0 INTO @told ([n]) FROM [t] AS [x]; SELECT 1 FROM @told',
  ])('takes %s', (text) => {
    expect(syntaxErrors('tsql', text)).toEqual([])
  })

  it.each([
    'SELECT [a] FROM [t] WHERE [a] =',
    'SELECT [a] FROM [t] LIMIT 1',
    'SELECT [a] FROM [t] OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY',
    'SELECT [a] FROM [t] WHERE EXISTS (SELECT 1) = 1',
    'SELECT ([a] = 1) FROM [t]',
    'SELECT [a FROM t',
    "SELECT N'it's' FROM [t]",
    'INSERT INTO [t] ([a]) VALUES (@p1) RETURNING [a]',
    'INSERT INTO [t] ([a]) VALUES (@p1) ON CONFLICT DO NOTHING',
    'UPDATE [t] SET [a] = @p1 FOR UPDATE',
    'SELECT CASE WHEN [a] = 1 THEN 2 FROM [t]',
    'MERGE INTO [t] USING (VALUES (1)) AS [v] ([n]) ON 1 = 0 WHEN NOT MATCHED INSERT ([a]) VALUES (1);',
    'SELECT `a` FROM [t]',
    '',
  ])('refuses %s', (text) => {
    expect(syntaxErrors('tsql', text)).not.toEqual([])
  })
})

describe('every statement that can be made', () => {
  let double: Double
  let capabilities: Capabilities
  let plans: readonly NamedPlan[] = []
  let run: (plan: NamedPlan) => Promise<readonly string[]>
  /** The grammar knows no names, so texts that differ in plain ones alone are looked at once. */
  const known = new Set<string>()
  const form = (text: string) => text.replace(/\[\w+\]/g, '[x]').replace(/@p\d+/g, '@p')

  beforeAll(async () => {
    const views = systemViews(matrixDatabase)
    double = sessionDouble(
      (text) => views(text) ?? (/^(SELECT|DECLARE|SET XACT)/.test(text) ? { sets: [{ rows: anyRows }] } : {}),
    )
    const connector = sqlserverConnector(double.open, undefined, settings())
    const catalog = await connector.introspect(context.signal)
    capabilities = connector.capabilities
    plans = everyPlan({ catalog, table: 'things', aggregates: capabilities.aggregates, regexp: capabilities.regexp })
    run = async ({ plan }) => {
      const before = double.received.length
      const result = await connector.execute(plan, context)
      if (result.kind === 'stream') for await (const _ of result.chunks);
      return double.received.slice(before).map(({ text }) => text)
    }
  })

  it('of introspection', () => {
    const texts = double.texts()
    expect(texts.length).toBeGreaterThanOrEqual(9)
    for (const text of texts) expect(syntaxErrors('tsql', text), text).toEqual([])
  })

  it.each(['filter', 'order', 'page', 'mask', 'related', 'count', 'group', 'insert', 'upsert', 'update', 'delete', ''])(
    '%s',
    async (kind) => {
      const kinds = ['filter', 'order', 'mask', 'related', 'group', 'insert', 'update', 'delete']
      const mine = plans.filter(({ name }) => {
        const [first = ''] = name.split(' ')
        if (kind === 'upsert') return name.includes('upsert')
        if (kind === 'page') return name.includes('page')
        return kind === '' ? !kinds.includes(first) : first === kind
      })
      expect(mine.length).toBeGreaterThan(0)
      for (const plan of mine) {
        const texts = (await run(plan)).filter((text) => text !== '')
        expect(texts.length, plan.name).toBeGreaterThan(0)
        for (const text of texts) {
          if (known.has(form(text))) continue
          known.add(form(text))
          expect(syntaxErrors('tsql', text), `${plan.name}: ${text}`).toEqual([])
        }
      }
    },
    300_000,
  )
})

it('says that there are no regular expressions', async () => {
  const views = systemViews(matrixDatabase)
  const connector = sqlserverConnector(sessionDouble(views).open, undefined, settings())
  const catalog = await connector.introspect(context.signal)
  const plan = everyPlan({ catalog, table: 'things', aggregates: [], regexp: true }).find(({ name }) =>
    name.endsWith('regexp'),
  )
  expect(plan).toBeDefined()
  const refused = plan ? await connector.execute(plan.plan, context).catch((thrown: unknown) => thrown) : undefined
  expect(refused).toBeInstanceOf(Failure)
  expect(refused).toMatchObject({ code: 'unsupported' })
})
