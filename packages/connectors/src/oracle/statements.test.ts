import type { AggregateFunction, DataPlan, DateBucket, Filter, Mask, Path, Scalar, Table } from '@gatehouse/core'
import { Failure } from '@gatehouse/core'
import { describe, expect, test } from 'vitest'
import { plsqlProblems } from './testing/grammar.js'
import { equals, literal, type OpenShop, openShop, page, path, project, samples } from './testing/shop.js'

/** Of each kind that differs in its SQL: with the server's JSON functions, without, and without OFFSET. */
const versions = [2_306_000_000, 1_202_000_100, 1_102_000_400]
const [newest, , oldest] = versions
/** What is written in another way for older servers. */
const olderDiffer = ['A_TEXT', 'JSON_IN_CLOB']

/** The grammar takes its time, and a busy machine takes more. */
const patience = 1_200_000

const seen = new Set<string>()

/** Every statement that the connector has sent since the last time passes the grammar, and says no value twice. */
function expectGrammatical(shop: OpenShop): void {
  const { statements } = shop.connections
  expect(statements.length).toBeGreaterThan(0)
  for (const { text, values } of statements.splice(0)) {
    const placeholders = [...text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|:(\d+)/g)].flatMap((m) => m[1] ?? [])
    expect(placeholders, text).toEqual(values.map((_, i) => String(i + 1)))
    // The grammar does not look into names, and takes one placeholder for another.
    const kind = text.replace(/"(?:[^"]|"")*"/g, '"X"').replace(/:\d+/g, ':1')
    if (seen.has(kind)) continue
    seen.add(kind)
    expect(plsqlProblems(text), text).toEqual([])
  }
}

/** Runs plans whose answers are made up, so that some fail for what was answered; what was asked is what counts. */
async function send(shop: OpenShop, ...plans: readonly DataPlan[]): Promise<void> {
  for (const plan of plans) {
    try {
      const result = await shop.run(plan)
      if (result.kind === 'stream') for await (const chunk of result.chunks) expect(chunk.length).toBeGreaterThan(0)
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Failure)
      expect((thrown as Failure).code, String((thrown as Failure).cause)).not.toBe('internal')
    }
  }
}

