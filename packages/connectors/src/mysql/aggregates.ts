import type { AggregateFunction, DateBucket, ScalarType } from '@gatehouse/core'
import type { Dialect, Typed } from '../sql/dialect.js'
import { plainType } from '../sql/plain-type.js'
import { isMembers, quotient } from './output.js'

type Bucket = ReturnType<Dialect['bucket']>

/** The start of the year, quarter, month, ISO week, day (a date) or hour (a date and time) that a value falls in. */
export function bucketSql(expression: string, bucket: DateBucket, type: Typed): Bucket {
  const e = expression
  switch (bucket) {
    case 'year':
      return { sql: `MAKEDATE(YEAR(${e}), 1)`, type: 'date' }
    case 'quarter':
      return { sql: `(MAKEDATE(YEAR(${e}), 1) + INTERVAL (QUARTER(${e}) - 1) QUARTER)`, type: 'date' }
    case 'month':
      return { sql: `CAST(DATE_FORMAT(${e}, '%Y-%m-01') AS DATE)`, type: 'date' }
    case 'week':
      return { sql: `(CAST(${e} AS DATE) - INTERVAL WEEKDAY(${e}) DAY)`, type: 'date' }
    case 'day':
      return { sql: `CAST(${e} AS DATE)`, type: 'date' }
    case 'hour': {
      const zoned: ScalarType = type.type === 'datetimetz' ? 'datetimetz' : 'datetime'
      return { sql: `CAST(DATE_FORMAT(${e}, '%Y-%m-%d %H:00:00') AS DATETIME)`, type: zoned }
    }
    default:
      return bucket satisfies never
  }
}

/** Not `float`, which is the one of four bytes. */
const double: Typed = { type: 'float', nativeType: 'double' }

export function aggregateSql(
  fn: AggregateFunction,
  expression: string | undefined,
  distinct: boolean,
  type: Typed | undefined,
): ReturnType<Dialect['aggregate']> {
  const only = distinct ? 'DISTINCT ' : ''
  if (expression === undefined || type === undefined) return { sql: 'COUNT(*)', result: plainType('bigint') }
  switch (fn) {
    case 'count':
      return { sql: `COUNT(${only}${expression})`, result: plainType('bigint') }
    case 'sum':
      // Sums of whole numbers are exact decimals here, so they never overflow.
      if (type.type === 'float') return { sql: `SUM(${only}${expression})`, result: double }
      return { sql: `SUM(${only}${expression})`, result: plainType(type.type === 'integer' ? 'bigint' : 'decimal') }
    case 'avg':
      // Sessions divide with enough digits after the point (div_precision_increment).
      return { sql: `AVG(${only}${expression})`, result: type.type === 'float' ? double : quotient }
    case 'min':
    case 'max': {
      // Members of an enum have numbers, but callers know their names.
      const value = isMembers(type) ? `CAST(${expression} AS CHAR)` : expression
      return { sql: `${fn.toUpperCase()}(${value})`, result: type }
    }
    case 'stddev':
      // As a double: of exact numbers it would have a fixed number of digits behind the point.
      return { sql: `STDDEV_SAMP(${expression} + 0e0)`, result: double }
    case 'median':
      // Not in the capabilities, so no plan asks for it.
      throw new Error('median is not an aggregate of this database')
    default:
      return fn satisfies never
  }
}
