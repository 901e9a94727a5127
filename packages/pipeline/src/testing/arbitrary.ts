import type { Filter, Grant, Mask, OrderTerm, Path, Projection, RelatedPlan, Scalar, Verb } from '@gatehouse/core'
import fc from 'fast-check'
import type { Row, Rows } from './evaluate.js'
import { tableOf } from './shop.js'
import type { Grants } from './view.js'

const policies: Readonly<Record<string, readonly string[]>> = {
  customers: [
    'region = {user.region}',
    'region in ({user.regions})',
    "not (region = 'south') or score < 2",
    'score >= {user.level}',
    'orders_by_customer_id.total > 5',
    'email is not null',
    "ssn != 'a'",
    'region in ({user.none})',
  ],
  orders: ["status = 'a'", 'total > 5', 'customers_by_customer_id.region = {user.region}', 'note is null'],
  tags: ["label != 'a'", 'id > 1', 'orders_by_order_tags.total between 2 and 8'],
  order_tags: ['tag_id < 3', 'order_id > 1'],
}
export const tableNames = Object.keys(policies)

const texts = ['a', 'b', 'north', 'south']
const masks: readonly Mask[] = ['null', 'redact', 'hash', 'partial', 'last4']
const verbs: readonly Verb[] = ['read', 'create', 'update', 'delete']

export function columnNames(table: string): string[] {
  return [...tableOf(table).columns.keys()]
}

function pathTo(table: string, column: string): Path {
  return { column, keys: [], type: tableOf(table).columns.get(column)?.type ?? 'text' }
}

/** There in so many of a hundred cases. */
export function maybe<T>(percent: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: value, weight: percent }, { arbitrary: fc.constant(undefined), weight: 100 - percent })
}

function arbitraryGrant(table: string): fc.Arbitrary<Grant> {
  const names = columnNames(table)
  return fc
    .record({
      verbs: fc.oneof(fc.constant([...verbs]), fc.subarray([...verbs], { minLength: 1 })),
      allow: maybe(15, fc.subarray(names, { minLength: 1 })),
      deny: maybe(40, fc.subarray(names, { minLength: 1, maxLength: 2 })),
      masked: maybe(40, fc.subarray(names, { minLength: 1, maxLength: 2 })),
      mask: fc.constantFrom(...masks),
      rows: maybe(50, fc.constantFrom(...(policies[table] ?? []))),
      maxRows: maybe(20, fc.integer({ min: 1, max: 50 })),
    })
    .map(({ verbs, allow, deny, masked, mask, rows, maxRows }) => ({
      role: 'tester',
      verbs: new Set(verbs),
      mask: new Map((masked ?? []).map((name) => [name, mask] as const)),
      ...(allow && { allow: new Set(allow) }),
      ...(deny && { deny: new Set(deny) }),
      ...(rows !== undefined && { rows }),
      ...(maxRows !== undefined && { maxRows }),
    }))
}

/** Up to three grants on each table, so that unions, hidden columns, masks and policies meet in all ways. */
export const arbitraryGrants: fc.Arbitrary<Grants> = fc
  .tuple(...tableNames.map((table) => fc.array(arbitraryGrant(table), { minLength: 0, maxLength: 3, size: 'max' })))
  .map((grants) => Object.fromEntries(grants.map((some, i) => [`_table/${tableNames[i]}`, some])))

function arbitraryValue(table: string, column: string): fc.Arbitrary<Scalar> {
  return tableOf(table).columns.get(column)?.type === 'integer'
    ? fc.integer({ min: 0, max: 9 })
    : fc.constantFrom(...texts)
}

