import fc from 'fast-check'
import { columnNames, maybe } from './callers.js'
import type { Condition } from './condition.js'
import type { Surface } from './oracle.js'
import { links, mark, markNumber, type TableName, tableNames, tables, territories } from './world.js'

interface Common {
  readonly surface: Surface
  readonly table: TableName
}
/** Something that a client may send: with every part that it could try to widen its sight by. */
export type Question = Common &
  (
    | {
        readonly ask: 'list'
        readonly filter?: Condition | undefined
        readonly fields?: readonly string[] | undefined
        readonly order?: readonly { readonly column: string; readonly down: boolean }[] | undefined
        readonly limit?: number | undefined
        readonly offset?: number | undefined
        readonly ids?: readonly number[] | undefined
        readonly related?: readonly string[] | undefined
        readonly within?: { readonly link: string; readonly filter: Condition } | undefined
        readonly count?: string | undefined
        readonly countOnly?: boolean | undefined
        readonly format?: string | undefined
        readonly schema?: boolean | undefined
        readonly dryRun?: boolean | undefined
      }
    | { readonly ask: 'pages'; readonly filter?: Condition | undefined; readonly by: string; readonly size: number }
    | { readonly ask: 'cursor'; readonly by: string; readonly value: string | number }
    | {
        readonly ask: 'one'
        readonly id: string
        readonly idField?: string | undefined
        readonly related?: string | undefined
      }
    | { readonly ask: 'by_field'; readonly column: string; readonly values: readonly (string | number)[] }
    | {
        readonly ask: 'aggregate'
        readonly filter?: Condition | undefined
        readonly fn: 'count' | 'sum' | 'min' | 'max' | 'avg'
        readonly column?: string | undefined
        readonly group?: string | undefined
        readonly having?: number | undefined
        readonly compatible: boolean
      }
    | {
        readonly ask: 'update'
        readonly by: 'filter' | 'ids' | 'records' | 'force' | 'path'
        readonly filter: Condition
        readonly ids: readonly number[]
        readonly set: Readonly<Record<string, number | string | null>>
        readonly put: boolean
        readonly dryRun?: boolean | undefined
        readonly fields?: string | undefined
        readonly idField?: string | undefined
      }
    | {
        readonly ask: 'delete'
        readonly by: 'filter' | 'ids' | 'records' | 'force' | 'path'
        readonly filter: Condition
        readonly ids: readonly number[]
        readonly dryRun?: boolean | undefined
        readonly fields?: string | undefined
        readonly idField?: string | undefined
      }
    | {
        readonly ask: 'create'
        readonly records: readonly Readonly<Record<string, number | string | null>>[]
        readonly upsert: boolean
        readonly mode?: 'continue' | 'rollback' | undefined
        readonly dryRun?: boolean | undefined
        readonly fields?: string | undefined
      }
    | { readonly ask: 'describe'; readonly what: number }
  )

/** A value that a client could guess: of a cell that is there, near it, or not. */
function guess(table: TableName, column: string): fc.Arbitrary<number | string> {
  const holds = tables[table].columns[column]?.holds
  const id = fc.integer({ min: 1, max: table === 'visits' ? 36 : table === 'badges' ? 5 : 18 })
  switch (holds) {
    case 'key':
    case 'link':
      return fc.integer({ min: 0, max: 40 })
    case 'small':
      return fc.integer({ min: 0, max: 6 })
    case 'group':
      return fc.constantFrom(...territories)
    case 'mark_number':
      return id.map((n) => markNumber(table === 'visits' ? n + 1000 : n))
    default:
      return id.map((n) => mark(table, n, column))
  }
}

function test(table: TableName, column: string): fc.Arbitrary<Condition> {
  const holds = tables[table].columns[column]?.holds
  const value = guess(table, column)
  const negated = fc.boolean()
  const text = holds === 'mark' || holds === 'group'
  const choices: fc.Arbitrary<Condition>[] = [
    fc.record({
      is: fc.constant('compare' as const),
      column: fc.constant(column),
      // How texts are ordered is the database's own affair.
      op: text ? fc.constantFrom('=', '!=') : fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
      value: value.map((literal) => ({ literal })),
    }),
    fc.record({
      is: fc.constant('in' as const),
      column: fc.constant(column),
      values: fc.array(
        value.map((literal) => ({ literal })),
        { minLength: 1, maxLength: 4 },
      ),
      negated,
    }),
    fc.record({ is: fc.constant('null' as const), column: fc.constant(column), negated }),
  ]
  if (!text) {
    const whole = value.map((v) => (typeof v === 'number' ? v : 0))
    choices.push(
      fc.record({ is: fc.constant('between' as const), column: fc.constant(column), low: whole, high: whole, negated }),
    )
  } else {
    choices.push(
      fc.record({
        is: fc.constant('match' as const),
        column: fc.constant(column),
        op: fc.constantFrom('contains', 'starts with', 'ends with'),
        text: value.chain((v) =>
          fc
            .tuple(fc.nat(6), fc.integer({ min: 1, max: 12 }))
            .map(([from, size]) => String(v).slice(from, from + size)),
        ),
        negated,
      }),
    )
  }
  return fc.oneof(...choices)
}

