import type { AggregateFunction } from '@gatehouse/core'
import type { Dialect, Typed } from '../sql/dialect.js'
import { plainType } from '../sql/plain-type.js'

export function aggregateSql(
  fn: AggregateFunction,
  expression: string | undefined,
  distinct: boolean,
  type: Typed | undefined,
): ReturnType<Dialect['aggregate']> {
  if (expression === undefined || type === undefined) return { sql: 'count(*)', result: plainType('bigint') }
  const value = `${distinct ? 'DISTINCT ' : ''}${expression}`
  switch (fn) {
    case 'count':
      return { sql: `count(${value})`, result: plainType('bigint') }
    case 'sum':
      if (type.type === 'float') return { sql: `sum(${value})`, result: plainType('float') }
      return { sql: `sum(${value})`, result: plainType(type.type === 'integer' ? 'bigint' : 'decimal') }
    case 'avg':
      if (type.type === 'float') return { sql: `avg(${value})`, result: plainType('float') }
      // avg prints sixteen digits behind the point, most of them zeros.
      return { sql: `trim_scale(avg(${value}))`, result: plainType('decimal') }
    case 'min':
    case 'max':
      return extreme(fn, expression, type)
    case 'stddev':
      return { sql: `stddev_samp(${expression})::float8`, result: plainType('float') }
    case 'median':
      return { sql: `percentile_cont(0.5) WITHIN GROUP (ORDER BY ${expression}::float8)`, result: plainType('float') }
    default:
      return fn satisfies never
  }
}

/** min and max are not there for every type that sorts. */
function extreme(fn: 'min' | 'max', value: string, type: Typed): ReturnType<Dialect['aggregate']> {
  switch (type.type) {
    case 'boolean':
      return { sql: `${fn === 'min' ? 'bool_and' : 'bool_or'}(${value})`, result: plainType('boolean') }
    case 'uuid':
      return { sql: `${fn}((${value})::text)::uuid`, result: type }
    case 'binary':
      return { sql: `decode(${fn}(encode(${value}, 'hex')), 'hex')`, result: type }
    case 'json':
      return { sql: `${fn}((${value})::text)::jsonb`, result: { type: 'json', nativeType: 'jsonb' } }
    default:
      return { sql: `${fn}(${value})`, result: type }
  }
}
