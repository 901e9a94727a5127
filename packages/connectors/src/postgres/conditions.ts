import type { CompareOp, DateBucket, Interval, MatchOp, ScalarType } from '@gatehouse/core'
import type { Dialect, Typed } from '../sql/dialect.js'
import { orderTermOf } from '../sql/order-term.js'
import { isComparable, isComposite, isPlainJson, isText } from './native-type.js'
import { literal } from './text-sql.js'

const comparisons = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const

export function compareSql(op: CompareOp, expression: string, param: string, column: Typed): string {
  const sign = comparisons[op]
  if (isPlainJson(column) || isComposite(column)) return `to_jsonb(${expression}) ${sign} ${param}::jsonb`
  if (!isComparable(column)) return `${expression}::text ${sign} ${param}::text`
  // An integer may be compared with a number that none of them can be; indexes serve both widths.
  if (column.type === 'integer') return `${expression} ${sign} ${param}::bigint`
  return `${expression} ${sign} ${param}`
}

/** What compares and sorts: the value itself, where it does. */
export function sortableSql(expression: string, column: Typed): string {
  if (isPlainJson(column) || isComposite(column)) return `to_jsonb(${expression})`
  return isComparable(column) ? expression : `(${expression})::text`
}

/** `like` and `regexp` heed case, the others ignore it. */
export function matchSql(op: MatchOp, expression: string, param: string, column: Typed): string {
  const text = isText(column) ? expression : `${expression}::text`
  switch (op) {
    case 'like':
      return `${text} LIKE ${param}`
    case 'regexp':
      return `${text} ~ ${param}`
    case 'ilike':
    case 'contains':
    case 'starts_with':
    case 'ends_with':
      return `${text} ILIKE ${param}`
    default:
      return op satisfies never
  }
}

/** The value at a path; NULL where it is of another type than the one it is compared with. */
export function jsonPathSql(expression: string, keys: readonly (string | number)[], type: ScalarType): string {
  const path = `ARRAY[${keys.map((key) => literal(String(key))).join(', ')}]::text[]`
  const found = `(to_jsonb(${expression}) #> ${path})`
  const text = `(to_jsonb(${expression}) #>> ${path})`
  switch (type) {
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'float':
      return `(CASE WHEN jsonb_typeof(${found}) = 'number' THEN ${text}::numeric END)`
    case 'boolean':
      return `(CASE WHEN jsonb_typeof(${found}) = 'boolean' THEN ${text}::boolean END)`
    case 'json':
    case 'array':
      return found
    default:
      return text
  }
}

/** The database's clock, in UTC where the type has no zone. */
export function clockSql(base: 'now' | 'today', offset: Interval | undefined, type: ScalarType): string {
  const utc = "(now() AT TIME ZONE 'UTC')"
  const start = base === 'now' ? utc : `date_trunc('day', ${utc})`
  const moved = offset ? `(${start} + ${intervalSql(offset)})` : start
  switch (type) {
    case 'date':
      return `${moved}::date`
    case 'time':
      return `${moved}::time`
    case 'datetimetz':
      return `(${moved} AT TIME ZONE 'UTC')`
    case 'text':
    case 'other':
      return `to_char(${moved}, 'YYYY-MM-DD"T"HH24:MI:SS')`
    default:
      return moved
  }
}

function intervalSql({ amount, unit }: Interval): string {
  return `interval ${literal(`${Number(amount)} ${unit}`)}`
}

export const orderTermSql = orderTermOf('largest')

/** The start of the bucket: a date, or of an hour a date and time. Sessions run in UTC. */
export function bucketSql(expression: string, bucket: DateBucket, column: Typed): ReturnType<Dialect['bucket']> {
  const start = `date_trunc('${bucket}', ${expression})`
  if (bucket !== 'hour') return { sql: `${start}::date`, type: 'date' }
  return { sql: start, type: column.type === 'datetimetz' ? 'datetimetz' : 'datetime' }
}