function condition(table: TableName, depth = 2): fc.Arbitrary<Condition> {
  const leaf = fc.constantFrom(...columnNames(table)).chain((column) => test(table, column))
  if (depth === 0) return leaf
  const inner = fc.array(condition(table, depth - 1), { minLength: 1 })
  const related = fc
    .constantFrom(...Object.entries(links[table]))
    .chain(([link, { table: other }]) =>
      relatedTest(other, depth - 1).map((part): Condition => ({ is: 'related', link, part })),
    )
  return fc.oneof(
    { arbitrary: leaf, weight: 9 },
    { arbitrary: inner.map((parts): Condition => ({ is: 'and', parts })), weight: 1 },
    { arbitrary: inner.map((parts): Condition => ({ is: 'or', parts })), weight: 2 },
    { arbitrary: condition(table, depth - 1).map((part): Condition => ({ is: 'not', part })), weight: 1 },
    { arbitrary: related, weight: 2 },
  )
}

/** Behind a relationship there is one test, or another relationship. */
function relatedTest(table: TableName, depth: number): fc.Arbitrary<Condition> {
  const leaf = fc.constantFrom(...columnNames(table)).chain((column) => test(table, column))
  if (depth === 0) return leaf
  const further = fc
    .constantFrom(...Object.entries(links[table]))
    .chain(([link, { table: other }]) =>
      relatedTest(other, 0).map((part): Condition => ({ is: 'related', link, part })),
    )
  return fc.oneof({ arbitrary: leaf, weight: 4 }, { arbitrary: further, weight: 1 })
}

function change(table: TableName): fc.Arbitrary<Readonly<Record<string, number | string | null>>> {
  return fc
    .subarray(
      [...columnNames(table)].filter((column) => !tables[table].key.includes(column)),
      { minLength: 1 },
    )
    .chain((columns) =>
      fc.tuple(...columns.map((column) => value(table, column))).map((values) => pair(columns, values)),
    )
}

/** A value to write: new texts carry no mark, so that what is written is not mistaken for what was there. */
function value(table: TableName, column: string): fc.Arbitrary<number | string | null> {
  switch (tables[table].columns[column]?.holds) {
    case 'group':
      return fc.constantFrom(...territories, null)
    case 'mark':
      return fc.constantFrom('written one', 'written two', null)
    case 'mark_number':
      return fc.integer({ min: 10, max: 99 })
    case 'small':
      return fc.option(fc.integer({ min: 0, max: 6 }), { freq: 6 })
    default:
      return fc.integer({ min: 1, max: 18 })
  }
}

function pair(columns: readonly string[], values: readonly (number | string | null)[]) {
  return Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null]))
}

function fresh(table: TableName): fc.Arbitrary<Readonly<Record<string, number | string | null>>> {
  const key = tables[table].key
  const keys =
    table === 'wearing'
      ? fc.tuple(fc.integer({ min: 1, max: 18 }), fc.integer({ min: 1, max: 5 }))
      : fc.tuple(fc.oneof(fc.integer({ min: 500, max: 600 }), fc.integer({ min: 1, max: 36 })))
  const needed = table === 'visits' ? fc.integer({ min: 1, max: 18 }).map((id) => ({ person_id: id })) : fc.constant({})
  return fc.tuple(keys, needed, fc.oneof(change(table), fc.constant({}))).map(([ids, must, rest]) => ({
    ...must,
    ...rest,
    ...pair(key, ids),
  }))
}

