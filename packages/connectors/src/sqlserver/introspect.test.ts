import { Failure, type ServiceSettings } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { sqlserverConnector } from './connector.js'
import { resultsQuery, routinesQuery } from './introspect-queries.js'
import { matrixDatabase } from './testing/matrix-database.js'
import { sessionDouble } from './testing/session-double.js'
import { settings } from './testing/settings.js'
import { type Declared, systemViews } from './testing/system-views.js'

const signal = new AbortController().signal
/** Rows of the system views by hand; see system-views.ts. */
const read = async (declared: Declared, more: Partial<ServiceSettings> = {}) =>
  sqlserverConnector(sessionDouble(systemViews(declared)).open, undefined, settings(more)).introspect(signal)

const shop: Declared = {
  tables: {
    customers: {
      comment: 'who buys',
      rows: 60,
      columns: {
        id: { type: 'bigint', nullable: false, identity: true, comment: 'the number' },
        email: { type: 'nvarchar(100)', default: "(N'none')" },
        code: { type: 'varchar(20)', collation: 'Latin1_General_BIN2' },
        segment: 'nvarchar(20)',
        total: { type: 'decimal(12,2)', nullable: false, default: '((0))' },
        cash: 'money',
        doubled: { type: 'decimal(13,2)', generated: true },
        version: 'rowversion',
        note: 'nvarchar(max)',
        doc: 'nvarchar(max)',
        strict_doc: 'nvarchar(200)',
        place: 'geography',
        custom: 'dbo.Complex',
        secret: { type: 'int', hidden: true },
      },
      keys: {
        PK_customers: ['id'],
        UQ_code: ['code', 'segment'],
        some_email: { columns: ['email'], filter: '([email] IS NOT NULL)' },
        open_only: { columns: ['code'], filter: "([segment]='open')" },
        of_secret: ['secret'],
      },
      checks: {
        segments: "([segment]='it''s' OR [segment]=N'smb' OR [segment]='consumer')",
        positive: '([total]>=(0))',
        json: '(isjson([doc])>(0))',
        more_json: '(isjson([strict_doc],VALUE)=(1))',
      },
    },
    orders: {
      schema: 'sales',
      columns: { id: { type: 'int', nullable: false }, customer_id: 'bigint' },
      keys: { PK_orders: ['id'] },
      foreign: { of_customer: { columns: ['customer_id'], table: 'customers', to: ['id'] } },
    },
    totals: { kind: 'view', columns: { n: 'int' } },
    customers_history: { kind: 'history', columns: { id: 'bigint' } },
    locked: { columns: { id: 'int' }, denied: ['INSERT', 'DELETE'] },
    unreadable: { columns: { id: { type: 'int', hidden: true } } },
  },
  tableTypes: { 'dbo.Lines': { product: 'nvarchar(50)', quantity: 'int' } },
  routines: {
    add_numbers: {
      type: 'FN',
      definition: 'CREATE FUNCTION add_numbers (@a INT, @b INT = 10) RETURNS INT AS BEGIN RETURN @a + @b END',
      parameters: { '': 'int', '@a': 'int', '@b': 'int' },
    },
    customers_in: {
      type: 'IF',
      parameters: { '@wanted': 'nvarchar(20)' },
      columns: { id: 'bigint', price: 'decimal(10,2)' },
    },
    place_order: {
      type: 'P',
      comment: 'Places one order',
      parameters: {
        '@customer': 'bigint',
        '@lines': 'table dbo.Lines',
        '@total': { type: 'decimal(38,10)', output: true },
      },
    },
    report: { type: 'P', columns: { status: 'nvarchar(20)', n: 'decimal(38,2)' } },
    cursors: { type: 'P', parameters: { '@c': { type: 'int', output: true, cursor: true } } },
    of_clr: { type: 'FN', parameters: { '': 'dbo.Complex' } },
  },
}

