import type { AggregateFunction, DateBucket } from '@gatehouse/core'
import type { Dialect, Typed } from '../sql/dialect.js'
import { plainType } from '../sql/plain-type.js'
import { baseOf } from './native-type.js'
import { comparable, quotient } from './output.js'

type Bucket = ReturnType<Dialect['bucket']>

/** The start of the year, quarter, month, ISO week, day (a date) or hour (a date and time) that a value falls in. */
export function bucketSql(expression: string, bucket: DateBucket, type: Typed): Bucket {
  const zoned = type.type === 'datetimetz'
  const e = zoned ? `SWITCHOFFSET(${expression}, '+00:00')` : expression
  switch (bucket) {
    case 'year':
      return { sql: `DATEFROMPARTS(YEAR(${e}), 1, 1)`, type: 'date' }
    case 'quarter':
      return { sql: `DATEFROMPARTS(YEAR(${e}), DATEPART(quarter, ${e}) * 3 - 2, 1)`, type: 'date' }
    case 'month':
      return { sql: `DATEFROMPARTS(YEAR(${e}), MONTH(${e}), 1)`, type: 'date' }
    case 'week':
      // The first day of the calendar was a Monday, whatever DATEFIRST says.
      return {
        sql: `DATEADD(day, -(DATEDIFF(day, CAST('00010101' AS date), ${e}) % 7), CAST(${e} AS date))`,
        type: 'date',
      }
    case 'day':
      return { sql: `CAST(${e} AS date)`, type: 'date' }
    case 'hour': {
      const start = `DATEADD(hour, DATEPART(hour, ${e}), CAST(CAST(${e} AS date) AS datetime2(0)))`
      return zoned
        ? { sql: `CAST(${start} AS datetimeoffset(0))`, type: 'datetimetz' }
        : { sql: start, type: 'datetime' }
    }
    default:
      return bucket satisfies never
  }
}

export function aggregateSql(
  fn: AggregateFunction,
  expression: string | undefined,
  distinct: boolean,
  type: Typed | undefined,
): ReturnType<Dialect['aggregate']> {
  const only = distinct ? 'DISTINCT ' : ''
  // COUNT ends at two thousand millions.
  if (expression === undefined || type === undefined) return { sql: 'COUNT_BIG(*)', result: plainType('bigint') }
  const value = comparable(expression, type)
  switch (fn) {
    case 'count':
      return { sql: `COUNT_BIG(${only}${value})`, result: plainType('bigint') }
    case 'sum':
      return sum(only, expression, type)
    case 'avg':
      if (type.type === 'float') return { sql: `AVG(${only}${expression})`, result: plainType('float') }
      return { sql: `AVG(${only}${exact(expression, type)})`, result: quotient }
    case 'min':
    case 'max': {
      if (value !== expression) return { sql: `${fn.toUpperCase()}(${value})`, result: orderedAs(type) }
      // Bits have no order, but 0 and 1 do.
      const ordered = type.type === 'boolean' ? `CAST(${expression} AS tinyint)` : expression
      return { sql: `${fn.toUpperCase()}(${ordered})`, result: type }
    }
    case 'stddev':
      return { sql: `STDEV(${only}${expression})`, result: plainType('float') }
    case 'median':
      // Not in the capabilities, so no plan asks for it.
      throw new Error('median is not an aggregate of this database')
    default:
      return fn satisfies never
  }
}

/** Whole numbers are summed in a type in which they do not overflow. */
function sum(only: string, expression: string, type: Typed): ReturnType<Dialect['aggregate']> {
  switch (type.type) {
    case 'float':
      return { sql: `SUM(${only}${expression})`, result: plainType('float') }
    case 'integer':
      return { sql: `SUM(${only}CAST(${expression} AS bigint))`, result: plainType('bigint') }
    case 'bigint':
      return { sql: `SUM(${only}CAST(${expression} AS decimal(38, 0)))`, result: plainType('decimal') }
    default: {
      const base = baseOf(type.nativeType)
      return { sql: `SUM(${only}${expression})`, result: base.endsWith('money') ? type : plainType('decimal') }
    }
  }
}

/** What is ordered by its text is text from there on. */
function orderedAs(type: Typed): Typed {
  return { type: type.type === 'other' ? 'text' : type.type, nativeType: 'nvarchar(max)' }
}

/** Averages of whole numbers would be whole, and those of decimals have six digits: at least twelve, where they fit. */
function exact(expression: string, type: Typed): string {
  const size = /\((\d+),(\d+)\)/.exec(type.nativeType)
  const integral = size ? Number(size[1]) - Number(size[2]) : wholeDigits
  const scale = Math.min(Math.max(type.scale ?? 0, 12), 38 - integral)
  return `CAST(${expression} AS decimal(38, ${scale}))`
}
/** Of a bigint and of money. */
const wholeDigits = 19