function questionOf(surface: Surface, table: TableName): fc.Arbitrary<Question> {
  const columns = columnNames(table)
  const common = { surface: fc.constant(surface), table: fc.constant(table) }
  const column = fc.constantFrom(...columns)
  const names = Object.keys(links[table])
  const filter = condition(table)
  const returned = maybe(35, fc.constantFrom('*', ...columns))
  const ids = fc.array(fc.integer({ min: 1, max: table === 'badges' ? 6 : 20 }), { minLength: 1, maxLength: 4 })
  const by = fc.constantFrom<'filter' | 'ids' | 'records' | 'force' | 'path'>(
    'filter',
    'ids',
    'ids',
    'records',
    'force',
    'path',
  )
  const related = fc.constantFrom(...names).chain((first) => {
    const next = Object.keys(links[links[table][first]?.table ?? table])
    return fc.oneof(
      fc.constant(first),
      fc.constantFrom(...next).map((second) => `${first}.${second}`),
      fc.constant('*'),
    )
  })
  return fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        ...common,
        ask: fc.constant('list' as const),
        filter: maybe(70, filter),
        fields: maybe(30, fc.subarray([...columns], { minLength: 1 })),
        order: maybe(
          35,
          fc.uniqueArray(fc.record({ column, down: fc.boolean() }), {
            minLength: 1,
            maxLength: 2,
            selector: (t) => t.column,
          }),
        ),
        limit: maybe(25, fc.integer({ min: 0, max: 10 })),
        offset: maybe(15, fc.integer({ min: 0, max: 10 })),
        ids: maybe(15, ids),
        related: maybe(35, fc.tuple(related)),
        within: maybe(
          20,
          fc
            .constantFrom(...Object.entries(links[table]))
            .chain(([link, { table: other }]) => condition(other, 1).map((inner) => ({ link, filter: inner }))),
        ),
        count: maybe(30, fc.constantFrom('true', 'exact', 'estimated')),
        countOnly: maybe(10, fc.constant(true)),
        format: maybe(20, fc.constantFrom('json', 'table', 'csv', 'ndjson')),
        schema: maybe(10, fc.constant(true)),
        dryRun: maybe(5, fc.constant(true)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        ...common,
        ask: fc.constant('pages' as const),
        filter: maybe(40, filter),
        by: column,
        size: fc.integer({ min: 1, max: 7 }),
      }),
    },
    {
      weight: 2,
      arbitrary: column.chain((name) =>
        fc.record({ ...common, ask: fc.constant('cursor' as const), by: fc.constant(name), value: guess(table, name) }),
      ),
    },
    {
      weight: 2,
      arbitrary: column.chain((name) =>
        fc.record({
          ...common,
          ask: fc.constant('one' as const),
          id: fc.oneof(fc.integer({ min: 1, max: 20 }).map(String), guess(table, name).map(String)),
          idField: maybe(50, fc.constant(name)),
          related: maybe(30, related),
        }),
      ),
    },
    {
      weight: 2,
      arbitrary: column.chain((name) =>
        fc.record({
          ...common,
          ask: fc.constant('by_field' as const),
          column: fc.constant(name),
          values: fc.array(guess(table, name), { minLength: 1, maxLength: 3 }),
        }),
      ),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        ...common,
        ask: fc.constant('aggregate' as const),
        filter: maybe(50, filter),
        fn: fc.constantFrom('count', 'sum', 'min', 'max', 'avg'),
        column: maybe(75, column),
        group: maybe(50, column),
        having: maybe(25, fc.integer({ min: 0, max: 5 })),
        compatible: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        ...common,
        ask: fc.constant('update' as const),
        by,
        filter,
        ids,
        set: change(table),
        put: maybe(30, fc.constant(true)).map((put) => put === true),
        dryRun: maybe(15, fc.constant(true)),
        fields: returned,
        idField: maybe(5, column),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        ...common,
        ask: fc.constant('delete' as const),
        by,
        filter,
        ids,
        dryRun: maybe(15, fc.constant(true)),
        fields: returned,
        idField: maybe(5, column),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        ...common,
        ask: fc.constant('create' as const),
        records: fc.array(fresh(table), { minLength: 1, maxLength: 3 }),
        upsert: fc.boolean(),
        mode: maybe(40, fc.constantFrom('continue', 'rollback')),
        dryRun: maybe(15, fc.constant(true)),
        fields: returned,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ ...common, ask: fc.constant('describe' as const), what: fc.nat(6) }),
    },
  ) as fc.Arbitrary<Question>
}

export const question: fc.Arbitrary<Question> = fc
  .tuple(fc.constantFrom<Surface>('rest', 'mcp'), fc.constantFrom(...tableNames))
  .chain(([surface, table]) => questionOf(surface, table))
