import type { CallPlan, Column, Permitted, ServiceSettings } from '@gatehouse/core'
import { afterEach, expect, it } from 'vitest'
import { sqlserverConnector } from './connector.js'
import { dictionaryShop } from './testing/dictionary-shop.js'
import type { DictionaryViews, Said } from './testing/dictionary-views.js'
import { type Answer, sessionDouble } from './testing/session-double.js'
import { settings } from './testing/settings.js'

/** The queries run on tables that are made by hand, with the columns that SQL Server's views of these names have. */
let views: DictionaryViews
afterEach(() => views.close())

const signal = new AbortController().signal
async function read(more: Partial<ServiceSettings> = {}, said: Partial<Said> = {}) {
  views = dictionaryShop(said)
  const called: Answer = {
    sets: [{ fields: [{ name: 'gatehouse_return', type: { name: 'IntN', size: 4 } }], rows: [[0, '1.50']] }],
  }
  const double = sessionDouble((text, values) => views.answer(text, values) ?? (/EXEC/.test(text) ? called : {}))
  const connector = sqlserverConnector(double.open, undefined, settings({ schemas: ['dbo', 'sales'], ...more }))
  return { catalog: await connector.introspect(signal), connector, double }
}

const column = (name: string, type: Column['type'], nativeType: string, more: Partial<Column> = {}) => ({
  name,
  type,
  nativeType,
  nullable: false,
  generated: false,
  identity: false,
  ...more,
})
const columnsOf = (table: { readonly columns: ReadonlyMap<string, Column> } | undefined) => [
  ...(table?.columns.values() ?? []),
]

it('a table has its columns in their order, with types below alias types, defaults, comments and rights', async () => {
  const { catalog } = await read()
  expect([...catalog.tables.keys()]).toEqual(['dbo.customers', 'dbo.customers_history', 'dbo.totals', 'sales.odd]name'])
  expect(columnsOf(catalog.tables.get('dbo.customers'))).toEqual([
    column('number', 'bigint', 'bigint', { identity: true, comment: 'the number' }),
    column('country', 'text', 'nvarchar(20)', { length: 20, default: "(N'DE')" }),
    column('email', 'text', 'nvarchar(320)', { length: 320, nullable: true, collation: 'Latin1_General_CI_AS' }),
    column('status', 'text', 'nvarchar(100)', { values: ['new', 'open'] }),
    column('total', 'decimal', 'decimal(12,2)', { precision: 12, scale: 2, nullable: true }),
    column('label', 'text', 'nvarchar(100)', { length: 100, generated: true }),
    column('version', 'binary', 'timestamp', { length: 8, generated: true }),
    column('changed', 'datetime', 'datetime2(3)', { generated: true }),
    column('place', 'other', 'geography', { nullable: true }),
  ])
  expect(columnsOf(catalog.tables.get('dbo.customers_history'))).toEqual([column('number', 'bigint', 'bigint')])
  expect(columnsOf(catalog.tables.get('dbo.totals'))).toEqual([column('id', 'bigint', 'bigint', { nullable: true })])
  expect(columnsOf(catalog.tables.get('sales.odd]name'))).toEqual([
    column('id', 'integer', 'int', { default: '((0))' }),
    column('customer', 'bigint', 'bigint'),
    column('country', 'text', 'nvarchar(20)', { length: 20 }),
  ])
})

it('a table has its comment, the rows of its heap or clustered index, its keys and its checks', async () => {
  const { catalog } = await read()
  const { columns: _, relationships: __, ...customers } = catalog.tables.get('dbo.customers') ?? {}
  expect(customers).toEqual({
    name: 'dbo.customers',
    source: { schema: 'dbo', name: 'customers' },
    kind: 'table',
    comment: 'who buys',
    rows: 60,
    primaryKey: ['number'],
    uniqueKeys: [
      { name: 'country_number', columns: ['country', 'number'] },
      { name: 'some_emails', columns: ['status', 'email'] },
    ],
    foreignKeys: [],
    checks: [
      { name: 'known', expression: "([status]='open' OR [status]='new')" },
      { name: 'positive', expression: '([total]>=(0))' },
    ],
    can: { read: true, create: true, update: true, delete: true },
  })
  const { columns: ___, relationships: ____, ...odd } = catalog.tables.get('sales.odd]name') ?? {}
  expect(odd).toEqual({
    name: 'sales.odd]name',
    source: { schema: 'sales', name: 'odd]name' },
    kind: 'table',
    rows: 5,
    primaryKey: ['id'],
    uniqueKeys: [],
    foreignKeys: [
      {
        name: 'of_customer',
        columns: ['country', 'customer'],
        references: 'dbo.customers',
        referencedColumns: ['country', 'number'],
      },
    ],
    checks: [],
    can: { read: true, create: true, update: false, delete: false },
  })
  expect([...(catalog.tables.get('dbo.customers')?.relationships.values() ?? [])]).toMatchObject([
    { kind: 'has_many', table: 'sales.odd]name', foreignColumns: ['country', 'customer'] },
  ])
})

