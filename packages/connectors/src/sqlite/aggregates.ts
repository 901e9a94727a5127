import type { AggregateFunction, DateBucket, ScalarType } from '@gatehouse/core'
import type { Dialect, Typed } from '../sql/dialect.js'
import { plainType } from '../sql/plain-type.js'
import { functions } from './function-names.js'
import { isTextDecimal } from './output.js'

/** The start of the year, quarter, month, ISO week, day (a date) or hour (a date and time) that a value falls in. */
export function bucketSql(expression: string, bucket: DateBucket, type: Typed): ReturnType<Dialect['bucket']> {
  switch (bucket) {
    case 'year':
      return { sql: `strftime('%Y-01-01', ${expression})`, type: 'date' }
    case 'quarter':
      // Months 1 to 12 go back by 0, 1 or 2.
      return {
        sql: `date(${expression}, 'start of month', '-' || ((strftime('%m', ${expression}) - 1) % 3) || ' months')`,
        type: 'date',
      }
    case 'month':
      return { sql: `strftime('%Y-%m-01', ${expression})`, type: 'date' }
    case 'week':
      return { sql: `date(${expression}, 'weekday 0', '-6 days')`, type: 'date' }
    case 'day':
      return { sql: `date(${expression})`, type: 'date' }
    case 'hour': {
      const zoned: ScalarType = type.type === 'datetimetz' ? 'datetimetz' : 'datetime'
      return { sql: `strftime('%Y-%m-%d %H:00:00', ${expression})`, type: zoned }
    }
    default:
      return bucket satisfies never
  }
}

const decimalText: Typed = { type: 'decimal', nativeType: 'decimal_text' }

export function aggregateSql(
  fn: AggregateFunction,
  expression: string | undefined,
  distinct: boolean,
  type: Typed | undefined,
): ReturnType<Dialect['aggregate']> {
  if (expression === undefined || type === undefined) return { sql: 'COUNT(*)', result: plainType('bigint') }
  const only = distinct ? 'DISTINCT ' : ''
  const exact = isTextDecimal(type)
  const call = (name: string) => `${name}(${only}${expression})`
  switch (fn) {
    case 'count':
      return {
        sql: exact ? `COUNT(${only}${functions.decimalKey}(${expression}))` : call('COUNT'),
        result: plainType('bigint'),
      }
    case 'sum':
      if (exact) return { sql: call(functions.decimalSum), result: scaled(decimalText, type) }
      if (type.type === 'float') return { sql: call('SUM'), result: plainType('float') }
      if (type.type === 'decimal') return { sql: rounded(call('SUM')), result: scaled(plainType('decimal'), type) }
      return { sql: call('SUM'), result: plainType(type.type === 'integer' ? 'bigint' : 'decimal') }
    case 'avg':
      if (exact) return { sql: call(functions.decimalAvg), result: decimalText }
      return { sql: call('AVG'), result: plainType(type.type === 'float' ? 'float' : 'decimal') }
    case 'min':
      return { sql: exact ? call(functions.decimalMin) : call('MIN'), result: type }
    case 'max':
      return { sql: exact ? call(functions.decimalMax) : call('MAX'), result: type }
    case 'stddev':
      return { sql: call(functions.stddev), result: plainType('float') }
    case 'median':
      return {
        sql: exact ? `median(${only}CAST(${expression} AS REAL))` : call('median'),
        result: plainType('float'),
      }
    default:
      return fn satisfies never
  }
}

function scaled(result: Typed, of: Typed): Typed {
  return of.scale === undefined ? result : { ...result, scale: of.scale }
}

/** Decimals are stored as doubles: the digits of a sum beyond the 15th are noise (0.1 + 0.2), those before are exact. */
function rounded(sum: string): string {
  return `CASE typeof(${sum}) WHEN 'real' THEN CAST(printf('%.15g', ${sum}) AS REAL) ELSE ${sum} END`
}
