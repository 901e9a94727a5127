import type { Column, CompareOp, Filter, MatchOp, ScalarType, Table } from '@gatehouse/core'
import { comparing, literal, type Made, type PlanMatrix, pathOf, sampleOf, selecting, tableOf } from './samples.js'

const compareOps: readonly CompareOp[] = ['=', '!=', '<', '<=', '>', '>=']
const matchOps: readonly MatchOp[] = ['like', 'ilike', 'contains', 'starts_with', 'ends_with', 'regexp']
const units = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const

function* conditionsOn(column: Column, regexp: boolean): Generator<readonly [string, Filter]> {
  const path = pathOf(column)
  const value = literal(sampleOf(column.type))
  for (const op of compareOps) yield [op, { kind: 'compare', path, op, value }]
  for (const negated of [false, true]) {
    const not = negated ? 'not ' : ''
    yield [`is ${not}null`, { kind: 'null', path, negated }]
    yield [`${not}between`, { kind: 'between', path, low: value, high: value, negated }]
    for (const length of [1, 3])
      yield [`${not}in ${length}`, { kind: 'in', path, values: Array(length).fill(value), negated }]
    for (const op of matchOps) {
      if (op === 'regexp' && !regexp) continue
      yield [`${not}${op}`, { kind: 'match', path, op, value: literal('a[%_\\%'), negated }]
    }
  }
  if (!['date', 'time', 'datetime', 'datetimetz'].includes(column.type)) return
  for (const base of ['now', 'today'] as const) {
    yield [`${base}()`, { kind: 'compare', path, op: '<', value: { kind: 'clock', base } }]
    for (const unit of units) {
      const offset = { amount: unit === 'day' ? -30 : 2, unit }
      yield [`${base}() and ${unit}s`, { kind: 'compare', path, op: '>=', value: { kind: 'clock', base, offset } }]
    }
  }
}

function* jsonConditions(column: Column): Generator<readonly [string, Filter]> {
  const types: readonly ScalarType[] = ['text', 'boolean', 'decimal', 'float', 'integer', 'bigint']
  for (const keys of [['a'], ['a', 1, `it's "odd"`], [0]]) {
    for (const type of types) {
      const path = pathOf(column, keys, type)
      yield [`->${keys.join('->')} ${type}`, { kind: 'compare', path, op: '>', value: literal(sampleOf(type)) }]
      yield [`->${keys.join('->')} ${type} is null`, { kind: 'null', path, negated: false }]
      yield [`->${keys.join('->')} ${type} in`, { kind: 'in', path, values: [literal(sampleOf(type))], negated: false }]
    }
  }
}

export function* filters(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const columns = [...table.columns.values()]
  for (const column of columns) {
    for (const [name, filter] of conditionsOn(column, matrix.regexp)) {
      yield { name: `filter ${column.name} ${name}`, plan: selecting(table, { filter }) }
    }
    if (column.type !== 'json') continue
    for (const [name, filter] of jsonConditions(column)) {
      yield { name: `filter ${column.name} ${name}`, plan: selecting(table, { filter }) }
    }
  }
  const some = columns.slice(0, 3).map((column) => comparing(column))
  const logic: readonly (readonly [string, Filter])[] = [
    ['and', { kind: 'and', filters: some }],
    ['or', { kind: 'or', filters: some }],
    ['and of none', { kind: 'and', filters: [] }],
    ['or of none', { kind: 'or', filters: [] }],
    ['not', { kind: 'not', filter: { kind: 'or', filters: some } }],
    ['true', { kind: 'constant', value: true }],
    ['not false', { kind: 'not', filter: { kind: 'constant', value: false } }],
  ]
  for (const [name, filter] of logic)
    yield { name: `filter ${name}`, plan: selecting(table, { filter, policy: filter }) }
  for (const { name } of table.relationships.values()) {
    for (const [what, filter] of relatedFilters(matrix, table, name)) {
      yield { name: `filter ${name} ${what}`, plan: selecting(table, { filter, policy: filter, count: 'exact' }) }
    }
  }
}

/** At least one related row, plain, nested, and with policies of its own. */
export function relatedFilters(matrix: PlanMatrix, table: Table, name: string): readonly (readonly [string, Filter])[] {
  const relationship = table.relationships.get(name)
  if (!relationship) return []
  const other = tableOf(matrix, relationship.table)
  const [key] = [...other.columns.values()]
  if (!key) return []
  const inner = comparing(key)
  const junction = relationship.junction && tableOf(matrix, relationship.junction.table)
  const [between] = junction ? [...junction.columns.values()] : []
  const policies = { policy: inner, ...(between ? { junctionPolicy: comparing(between) } : {}) }
  const [back] = [...other.relationships.values()].filter((one) => one.table === table.name)
  const found: (readonly [string, Filter])[] = [
    ['any', { kind: 'related', relationship: name, filter: inner }],
    ['with policies', { kind: 'related', relationship: name, filter: inner, ...policies }],
    ['none', { kind: 'not', filter: { kind: 'related', relationship: name, filter: inner } }],
  ]
  const own = [...table.columns.values()][0]
  if (back && own) {
    const nested: Filter = { kind: 'related', relationship: back.name, filter: comparing(own) }
    found.push(['nested', { kind: 'related', relationship: name, filter: nested }])
  }
  return found
}