it('a view takes what its INSTEAD OF triggers take that are on, and past versions of rows take nothing', async () => {
  const { tables } = (await read()).catalog
  expect(tables.get('dbo.totals')).toMatchObject({
    kind: 'view',
    primaryKey: [],
    can: { read: true, create: true, update: false, delete: false },
  })
  expect(tables.get('dbo.customers_history')).toMatchObject({
    kind: 'table',
    can: { read: true, create: false, update: false, delete: false },
  })
})

it('routines have their parameters, what they return and the defaults of their text', async () => {
  const { catalog } = await read()
  const decimal = { type: 'decimal', nativeType: 'decimal(12,2)' }
  const bigint = { type: 'bigint', nativeType: 'bigint' }
  const parameter = (name: string, type: string, nativeType: string, more: object = {}) => ({
    name,
    type,
    nativeType,
    mode: 'in',
    required: true,
    ...more,
  })
  expect([...catalog.routines.values()].flat()).toEqual([
    {
      name: 'dbo.customers_in',
      source: { schema: 'dbo', name: 'customers_in' },
      kind: 'function',
      parameters: [parameter('country', 'text', 'nvarchar(20)')],
      returns: {
        kind: 'rows',
        columns: [
          { name: 'number', ...bigint },
          { name: 'total', ...decimal },
        ],
      },
      readOnly: true,
    },
    {
      name: 'dbo.dynamic',
      source: { schema: 'dbo', name: 'dynamic' },
      kind: 'procedure',
      parameters: [],
      returns: { kind: 'unknown' },
      readOnly: false,
    },
    {
      name: 'dbo.place_order',
      source: { schema: 'dbo', name: 'place_order' },
      kind: 'procedure',
      comment: 'Places one order',
      parameters: [
        parameter('lines', 'json', 'table of sales.Lines'),
        parameter('email', 'text', 'nvarchar(320)'),
        parameter('note', 'text', 'nvarchar(20)', { required: false }),
        parameter('price', 'decimal', 'decimal(12,2)', { mode: 'inout', required: false }),
        parameter('told', 'integer', 'int', { required: false }),
      ],
      returns: {
        kind: 'rows',
        columns: [
          { name: 'order', ...bigint },
          { name: 'total', ...decimal },
        ],
      },
      readOnly: false,
    },
    {
      name: 'sales.discount',
      source: { schema: 'sales', name: 'discount' },
      kind: 'function',
      parameters: [parameter('of', 'bigint', 'bigint')],
      returns: { kind: 'value', ...decimal },
      readOnly: true,
    },
  ])
})

it('a table type has the columns that can be given, in their order', async () => {
  const { catalog, connector, double } = await read()
  const [routine] = catalog.routines.get('dbo.place_order') ?? []
  if (!routine) throw new Error('There is no procedure')
  const values = new Map([
    ['lines', '[{"the product":"x","quantity":1}]'],
    ['email', 'a@example.com'],
  ])
  const plan: CallPlan = { kind: 'call', routine, values, limit: 10, numbers: 'number' }
  const identity = { id: 'key:1', name: 'test', roles: [], attributes: {} }
  await connector.execute(plan as Permitted<CallPlan>, { signal, requestId: 'test', identity })
  expect(double.texts().find((text) => text.includes('EXEC @result'))).toContain(
    'INSERT INTO @v0 ([the product], [quantity]) SELECT [the product], [quantity] FROM OPENJSON(@p1) WITH ([the product] nvarchar(100), [quantity] decimal(12,2));',
  )
})

it('only the schemas that are asked for are read: without any, the one of the user', async () => {
  const own = (await read({ schemas: [] }, { schema: 'sales' })).catalog
  views.close()
  expect([...own.tables.keys(), ...own.routines.keys()]).toEqual(['odd]name', 'discount'])
  const { catalog } = await read({ schemas: ['elsewhere'] })
  expect([...catalog.tables.values()].map(({ name, can }) => [name, can.update])).toEqual([['customers', true]])
})

it('the server says what it is, of its own database', async () => {
  const { catalog } = await read({}, { databaseProperties: { Updateability: 'READ_ONLY' } })
  views.close()
  expect([...catalog.tables.values()].some(({ can }) => can.create || can.update || can.delete)).toBe(false)
  expect([...catalog.routines.keys()]).toEqual(['dbo.customers_in', 'sales.discount'])
  const old = read({}, { properties: { ProductMajorVersion: '14', EngineEdition: 3 } })
  await expect(old).rejects.toMatchObject({ code: 'unsupported', hint: 'SQL Server 2019 or later is needed' })
  views.close()
  const azure = await read({}, { properties: { ProductMajorVersion: '12', EngineEdition: 5 } })
  expect(azure.catalog.tables.size).toBe(4)
})

it('a procedure is described again only when it has changed', async () => {
  const { connector, double } = await read()
  const described = () => double.texts().filter((text) => text.includes('describe_first_result_set')).length
  await connector.introspect(signal)
  expect(described()).toBe(1)
  views.change('UPDATE sys.objects SET modify_date = ? WHERE object_id = 202', '2026-11-21 10:00:00.124')
  await connector.introspect(signal)
  expect(double.received.findLast(({ text }) => text.includes('describe_first_result_set'))?.values).toMatchObject([
    { value: '[202]' },
  ])
  expect(described()).toBe(2)
})
