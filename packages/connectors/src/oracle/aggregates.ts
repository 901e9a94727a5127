import type { AggregateFunction, DateBucket, ScalarType } from '@gatehouse/core'
import type { Dialect, Typed } from '../sql/dialect.js'
import { plainType } from '../sql/plain-type.js'
import { isBoolean, isTimestamp } from './column-kind.js'
import { sortableSql } from './conditions.js'
import { booleanNumber } from './output.js'

const truncations = { year: 'YYYY', quarter: 'Q', month: 'MM', week: 'IW', day: 'DD', hour: 'HH24' } as const

/** The start of the year, quarter, month, ISO week, day (a date) or hour (a date and time) that a value falls in. */
export function bucketSql(expression: string, bucket: DateBucket, type: Typed): ReturnType<Dialect['bucket']> {
  const zoned = type.type === 'datetimetz'
  const moment = zoned && isTimestamp(type) ? `SYS_EXTRACT_UTC(${expression})` : expression
  const hour: ScalarType = zoned ? 'datetimetz' : 'datetime'
  return { sql: `TRUNC(${moment}, '${truncations[bucket]}')`, type: bucket === 'hour' ? hour : 'date' }
}

const double: Typed = { type: 'float', nativeType: 'BINARY_DOUBLE' }
const bit: Typed = { type: 'boolean', nativeType: 'NUMBER(1)' }
const beginning: Typed = { type: 'text', nativeType: 'VARCHAR2(1000)' }

export function aggregateSql(
  fn: AggregateFunction,
  expression: string | undefined,
  distinct: boolean,
  type: Typed | undefined,
): ReturnType<Dialect['aggregate']> {
  const only = distinct ? 'DISTINCT ' : ''
  if (expression === undefined || type === undefined) return { sql: 'COUNT(*)', result: plainType('bigint') }
  const number: Typed = type.type === 'float' ? double : plainType('decimal')
  switch (fn) {
    case 'count':
      return { sql: `COUNT(${only}${sortableSql(expression, type)})`, result: plainType('bigint') }
    case 'sum': {
      const result: Typed = type.type === 'integer' || type.type === 'bigint' ? plainType('bigint') : number
      const { scale } = type
      return { sql: `SUM(${only}${expression})`, result: scale === undefined ? result : { ...result, scale } }
    }
    case 'avg':
      return { sql: `AVG(${only}${expression})`, result: number }
    case 'min':
    case 'max': {
      const name = fn.toUpperCase()
      if (isBoolean(type)) return { sql: `${name}(${booleanNumber(expression)})`, result: bit }
      const value = sortableSql(expression, type)
      const result = value.startsWith('DBMS_LOB') && type.type !== 'binary' ? beginning : type
      return {
        sql: `${name}(${value})`,
        result: value.startsWith('DBMS_LOB') && type.type === 'binary' ? { ...type, nativeType: 'RAW(2000)' } : result,
      }
    }
    case 'stddev':
      return { sql: `STDDEV_SAMP(${only}TO_BINARY_DOUBLE(${expression}))`, result: double }
    case 'median':
      return { sql: `MEDIAN(${expression})`, result: number }
    default:
      return fn satisfies never
  }
}
