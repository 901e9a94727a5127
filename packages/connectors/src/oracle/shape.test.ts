import { createHash } from 'node:crypto'
import { type Connector, type DataPlan, Failure, type Filter, type Permitted, type Table } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from 'vitest'
import { oracleConnector } from './connector.js'
import { type DictionaryTables, dictionaryTables } from './testing/dictionary-tables.js'
import { type OracleMode, oracleMode } from './testing/oracle-mode.js'
import { context, equals, isDictionary, literal, page, path, project, settings } from './testing/shop.js'

const columns = [
  ['ID', 'NUMBER', 10, 0],
  ['NAME', 'VARCHAR2', 100],
  ['COUNTRY', 'VARCHAR2', 20],
  ['BALANCE', 'NUMBER', 12, 2],
] as const

const people = [
  ['Ada', 'DE', '10.50'],
  ['Ben "B"', 'FR', '20.00'],
  ['Cem\n', 'DE', null],
  ['dora@example.com', 'US', '-0.25'],
  ['50%_off\\', 'FR', '30.00'],
] as const

/** What MariaDB's ORACLE mode takes of the statements runs there, on rows that are really there. */
describe.each([2_306_000_000, 1_102_000_400])(
  'statements for server version %i, in MariaDB’s ORACLE mode',
  (version) => {
    const url = process.env.GATEHOUSE_TEST_MARIADB
    let mode: OracleMode | undefined
    let dictionary: DictionaryTables
    let connector: Connector
    let table: Table

    beforeEach((context: TestContext) => {
      if (!url) context.skip(process.env.GATEHOUSE_TEST_MARIADB_SKIPPED ?? 'there is no MariaDB server')
    })
    beforeAll(async () => {
      if (!url) return
      mode = await oracleMode(url, version)
      const { owner } = mode
      await mode.run(
        "CREATE TABLE PEOPLE (ID INT AUTO_INCREMENT PRIMARY KEY, NAME VARCHAR2(100), COUNTRY VARCHAR2(20) DEFAULT 'DE', BALANCE NUMBER(12,2))",
      )
      dictionary = dictionaryTables()
      dictionary.add('ALL_TABLES', [owner, 'PEOPLE', 5, 'NO', 'N', null, 'NO'])
      columns.forEach(([name, type, size, scale], i) => {
        const number = type === 'NUMBER'
        dictionary.add('ALL_TAB_COLS', [
          owner,
          'PEOPLE',
          name,
          type,
          number ? size : null,
          number ? (scale ?? 0) : null,
          number ? 0 : size,
          22,
          i === 0 ? 'N' : 'Y',
          'NO',
          null,
          'NO',
          i + 1,
        ])
      })
      dictionary.add('ALL_TAB_IDENTITY_COLS', [owner, 'PEOPLE', 'ID', 'BY DEFAULT'])
      dictionary.add('ALL_CONSTRAINTS', [owner, 'PEOPLE', 'PK', 'P', null, null, null, 'ENABLED', 'PK'])
      dictionary.add('ALL_CONS_COLUMNS', [owner, 'PEOPLE', 'PK', 'ID', 1])
      const made = mode
      connector = oracleConnector({ connection: 'oracle://u@h/x' }, settings, {
        async open(proxy) {
          const connection = await made.open(proxy)
          return {
            ...connection,
            async execute(text, values, options) {
              if (!isDictionary(text)) return connection.execute(text, values, options)
              const rows = [...dictionary.rows(text, values)]
              return {
                affected: 0,
                rows: { columns: [], next: async (n) => rows.splice(0, n), close: async () => undefined },
              }
            },
          }
        },
      })
      const catalog = await connector.introspect(new AbortController().signal)
      const found = catalog.tables.get('PEOPLE')
      if (!found) throw new Error('There is no table PEOPLE')
      table = found
      const rows = people.map(
        ([name, country, balance]) =>
          new Map([
            ['NAME', name],
            ['COUNTRY', country],
            ['BALANCE', balance],
          ]),
      )
      const written = await run({
        kind: 'insert',
        table: 'PEOPLE',
        rows,
        upsert: false,
        mode: 'rollback',
        returning: project('ID'),
        numbers: 'number',
        single: false,
      })
      expect(written).toEqual([1, 2, 3, 4, 5].map((ID) => ({ ID })))
    })
    afterAll(async () => {
      await mode?.close()
      dictionary?.close()
    })

    async function run(plan: DataPlan): Promise<unknown> {
      const result = await connector.execute(plan as Permitted<DataPlan>, context)
      return 'text' in result ? JSON.parse(String(result.text)) : result
    }
    const ids = async (filter: Filter, more: object = {}) =>
      ((await run(page(table, { columns: project('ID'), filter, ...more }))) as { ID: number }[]).map(({ ID }) => ID)

    test('records are those that were written', async () => {
      expect(await run(page(table))).toEqual(
        people.map(([NAME, COUNTRY, BALANCE], i) => ({
          ID: i + 1,
          NAME,
          COUNTRY,
          BALANCE: BALANCE === null ? null : Number(BALANCE),
        })),
      )
    })

    test('filters find what they mean', async () => {
      const name = path(table, 'NAME')
      const match = (op: 'like' | 'ilike' | 'contains' | 'starts_with' | 'ends_with', value: string): Filter => ({
        kind: 'match',
        path: name,
        op,
        value: literal(value),
        negated: false,
      })
      expect(await ids(match('contains', '%_'))).toEqual([5])
      expect(await ids(match('starts_with', 'ADA'))).toEqual([1])
      expect(await ids(match('ends_with', '\\'))).toEqual([5])
      expect(await ids(match('like', 'ada'))).toEqual([])
      expect(await ids(match('ilike', 'a_A'))).toEqual([1])
      expect(await ids(equals(table, 'BALANCE', '10.5'))).toEqual([1])
      expect(await ids({ kind: 'compare', path: path(table, 'BALANCE'), op: '<', value: literal('10.5') })).toEqual([4])
      expect(await ids({ kind: 'null', path: path(table, 'BALANCE'), negated: false })).toEqual([3])
      const low = literal('0')
      expect(
        await ids({ kind: 'between', path: path(table, 'BALANCE'), low, high: literal('20'), negated: false }),
      ).toEqual([1, 2])
      const values = Array.from({ length: 1200 }, (_, i) => literal(BigInt(i + 3)))
      expect(await ids({ kind: 'in', path: path(table, 'ID'), values, negated: false })).toEqual([3, 4, 5])
      expect(await ids({ kind: 'in', path: path(table, 'ID'), values, negated: true })).toEqual([1, 2])
      expect(await ids({ kind: 'not', filter: equals(table, 'COUNTRY', 'DE') })).toEqual([2, 4, 5])
    })

    test('pages follow each other, by offset and by key', async () => {
      const all: Filter = { kind: 'constant', value: true }
      expect(await ids(all, { limit: 2 })).toEqual([1, 2])
      expect(await ids(all, { limit: 2, offset: 2 })).toEqual([3, 4])
      expect(await ids(all, { limit: 2, offset: 4 })).toEqual([5])
      const order = [{ path: path(table, 'ID'), descending: true, nulls: 'first' as const }]
      expect(await ids(all, { order, limit: 2, keyset: true })).toEqual([5, 4])
      const after: Filter = { kind: 'compare', path: path(table, 'ID'), op: '<', value: literal(4n) }
      expect(await ids(all, { order, after, limit: 2, offset: 1 })).toEqual([2, 1])
    })

    test('aggregates count, sum and group', async () => {
      const result = await run({
        kind: 'aggregate',
        table: 'PEOPLE',
        groups: [{ name: 'country', column: 'COUNTRY' }],
        aggregates: [
          { name: 'all', function: 'count', distinct: false },
          { name: 'sum', function: 'sum', column: 'BALANCE', distinct: false },
          { name: 'most', function: 'max', column: 'BALANCE', distinct: false },
        ],
        having: {
          kind: 'compare',
          path: { column: 'all', keys: [], type: 'bigint' },
          op: '>',
          value: literal(1n),
        },
        order: [{ path: { column: 'all', keys: [], type: 'bigint' }, descending: true, nulls: 'first' }],
        limit: 10,
        offset: 0,
        format: 'json',
        numbers: 'number',
      })
      expect(result).toEqual(
        expect.arrayContaining([
          { country: 'DE', all: 2, sum: 10.5, most: 10.5 },
          { country: 'FR', all: 2, sum: 50, most: 30 },
        ]),
      )
    })

    test('masks hide what they should', async () => {
      const masked = (mask: 'partial' | 'last4' | 'redact' | 'hash') =>
        run(page(table, { columns: [{ name: 'n', column: 'NAME', views: [{ mask }] }] }))
      expect(await masked('partial')).toEqual([
        { n: 'A***' },
        { n: 'B***' },
        { n: 'C***' },
        { n: 'd***@example.com' },
        { n: '5***' },
      ])
      expect(await masked('last4')).toEqual(['***', '*** "B"', '***', '***.com', '***off\\'].map((n) => ({ n })))
      expect(await masked('redact')).toEqual(people.map(() => ({ n: '***' })))
      const hash = (text: string) =>
        createHash('sha256')
          .update(settings.maskKey + text)
          .digest('hex')
      expect(await masked('hash')).toEqual(people.map(([name]) => ({ n: hash(name) })))
    })

    test('what some rows show plainly and others masked is JSON', async (context) => {
      // Newer servers have a function for control characters, whose frame MariaDB cannot take off.
      if (version > 1_800_000_000) return context.skip('MariaDB has no LTRIM of two arguments')
      const german = equals(table, 'COUNTRY', 'DE')
      const french = equals(table, 'COUNTRY', 'FR')
      const views = [{ when: german }, { when: french, mask: 'redact' as const }]
      const result = await run(
        page(table, {
          columns: [{ name: 'n', column: 'NAME', views }],
        }),
      )
      expect(result).toEqual([{ n: 'Ada' }, { n: '***' }, { n: 'Cem\n' }, { n: null }, { n: '***' }])
    })

    test('records are changed and deleted by key and by filter, and undone together', async () => {
      const write = { table: 'PEOPLE', mode: 'rollback', numbers: 'number', single: false, keyColumns: ['ID'] } as const
      const german = equals(table, 'COUNTRY', 'DE')
      await run({
        ...write,
        kind: 'update',
        reset: [],
        returning: project('ID'),
        changes: [{ by: 'filter', filter: german, set: new Map([['BALANCE', '99.99']]) }],
      })
      expect(await ids(equals(table, 'BALANCE', '99.99'))).toEqual([1, 3])
      const gone = { ...write, kind: 'delete', returning: project('ID', 'NAME') } as const
      expect(await run({ ...gone, targets: { by: 'key', keys: [[5n]] } })).toEqual([{ ID: 5, NAME: '50%_off\\' }])
      await expect(run({ ...gone, targets: { by: 'key', keys: [[4n], [77n]] } })).rejects.toBeInstanceOf(Failure)
      expect(await ids({ kind: 'constant', value: true })).toEqual([1, 2, 3, 4])
    })
  },
)
