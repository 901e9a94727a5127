import type { DateBucket, Filter, OrderTerm, Path, ScalarType } from '@gatehouse/core'
import { comparing, literal, type Made, type PlanMatrix, tableOf } from './samples.js'

const buckets: readonly DateBucket[] = ['year', 'quarter', 'month', 'week', 'day', 'hour']
const numeric: readonly ScalarType[] = ['integer', 'bigint', 'decimal', 'float']

export function* groups(matrix: PlanMatrix): Generator<Made> {
  const table = tableOf(matrix, matrix.table)
  const [key] = [...table.columns.values()]
  if (!key) return
  const plan = {
    kind: 'aggregate',
    table: table.name,
    groups: [],
    order: [],
    limit: 10,
    offset: 0,
    format: 'json',
    numbers: 'number',
  } as const
  const count = { name: 'n', function: 'count', distinct: false } as const
  yield { name: 'count of all', plan: { ...plan, aggregates: [count], dryRun: true } }
  for (const column of table.columns.values()) {
    for (const name of matrix.aggregates) {
      if (['sum', 'avg', 'stddev', 'median'].includes(name) && !numeric.includes(column.type)) continue
      for (const distinct of [false, true]) {
        const aggregates = [count, { name: 'value', function: name, column: column.name, distinct }]
        const path: Path = { column: 'n', keys: [], type: 'bigint' }
        yield {
          name: `${name} ${distinct ? 'distinct ' : ''}${column.name}`,
          plan: {
            ...plan,
            aggregates,
            filter: comparing(key),
            policy: comparing(key),
            having: { kind: 'compare', path, op: '>', value: literal(1n) },
            order: [{ path: { ...path, column: 'value' }, descending: true, nulls: 'last' }],
            offset: 3,
            numbers: distinct ? 'string' : 'number',
          },
        }
      }
    }
    const group = { name: 'g', column: column.name }
    const order: OrderTerm[] = [
      { path: { column: 'g', keys: [], type: column.type }, descending: false, nulls: 'last' },
    ]
    yield { name: `group ${column.name}`, plan: { ...plan, groups: [group], aggregates: [count], order } }
    if (!['date', 'datetime', 'datetimetz'].includes(column.type)) continue
    for (const bucket of buckets) {
      const having: Filter = { kind: 'null', path: { column: 'g', keys: [], type: 'date' }, negated: true }
      yield {
        name: `group ${bucket} of ${column.name}`,
        plan: { ...plan, groups: [{ ...group, bucket }], aggregates: [count], order, having },
      }
    }
  }
}
