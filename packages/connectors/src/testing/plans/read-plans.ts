import type { Filter, OrderTerm, Projection, RelatedPlan, SelectPlan, Table } from '@gatehouse/core'
import { all, comparing, type Made, masks, ordered, type PlanMatrix, pathOf, selecting, tableOf } from './samples.js'

export function* pages(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const [key] = [...table.columns.values()]
  for (const column of table.columns.values()) {
    for (const descending of [false, true]) {
      for (const nulls of ['first', 'last'] as const) {
        const order: OrderTerm[] = [{ path: pathOf(column), descending, nulls }, ...ordered(table, ...table.primaryKey)]
        yield { name: `order ${column.name} ${descending} ${nulls}`, plan: selecting(table, { order, keyset: true }) }
      }
    }
    if (column.type !== 'json') continue
    const order: OrderTerm[] = [{ path: pathOf(column, ['a', 'b'], 'text'), descending: true, nulls: 'last' }]
    yield { name: `order ${column.name} path`, plan: selecting(table, { order }) }
  }
  if (!key) return
  const after: Filter = {
    kind: 'or',
    filters: [
      comparing(key, '>'),
      { kind: 'and', filters: [comparing(key), { kind: 'null', path: pathOf(key), negated: true }] },
    ],
  }
  const endless = Number.MAX_SAFE_INTEGER
  const asked: readonly (readonly [string, Partial<SelectPlan>])[] = [
    ['first page', {}],
    ['page without order', { order: [] }],
    ['page twice by the same', { order: [...ordered(table, key.name), ...ordered(table, key.name)] }],
    ['offset', { offset: 20 }],
    ['offset without order', { offset: 20, order: [] }],
    ['cursor', { keyset: true, after }],
    ['one', { shape: 'one', limit: 1, filter: comparing(key), etag: true }],
    ['stream', { stream: true, limit: 100, format: 'ndjson' }],
    ['endless stream', { stream: true, limit: endless, format: 'csv', order: [] }],
    ['endless stream with an offset', { stream: true, limit: endless, offset: 5, format: 'csv' }],
    ['exact count', { count: 'exact' }],
    ['estimated count', { count: 'estimated', filter: comparing(key) }],
    ['count only', { count: 'only', filter: comparing(key) }],
    ['dry run', { dryRun: true, filter: comparing(key) }],
    ['table', { format: 'table', columns: all(table) }],
    ['no columns', { columns: [] }],
  ]
  for (const [name, more] of asked) yield { name, plan: selecting(table, more) }
  for (const other of matrix.catalog.tables.values()) {
    yield { name: `all of ${other.name}`, plan: selecting(other, { columns: all(other) }) }
  }
}

export function* projections(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const [key] = [...table.columns.values()]
  if (!key) return
  for (const numbers of ['number', 'string'] as const) {
    yield { name: `all columns, ${numbers}`, plan: selecting(table, { columns: all(table), numbers }) }
  }
  for (const column of table.columns.values()) {
    const seen = (name: string, views: Projection['views'] & object): Made => ({
      name: `mask ${name} ${column.name}`,
      plan: selecting(table, { columns: [{ name: 'shown', column: column.name, views }] }),
    })
    for (const mask of masks) {
      yield seen(mask, [{ mask }])
      yield seen(`${mask} or plain`, [{ when: comparing(key), mask }, {}])
    }
    yield seen('null sometimes', [{ when: comparing(key), mask: 'null' }])
    yield seen('plain or hash', [{ when: comparing(column, '!=') }, { mask: 'hash' }])
  }
}

function relatedPlan(
  matrix: PlanMatrix,
  from: Table,
  name: string,
  depth: number,
  numbers = false,
): RelatedPlan | undefined {
  const relationship = from.relationships.get(name)
  if (!relationship) return undefined
  const other = tableOf(matrix, relationship.table)
  const [key] = [...other.columns.values()]
  if (!key) return undefined
  const junction = relationship.junction && tableOf(matrix, relationship.junction.table)
  const [between] = junction ? [...junction.columns.values()] : []
  const masked: Projection[] = numbers
    ? masks.map((mask) => ({ name: mask, column: key.name, views: [{ when: comparing(key), mask }, { mask }] }))
    : []
  const nested = depth > 0 ? [...other.relationships.keys()] : []
  return {
    relationship: name,
    table: other.name,
    // What is nested once is nested twice in the same way.
    columns: depth > 0 ? [...all(other), ...masked] : [{ name: key.name, column: key.name }],
    ...(numbers ? { filter: comparing(key, '>'), policy: comparing(key) } : {}),
    ...(numbers && between ? { junctionPolicy: comparing(between) } : {}),
    order: [{ path: pathOf(key), descending: numbers, nulls: 'last' }],
    limit: 5,
    related: nested.flatMap((inner) => relatedPlan(matrix, other, inner, depth - 1, numbers) ?? []),
  }
}

export function* relations(matrix: PlanMatrix): Generator<Made> {
  for (const table of matrix.catalog.tables.values()) {
    for (const name of table.relationships.keys()) {
      for (const full of [false, true]) {
        const related = relatedPlan(matrix, table, name, 1, full)
        if (!related) continue
        const numbers = full ? 'string' : 'number'
        yield {
          name: `related ${table.name} ${name} ${numbers}`,
          plan: selecting(table, { related: [related], numbers }),
        }
      }
    }
  }
}