describe('tables', () => {
  it('have their columns with types, defaults and what is known of them', async () => {
    const { tables } = await read(shop)
    const customers = tables.get('customers')
    expect(customers).toMatchObject({ kind: 'table', comment: 'who buys', rows: 60, primaryKey: ['id'] })
    expect(Object.fromEntries(customers?.columns ?? [])).toEqual({
      id: {
        name: 'id',
        type: 'bigint',
        nativeType: 'bigint',
        nullable: false,
        generated: false,
        identity: true,
        comment: 'the number',
      },
      email: expect.objectContaining({
        type: 'text',
        nativeType: 'nvarchar(100)',
        length: 100,
        default: "(N'none')",
        nullable: true,
      }),
      code: expect.objectContaining({ nativeType: 'varchar(20)', length: 20, collation: 'Latin1_General_BIN2' }),
      segment: expect.objectContaining({ type: 'text', values: ['consumer', 'smb', "it's"] }),
      total: expect.objectContaining({ type: 'decimal', precision: 12, scale: 2, nullable: false, default: '((0))' }),
      cash: expect.objectContaining({ type: 'decimal', nativeType: 'money', scale: 4 }),
      doubled: expect.objectContaining({ type: 'decimal', generated: true }),
      version: expect.objectContaining({ type: 'binary', generated: true }),
      note: expect.objectContaining({ type: 'text', nativeType: 'nvarchar(max)' }),
      doc: expect.objectContaining({ type: 'json', nativeType: 'nvarchar(max)' }),
      strict_doc: expect.objectContaining({ type: 'json', nativeType: 'nvarchar(200)' }),
      place: expect.objectContaining({ type: 'other', nativeType: 'geography' }),
    })
    expect(customers?.columns.get('note')).not.toHaveProperty('length')
  })

  it('have the keys that make values unique, and the checks that are rules', async () => {
    const customers = (await read(shop)).tables.get('customers')
    expect(customers?.uniqueKeys).toEqual([
      { name: 'UQ_code', columns: ['code', 'segment'] },
      { name: 'some_email', columns: ['email'] },
    ])
    expect(customers?.checks.map(({ name }) => name)).toEqual(['segments', 'positive'])
  })

  it('can do what the connection may, and what they are for', async () => {
    const { tables } = await read(shop)
    expect([...tables].map(([name, { can }]) => [name, ...Object.values(can).map(Number)].join(' '))).toEqual([
      'customers 1 1 1 1',
      'sales.orders 1 1 1 1',
      'totals 1 0 0 0',
      'customers_history 1 0 0 0',
      'locked 1 0 1 0',
    ])
    for (const readOnly of [await read(shop, { readOnly: true }), await read({ ...shop, readOnly: true })]) {
      expect([...readOnly.tables.values()].some(({ can }) => can.create || can.update || can.delete)).toBe(false)
      expect([...readOnly.routines.keys()]).toEqual(['add_numbers', 'customers_in'])
    }
  })

  it('are related over schemas, and named with theirs where there are several', async () => {
    const several = await read(shop, { schemas: ['dbo', 'sales'] })
    expect(several.tables.get('sales.orders')?.foreignKeys).toEqual([
      { name: 'of_customer', columns: ['customer_id'], references: 'dbo.customers', referencedColumns: ['id'] },
    ])
    expect([...(several.tables.get('dbo.customers')?.relationships.values() ?? [])]).toMatchObject([
      { kind: 'has_many', table: 'sales.orders' },
    ])
    expect([
      ...(await read(shop, { tables: { include: ['*'], exclude: ['cust*', 'sales.*'] } })).tables.keys(),
    ]).toEqual(['totals', 'locked'])
  })

  it('are asked for in the schemas of the configuration, or in that of the user', async () => {
    for (const [schemas, asked] of [
      [[], '["dbo"]'],
      [['public'], '["public"]'],
      [['sales', "it's"], '["sales","it\'s"]'],
    ] as const) {
      const double = sessionDouble(systemViews(shop))
      await sqlserverConnector(double.open, undefined, settings({ schemas })).introspect(signal)
      const values = double.received.flatMap((received) => received.values.map(({ value }) => value))
      expect(new Set(values.filter((value) => !/^\[\d/.test(String(value))))).toEqual(new Set([asked]))
    }
  })
})

describe('routines', () => {
  it('have parameters, defaults, tables and what they answer', async () => {
    const { routines } = await read(shop)
    expect([...routines.keys()]).toEqual(['add_numbers', 'customers_in', 'place_order', 'report'])
    expect(routines.get('add_numbers')).toEqual([
      {
        name: 'add_numbers',
        source: { schema: 'dbo', name: 'add_numbers' },
        kind: 'function',
        parameters: [
          { name: 'a', type: 'integer', nativeType: 'int', mode: 'in', required: true },
          { name: 'b', type: 'integer', nativeType: 'int', mode: 'in', required: false },
        ],
        returns: { kind: 'value', type: 'integer', nativeType: 'int' },
        readOnly: true,
      },
    ])
    expect(routines.get('customers_in')?.[0]?.returns).toEqual({
      kind: 'rows',
      columns: [
        { name: 'id', type: 'bigint', nativeType: 'bigint' },
        { name: 'price', type: 'decimal', nativeType: 'decimal(10,2)' },
      ],
    })
    expect(routines.get('place_order')).toMatchObject([
      {
        kind: 'procedure',
        comment: 'Places one order',
        readOnly: false,
        returns: { kind: 'unknown' },
        parameters: [
          { name: 'customer', mode: 'in', required: true },
          { name: 'lines', type: 'json', nativeType: 'table of dbo.Lines', mode: 'in' },
          { name: 'total', type: 'decimal', nativeType: 'decimal(38,10)', mode: 'inout', required: false },
        ],
      },
    ])
    expect(routines.get('report')?.[0]?.returns).toMatchObject({
      kind: 'rows',
      columns: [{ name: 'status' }, { name: 'n', type: 'decimal' }],
    })
  })

  it('are described again only where they have changed', async () => {
    const views = systemViews(shop)
    let changed = '2026-11-21T10:00:00.123'
    const double = sessionDouble((text) => {
      const answer = views(text)
      if (text !== routinesQuery.text) return answer
      // The last routine that is a procedure, with its time of change.
      return {
        sets: (answer?.sets ?? []).map(({ rows }) => ({
          rows: rows.map((row) => (row[2] === 'report' ? [...row.slice(0, 6), changed] : row)),
        })),
      }
    })
    const connector = sqlserverConnector(double.open, undefined, settings())
    const described = () =>
      double.received.filter(({ text }) => text === resultsQuery.text).map(({ values }) => values[0]?.value)
    const first = await connector.introspect(signal)
    const second = await connector.introspect(signal)
    changed = '2026-11-21T11:00:00.000'
    await connector.introspect(signal)
    expect(described()).toEqual(['[5002,5003,5004]', '[5003]'])
    expect(second.version).toBe(first.version)
  })
})

describe('the server', () => {
  it.each([
    [{ version: 14 }, 'SQL Server 2019'],
    [{ version: 16, compatibility: 120 }, 'compatibility level'],
  ])('%j is too old', async (server, hint) => {
    const failed = await read({ ...shop, ...server }).catch((thrown: unknown) => thrown)
    expect(failed).toBeInstanceOf(Failure)
    expect(failed).toMatchObject({ code: 'unsupported', hint: expect.stringContaining(hint) })
  })

  it.each([{ version: 15 }, { version: 12, edition: 5 }, { version: 12, edition: 8 }])('%j is not', async (server) => {
    expect((await read({ ...shop, ...server })).tables.size).toBe(5)
  })
})

it('every type of the matrix has a neutral type', async () => {
  const { tables } = await read(matrixDatabase)
  const types = new Map([...(tables.get('things')?.columns.values() ?? [])].map(({ name, type }) => [name, type]))
  expect([...types].filter(([, type]) => type === 'other').map(([name]) => name)).toEqual([
    'a_hierarchy',
    'a_place',
    'a_variant',
  ])
  expect(types.get('a_native_json')).toBe('json')
  expect([...(tables.get('things')?.relationships.keys() ?? [])].length).toBeGreaterThanOrEqual(4)
})