/** Every operator on a column. */
function conditionsOn(table: Table, column: string): Filter[] {
  const p = path(table, column)
  const value = literal(samples[p.type])
  const text = literal('50%_')
  const clocks = p.type === 'date' || p.type.startsWith('datetime')
  return [
    ...(['=', '!=', '<', '<=', '>', '>='] as const).map((op): Filter => ({ kind: 'compare', path: p, op, value })),
    { kind: 'in', path: p, values: [value, value, value], negated: false },
    { kind: 'in', path: p, values: [value], negated: true },
    { kind: 'between', path: p, low: value, high: value, negated: true },
    { kind: 'null', path: p, negated: false },
    ...(['like', 'ilike', 'contains', 'starts_with', 'ends_with', 'regexp'] as const).map(
      (op): Filter => ({ kind: 'match', path: p, op, value: text, negated: op === 'like' }),
    ),
    ...(clocks
      ? (['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const).map(
          (unit): Filter => ({
            kind: 'compare',
            path: p,
            op: '<',
            value: { kind: 'clock', base: unit === 'day' ? 'today' : 'now', offset: { amount: -3, unit } },
          }),
        )
      : []),
  ]
}

const insidePaths = (table: Table, column: string): Filter[] => {
  const at = (type: 'text' | 'decimal' | 'boolean' | 'float' | 'integer') => ({
    ...path(table, column),
    keys: ['si"ze', "it's", 0],
    type,
  })
  return [
    { kind: 'compare', path: at('text'), op: '=', value: literal('cm') },
    { kind: 'compare', path: at('decimal'), op: '>', value: literal('14.5') },
    { kind: 'compare', path: at('float'), op: '>', value: literal(14.5) },
    { kind: 'compare', path: at('integer'), op: '>', value: literal(14) },
    { kind: 'compare', path: at('boolean'), op: '=', value: literal(true) },
    { kind: 'null', path: at('text'), negated: false },
    { kind: 'match', path: at('text'), op: 'contains', value: literal('c'), negated: false },
  ]
}

const masks: readonly Mask[] = ['null', 'redact', 'hash', 'partial', 'last4']

describe.each(versions)('statements for server version %i', (serverVersion) => {
  const open = () => openShop({ serverVersion, config: { types: { raw16: 'uuid' } } })
  const columnsOf = (table: Table) => {
    if (serverVersion === newest) return [...table.columns.keys()]
    // Only the page differs between these two.
    return serverVersion === oldest ? olderDiffer.slice(0, 1) : olderDiffer
  }

  test('of the dictionary', async () => {
    expectGrammatical(await open())
  })

  test(
    'filter by every operator on every type',
    async () => {
      const shop = await open()
      shop.connections.statements.length = 0
      const table = shop.table('EVERY_TYPE')
      // One by one: a long condition takes the grammar longer than all of its parts.
      const conditions = columnsOf(table).flatMap((column) => conditionsOn(table, column))
      const inside = ['A_JSON', 'JSON_IN_CLOB'].flatMap((column) => insidePaths(table, column))
      for (const filter of [...conditions, ...inside]) await send(shop, page(table, { columns: [], order: [], filter }))
      expectGrammatical(shop)
    },
    patience,
  )

  test(
    'page in every way',
    async () => {
      const shop = await open()
      shop.connections.statements.length = 0
      const table = shop.table('EVERY_TYPE')
      const orders = (['first', 'last'] as const).flatMap((nulls) =>
        [true, false].map((descending) => ({ descending, nulls })),
      )
      const columns = [...table.columns.keys()]
      const order = columns.map((column, i) => ({
        path: path(table, column),
        ...(orders[i % orders.length] ?? { descending: false, nulls: 'last' as const }),
      }))
      const last = equals(table, 'ID', 7n)
      if (serverVersion === newest) {
        for (const term of order) await send(shop, page(table, { columns: [], order: [term], keyset: true }))
      }
      await send(
        shop,
        page(table),
        page(table, { offset: 20 }),
        page(table, { columns: project('ID'), order: order.slice(0, 4), keyset: true, after: last, offset: 5 }),
        page(table, { columns: project('ID'), order: [], stream: true, limit: Number.MAX_SAFE_INTEGER }),
        page(table, { columns: [], count: 'exact' }),
        page(table, { columns: project('ID'), count: 'only', filter: last, policy: last }),
        page(table, { columns: project('ID'), count: 'estimated' }),
        page(table, { columns: project('ID'), shape: 'one', limit: 1, filter: last, etag: true }),
        page(table, { columns: project('ID'), dryRun: true, filter: last }),
        page(shop.table('Odd `Näme` of\ta table')),
        page(shop.table('CUSTOMER_TOTALS')),
      )
      expectGrammatical(shop)
    },
    patience,
  )

  test(
    'aggregate every type by every function and bucket',
    async () => {
      const shop = await open()
      shop.connections.statements.length = 0
      const table = shop.table('EVERY_TYPE')
      const functions: readonly AggregateFunction[] = ['count', 'sum', 'avg', 'min', 'max', 'stddev', 'median']
      const numbers = ['integer', 'bigint', 'decimal', 'float']
      const terms = [...table.columns.values()].flatMap((column) =>
        functions
          .filter((fn) => ['count', 'min', 'max'].includes(fn) || numbers.includes(column.type))
          .map((fn) => ({
            name: `${fn} of ${column.name}`,
            function: fn,
            column: column.name,
            distinct: fn === 'count',
          })),
      )
      const buckets: readonly DateBucket[] = ['year', 'quarter', 'month', 'week', 'day', 'hour']
      const moments = ['A_DATE', 'A_TIMESTAMP', 'A_ZONED', 'A_LOCAL']
      const groups = moments.flatMap((column) =>
        buckets.map((bucket) => ({ name: `${bucket} of ${column}`, column, bucket })),
      )
      const aggregate = {
        kind: 'aggregate',
        table: table.name,
        limit: 10,
        offset: 5,
        format: 'json',
        numbers: 'number',
        order: [{ path: { column: 'all', keys: [], type: 'bigint' }, descending: true, nulls: 'first' }],
      } as const
      const all = { name: 'all', function: 'count', distinct: false } as const
      const atLeast = (column: string, type: Path['type'], value: Scalar): Filter => ({
        kind: 'compare',
        path: { column, keys: [], type },
        op: '>=',
        value: literal(value),
      })
      const own = equals(table, 'ID', 7n)
      const ordered = { ...aggregate, filter: own, policy: own, having: atLeast('all', 'bigint', 2n) }
      for (const group of groups) await send(shop, { ...ordered, groups: [group], aggregates: [all] })
      for (const term of terms) await send(shop, { ...aggregate, groups: [], aggregates: [term], order: [] })
      await send(shop, {
        ...ordered,
        groups: [{ name: 'n', column: 'A_NUMBER' }],
        aggregates: [all, ...terms.slice(0, 2)],
        having: atLeast('n', 'decimal', '1.5'),
      })
      expectGrammatical(shop)
    },
    patience,
  )

  test(
    'mask every type in every way, for all rows and for some',
    async () => {
      const shop = await open()
      shop.connections.statements.length = 0
      const table = shop.table('EVERY_TYPE')
      for (const column of columnsOf(table)) {
        const own = equals(table, 'ID', 7n)
        const views = [...masks.map((mask) => [{ mask }]), [{ when: own }, { when: own, mask: 'hash' as const }]]
        for (const view of views) {
          await send(shop, page(table, { columns: [{ name: column, column, views: view }], order: [] }))
        }
      }
      expectGrammatical(shop)
    },
    patience,
  )

  test(
    'read related records of each kind, nested, of every type',
    async () => {
      const shop = await open()
      shop.connections.statements.length = 0
      const customers = shop.table('CUSTOMERS')
      const orders = shop.table('ORDERS')
      const items = shop.table('ORDER_ITEMS')
      const tags = shop.table('TAGS')
      const own = equals(orders, 'STATUS', 'open')
      const related = (relationship: string, table: Table, more: object = {}) => ({
        relationship,
        table: table.name,
        columns: project(...[...table.columns.keys()].slice(0, 2)),
        order: [{ path: path(table, [...table.columns.keys()][0] ?? ''), descending: true, nulls: 'last' as const }],
        limit: 3,
        related: [],
        ...more,
      })
      const nested = related('ORDERS_by_CUSTOMER_ID', orders, {
        filter: own,
        policy: own,
        columns: [
          ...project('ID', 'NOTE'),
          { name: 'status', column: 'STATUS', views: [{ when: own }, { mask: 'hash' }] },
        ],
        related: [related('ORDER_ITEMS_by_ORDER_ID', items), related('CUSTOMERS_by_CUSTOMER_ID', customers)],
      })
      const whole = shop.table('EVERY_TYPE')
      const chain = page(customers, {
        related: [
          nested,
          related('TAGS_by_CUSTOMER_TAGS', tags, {
            junctionPolicy: equals(shop.table('CUSTOMER_TAGS'), 'TAG_ID', 1n),
            policy: equals(tags, 'LABEL', 'vip'),
          }),
        ],
        filter: {
          kind: 'and',
          filters: [
            {
              kind: 'related',
              relationship: 'ORDERS_by_CUSTOMER_ID',
              policy: own,
              filter: {
                kind: 'related',
                relationship: 'ORDER_ITEMS_by_ORDER_ID',
                filter: equals(items, 'QUANTITY', 5),
              },
            },
            {
              kind: 'not',
              filter: {
                kind: 'related',
                relationship: 'TAGS_by_CUSTOMER_TAGS',
                filter: equals(tags, 'LABEL', 'vip'),
                junctionPolicy: equals(shop.table('CUSTOMER_TAGS'), 'TAG_ID', 1n),
              },
            },
          ],
        },
      })
      // Deep trees take the grammar long, and only their leaves differ.
      if (serverVersion === newest) await send(shop, chain)
      await send(
        shop,
        page(shop.table('EMPLOYEES'), {
          related: [
            related('EMPLOYEES_by_MANAGER_ID', shop.table('EMPLOYEES'), {
              related: [related('EMPLOYEES_by_MANAGER_ID_2', shop.table('EMPLOYEES'))],
            }),
          ],
          numbers: 'string',
        }),
      )
      // A view that is shown to some callers only makes JSON of each type.
      for (const column of columnsOf(whole)) {
        const views = [{ when: equals(whole, 'ID', 1n) }]
        await send(shop, page(whole, { columns: [{ name: column, column, views }], order: [], numbers: 'string' }))
      }
      expectGrammatical(shop)
    },
    patience,
  )

  test(
    'write in every way',
    async () => {
      const shop = await open()
      shop.connections.statements.length = 0
      const writing = { mode: 'rollback', numbers: 'number', single: false, returning: project('ID') } as const
      for (const name of [
        'CUSTOMERS',
        'EVERY_TYPE',
        'Odd `Näme` of\ta table',
        'JOURNAL',
        'CUSTOMER_TAGS',
        'ORDER_ITEMS',
      ]) {
        const table = shop.table(name)
        const columns = [...table.columns.values()].filter((column) => !column.generated)
        const row = new Map(columns.map((column) => [column.name, samples[column.type]]))
        const some = new Map([...row].filter(([column]) => !table.columns.get(column)?.identity))
        const key = table.primaryKey.map((column) => samples[path(table, column).type])
        const plain = project(...(table.primaryKey.length > 0 ? table.primaryKey : ['HAPPENED']))
        const all = project(...table.columns.keys())
        const policy = { kind: 'null', path: path(table, columns[1]?.name ?? ''), negated: true } as const
        const insert = {
          ...writing,
          kind: 'insert',
          table: name,
          rows: [some],
          upsert: false,
          returning: plain,
        } as const
        await send(
          shop,
          insert,
          { ...insert, returning: [], mode: 'stop' },
          { ...insert, returning: all, mode: 'continue' },
          { ...insert, rows: [some, some, new Map()] },
          { ...insert, check: policy },
          { ...insert, maxAffected: 0 },
          { ...insert, dryRun: true },
          { ...insert, rows: [row, some], upsert: true },
          { ...insert, rows: [row], upsert: true, policy, check: policy, returning: all },
          {
            ...insert,
            rows: [new Map([...row].filter(([column]) => table.primaryKey.includes(column)))],
            upsert: true,
          },
        )
        if (table.primaryKey.length === 0) continue
        const update = {
          ...writing,
          kind: 'update',
          table: name,
          keyColumns: table.primaryKey,
          changes: [{ by: 'key', key, set: some }],
          reset: [],
          returning: plain,
        } as const
        await send(
          shop,
          update,
          { ...update, returning: all },
          { ...update, policy, check: policy },
          { ...update, changes: [{ by: 'filter', filter: policy, set: some }] },
          {
            ...update,
            changes: [
              { by: 'filter', set: some },
              { by: 'key', key, set: some },
            ],
            mode: 'continue',
          },
          // PUT: what is not said goes back to its default.
          { ...update, changes: [{ by: 'key', key, set: new Map() }], reset: [...some.keys()] },
          { ...update, changes: [{ by: 'key', key, set: new Map() }] },
          { ...update, precondition: { etag: 'x', columns: all } },
          { ...update, dryRun: true, maxAffected: 3 },
        )
        const remove = {
          ...writing,
          kind: 'delete',
          table: name,
          keyColumns: table.primaryKey,
          returning: plain,
        } as const
        await send(
          shop,
          { ...remove, targets: { by: 'key', keys: [key] } },
          { ...remove, targets: { by: 'key', keys: [key, key] }, mode: 'stop', returning: all },
          { ...remove, targets: { by: 'filter', filter: policy }, policy },
          { ...remove, targets: { by: 'filter' }, dryRun: true },
          { ...remove, targets: { by: 'key', keys: [key] }, precondition: { etag: '*', columns: all } },
        )
      }
      expectGrammatical(shop)
    },
    patience,
  )

  test(
    'list more than a thousand values',
    async (context) => {
      if (serverVersion !== newest) return context.skip('Lists are the same for all versions')
      const shop = await open()
      shop.connections.statements.length = 0
      const table = shop.table('CUSTOMERS')
      const values = Array.from({ length: 1001 }, (_, i) => literal(BigInt(i)))
      for (const negated of [true, false]) {
        await send(
          shop,
          page(table, {
            columns: project('ID'),
            filter: { kind: 'in', path: path(table, 'ID'), values, negated },
          }),
        )
      }
      for (const { text } of shop.connections.statements.splice(0)) {
        expect(text).toMatch(/ IN \(.* (OR|AND) "t0"."ID" (NOT )?IN \(/)
        for (const list of text.matchAll(/IN \(([^()]*(?:\([^()]*\)[^()]*)*)\)/g)) {
          expect([...(list[1] ?? '').matchAll(/:\d+/g)].length).toBeLessThanOrEqual(1000)
        }
      }
      await send(
        shop,
        page(table, { filter: { kind: 'in', path: path(table, 'ID'), values: values.slice(0, 3), negated: true } }),
      )
      expectGrammatical(shop)
    },
    patience,
  )

  test(
    'call routines of every kind',
    async () => {
      const shop = await open()
      shop.connections.statements.length = 0
      for (const overloads of shop.catalog.routines.values()) {
        for (const routine of overloads) {
          const given = routine.parameters.filter((parameter) => parameter.mode !== 'out')
          const values = new Map(given.map((parameter) => [parameter.name, samples[parameter.type]]))
          const call = { kind: 'call', routine, values, limit: 10, numbers: 'number' } as const
          await send(shop, call, { ...call, values: new Map() })
        }
      }
      expectGrammatical(shop)
    },
    patience,
  )
})

describe('the check itself', () => {
  test.each([
    'SELECT "A" FROM "T" LIMIT 5',
    'SELECT "A" FROM "T" WHERE',
    'SELECT "A", FROM "T"',
    'SELECT COALESCE("A", TO_CLOB(\'[]\') FROM "T"',
    'UPDATE "T" SET "A" = :1 WHERE "B" = = :2',
    'INSERT INTO "T" ("A") VALUES (:1) RETURNING "A" INTO',
    'MERGE INTO "T" USING DUAL ON "A" = :1 WHEN MATCHED THEN',
    'BEGIN "S"."P"("A" => :1) END;',
    'SELECT JSON_ARRAYAGG("r"."o" FORMAT JSON ORDER BY RETURNING CLOB) FROM "T"',
  ])('fails for %s', (text) => {
    expect(plsqlProblems(text)).not.toEqual([])
  })
})
