import type { CompareOp, Interval, MatchOp, ScalarType } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import { orderTermOf } from '../sql/order-term.js'
import { functions } from './function-names.js'
import { isTextDecimal, jsonSql } from './output.js'
import { globOf } from './patterns.js'
import { textLiteral } from './text-sql.js'

/** The expression that takes a bound value as its column stores or compares it. */
export function inputSql(param: string, column: Typed): string {
  // Decimals are bound as texts. A column would make numbers of them, but an expression would compare them as texts.
  return column.type === 'decimal' && !isTextDecimal(column) ? `CAST(${param} AS NUMERIC)` : param
}

/** The form of a value that sorts and compares by what it means. */
export function sortableSql(expression: string, column: Typed): string {
  if (isTextDecimal(column)) return `${functions.decimalKey}(${expression})`
  if (column.type === 'json' || column.type === 'array') return jsonSql(expression)
  // Any kind of value can be in a column without a type, and numbers and texts never compare.
  if (column.type === 'other') return `CAST(${expression} AS TEXT)`
  return expression
}

export function compareSql(op: CompareOp, expression: string, param: string, type: Typed): string {
  return `${sortableSql(expression, type)} ${op} ${sortableSql(inputSql(param, type), type)}`
}

/** GLOB heeds case as LIKE should; SQLite's own LIKE does not, and ignores case of ASCII only. */
export function matchSql(op: MatchOp, expression: string, param: string): string {
  switch (op) {
    case 'like':
      return `${expression} GLOB ${param}`
    case 'ilike':
      return `${functions.ilike}(${expression}, ${param})`
    case 'contains':
      return `${functions.contains}(${expression}, ${param})`
    case 'starts_with':
      return `${functions.startsWith}(${expression}, ${param})`
    case 'ends_with':
      return `${functions.endsWith}(${expression}, ${param})`
    case 'regexp':
      return `${functions.regexp}(${expression}, ${param})`
    default:
      return op satisfies never
  }
}

export function matchValue(op: MatchOp, value: string): string {
  switch (op) {
    case 'like':
      return globOf(value)
    case 'contains':
    case 'starts_with':
    case 'ends_with':
      return value.toLowerCase()
    case 'ilike':
    case 'regexp':
      return value
    default:
      return op satisfies never
  }
}

/** A value inside a JSON column, NULL where there is none, where it is of another kind, or where the text is no JSON. */
export function jsonPathSql(expression: string, keys: readonly (string | number)[], type: ScalarType): string {
  // A key is a JSON string inside a path inside an SQL text.
  const path = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${JSON.stringify(key)}`)).join('')
  const at = `(${expression}, ${textLiteral(`$${path}`)})`
  const valid = `json_valid(${expression}, 10)`
  switch (type) {
    case 'boolean':
      return `CASE WHEN ${valid} THEN CASE json_type${at} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END END`
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'float':
      return `CASE WHEN ${valid} THEN CASE WHEN json_type${at} IN ('integer', 'real') THEN json_extract${at} END END`
    default:
      return (
        `CASE WHEN ${valid} THEN CASE json_type${at} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ` +
        `ELSE CAST(json_extract${at} AS TEXT) END END`
      )
  }
}

/** By the machine's clock in UTC, in the form in which times are stored. A month's end stays a month's end. */
export function clockSql(base: 'now' | 'today', offset: Interval | undefined, type: ScalarType): string {
  const modifiers: string[] = base === 'today' ? [`'start of day'`] : []
  if (offset) {
    const [amount, unit] = offset.unit === 'week' ? [offset.amount * 7, 'day'] : [offset.amount, offset.unit]
    const whole = Math.trunc(amount)
    modifiers.push(`'${whole < 0 ? '' : '+'}${whole} ${unit}s'`)
    if (unit === 'month' || unit === 'year') modifiers.push(`'floor'`)
  }
  const format = type === 'date' ? '%Y-%m-%d' : type === 'time' ? '%H:%M:%f' : `%Y-%m-%d ${timeOf(base)}`
  return `strftime('${format}', ${["'now'", ...modifiers].join(', ')})`
}

/** Midnight has no fraction of a second: it has to equal `2026-01-31 00:00:00`. */
function timeOf(base: 'now' | 'today'): string {
  return base === 'today' ? '%H:%M:%S' : '%H:%M:%f'
}

export const orderTermSql = orderTermOf('smallest')
