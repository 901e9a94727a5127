import type { CompareOp, Interval, MatchOp, ScalarType } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import { orderTermOf } from '../sql/order-term.js'
import type { Flavour } from './flavour.js'
import { isMembers, isSingle } from './output.js'
import { textLiteral } from './text-sql.js'

/**
 * A comparison. Texts compare by the column's own collation, as its indexes do: where that ignores case, so does `=`.
 */
export function compareSql(op: CompareOp, expression: string, param: string, type: Typed, flavour: Flavour): string {
  const sign = op === '!=' ? '<>' : op
  if (type.type === 'json') return compareJson(sign, expression, param, flavour)
  // 0.1 as a double is no value that a FLOAT has.
  if (isSingle(type) && flavour.castFloat) return `${expression} ${sign} CAST(${param} AS FLOAT)`
  // In the order of their texts, as `sortable` sorts them; `=` alone may use the index.
  if (isMembers(type) && op !== '=' && op !== '!=') return `CAST(${expression} AS CHAR) ${sign} ${param}`
  return `${expression} ${sign} ${param}`
}

function compareJson(sign: string, expression: string, param: string, flavour: Flavour): string {
  if (flavour.jsonType) return `${expression} ${sign} CAST(${param} AS JSON)`
  if (flavour.jsonEquals && (sign === '=' || sign === '<>')) {
    return `JSON_EQUALS(${expression}, ${param}) = ${sign === '=' ? 1 : 0}`
  }
  return `JSON_COMPACT(${expression}) ${sign} JSON_COMPACT(${param})`
}

/** Said in every LIKE: its default is another one under NO_BACKSLASH_ESCAPES. */
const escapeSign = '\\'

export function matchSql(op: MatchOp, expression: string, param: string, type: Typed, flavour: Flavour): string {
  const text = type.type === 'text' ? `CONVERT(${expression} USING utf8mb4)` : `CAST(${expression} AS CHAR)`
  switch (op) {
    case 'like':
      return `${text} COLLATE utf8mb4_bin LIKE ${param} ESCAPE '${escapeSign}'`
    case 'regexp':
      return flavour.regexpLike ? `REGEXP_LIKE(${text}, ${param}, 'c')` : `${text} COLLATE utf8mb4_bin REGEXP ${param}`
    case 'ilike':
    case 'contains':
    case 'starts_with':
    case 'ends_with':
      // Lower case and not a collation that ignores case: those take accents for nothing too.
      return `LOWER(${text}) COLLATE utf8mb4_bin LIKE LOWER(${param}) ESCAPE '${escapeSign}'`
    default:
      return op satisfies never
  }
}

/** A value inside a JSON column, NULL where there is none or where it is of another kind than asked for. */
export function jsonPathSql(expression: string, keys: readonly (string | number)[], type: ScalarType): string {
  // A key is a JSON string inside a path inside an SQL text.
  const path = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${JSON.stringify(key)}`)).join('')
  const found = `JSON_EXTRACT(${expression}, ${textLiteral(`$${path}`)})`
  switch (type) {
    case 'boolean':
      return `CASE WHEN JSON_TYPE(${found}) = 'BOOLEAN' THEN JSON_UNQUOTE(${found}) = 'true' END`
    case 'integer':
    case 'bigint':
    case 'decimal':
      return `CASE WHEN ${isNumber(found)} THEN CAST(JSON_UNQUOTE(${found}) AS DECIMAL(65, 20)) END`
    case 'float':
      return `CASE WHEN ${isNumber(found)} THEN JSON_UNQUOTE(${found}) + 0e0 END`
    default:
      return `CASE WHEN JSON_TYPE(${found}) <> 'NULL' THEN JSON_UNQUOTE(${found}) END`
  }
}

function isNumber(found: string): string {
  return `JSON_TYPE(${found}) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL')`
}

const units = {
  second: 'SECOND',
  minute: 'MINUTE',
  hour: 'HOUR',
  day: 'DAY',
  week: 'WEEK',
  month: 'MONTH',
  year: 'YEAR',
} as const satisfies Record<Interval['unit'], string>

/** By the server's clock, in UTC. */
export function clockSql(base: 'now' | 'today', offset: Interval | undefined, type: ScalarType): string {
  const start = base === 'now' ? 'UTC_TIMESTAMP(6)' : 'UTC_DATE()'
  const moment = offset ? `${start} + INTERVAL ${Math.trunc(offset.amount)} ${units[offset.unit]}` : start
  if (type === 'date') return `CAST(${moment} AS DATE)`
  if (type === 'time') return `CAST(${moment} AS TIME(6))`
  return `(${moment})`
}

/** MySQL sorts NULL lowest; another place costs a sort without an index, so it is only said where there can be a NULL. */
export const orderTermSql = orderTermOf(
  'smallest',
  (term, nulls, expression) => `${expression} IS NULL${nulls === 'first' ? ' DESC' : ''}, ${term}`,
)