/** A filter of any shape over all columns and relationships of the whole catalog, hidden from the caller or not. */
export function arbitraryFilter(table: string, depth = 2): fc.Arbitrary<Filter> {
  const leaf = fc.constantFrom(...columnNames(table)).chain((column) => arbitraryTest(table, column))
  if (depth === 0) return leaf
  const inner = fc.array(arbitraryFilter(table, depth - 1), { minLength: 1, maxLength: 3 })
  const relationships = [...tableOf(table).relationships.values()]
  const related = fc
    .constantFrom(...relationships)
    .chain(({ name, table: other }) =>
      arbitraryFilter(other, depth - 1).map((filter): Filter => ({ kind: 'related', relationship: name, filter })),
    )
  return fc.oneof(
    { arbitrary: leaf, weight: 4 },
    { arbitrary: inner.map((filters): Filter => ({ kind: 'and', filters })), weight: 1 },
    { arbitrary: inner.map((filters): Filter => ({ kind: 'or', filters })), weight: 1 },
    { arbitrary: arbitraryFilter(table, depth - 1).map((filter): Filter => ({ kind: 'not', filter })), weight: 1 },
    { arbitrary: related, weight: 2 },
  )
}

function arbitraryTest(table: string, column: string): fc.Arbitrary<Filter> {
  const path = pathTo(table, column)
  const value = arbitraryValue(table, column).map((scalar) => ({ kind: 'literal', value: scalar }) as const)
  const op = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
  const negated = fc.boolean()
  const matches: readonly fc.Arbitrary<Filter>[] =
    path.type === 'text'
      ? [
          fc.record({
            kind: fc.constant('match' as const),
            path: fc.constant(path),
            op: fc.constant('contains' as const),
            value,
            negated,
          }),
        ]
      : []
  return fc.oneof(
    fc.record({ kind: fc.constant('compare' as const), path: fc.constant(path), op, value }),
    fc.record({
      kind: fc.constant('in' as const),
      path: fc.constant(path),
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
      negated,
    }),
    fc.record({ kind: fc.constant('between' as const), path: fc.constant(path), low: value, high: value, negated }),
    fc.record({ kind: fc.constant('null' as const), path: fc.constant(path), negated }),
    ...matches,
  )
}

export function arbitraryProjection(table: string): fc.Arbitrary<readonly Projection[]> {
  return fc.subarray(columnNames(table), { minLength: 1 }).map((names) => names.map((name) => ({ name, column: name })))
}

export function arbitraryOrder(table: string): fc.Arbitrary<readonly OrderTerm[]> {
  return fc
    .subarray(columnNames(table), { maxLength: 1 })
    .map((names) => names.map((name) => ({ path: pathTo(table, name), descending: false, nulls: 'last' as const })))
}

export function arbitraryRelated(table: string, depth = 1): fc.Arbitrary<readonly RelatedPlan[]> {
  const relationships = [...tableOf(table).relationships.values()]
  const one = fc.constantFrom(...relationships).chain(({ name, table: other }) =>
    fc
      .record({
        columns: arbitraryProjection(other),
        filter: maybe(30, arbitraryFilter(other, 1)),
        order: arbitraryOrder(other),
        related: depth > 0 ? arbitraryRelated(other, depth - 1) : fc.constant([]),
      })
      .map(
        ({ filter, ...rest }): RelatedPlan => ({
          relationship: name,
          table: other,
          limit: 100,
          ...rest,
          ...(filter && { filter }),
        }),
      ),
  )
  return fc.array(one, { maxLength: 1 })
}

export function arbitraryRow(table: string): fc.Arbitrary<Row> {
  const cells = columnNames(table).map((column) => {
    const value = arbitraryValue(table, column)
    const cell = column.endsWith('id') ? fc.integer({ min: 1, max: 4 }) : value
    return [column, column === 'id' ? cell : fc.option(cell, { freq: 4 })] as const
  })
  return fc.record(Object.fromEntries(cells))
}

export const arbitraryRows: fc.Arbitrary<Rows> = fc.record(
  Object.fromEntries(tableNames.map((table) => [table, fc.array(arbitraryRow(table), { maxLength: 5 })])),
)
