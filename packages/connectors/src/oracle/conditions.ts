import type { CompareOp, Interval, MatchOp, ScalarType } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import { orderTermOf } from '../sql/order-term.js'
import { isBlob, isClob, isJson, isLong, isPadded } from './column-kind.js'
import type { Flavour } from './flavour.js'
import { outputSql } from './output.js'
import { ceilingSql, inputSql, paramSql } from './params.js'
import { textLiteral } from './text-sql.js'

/** A comparison. Texts compare by their characters' numbers: sessions say so, whatever the server's settings. */
export function compareSql(op: CompareOp, expression: string, param: string, type: Typed): string {
  const sign = op === '!=' ? '<>' : op
  if (type.type === 'json') return compareJson(sign, expression, param, type)
  if (isClob(type)) return `DBMS_LOB.COMPARE(${expression}, TO_CLOB(${param})) ${sign} 0`
  if (isBlob(type)) return `DBMS_LOB.COMPARE(${expression}, TO_BLOB(${param})) ${sign} 0`
  if (type.type === 'other' && !type.nativeType.endsWith('ROWID')) {
    return `DBMS_LOB.COMPARE(TO_CLOB(${outputSql(expression, type).sql}), TO_CLOB(${param})) ${sign} 0`
  }
  if (type.type === 'other') return `${expression} ${sign} ${inputSql(param, type)}`
  const value = sign === '<' || sign === '>=' ? ceilingSql(param, type) : paramSql(param, type)
  return `${comparable(expression, type)} ${sign} ${value}`
}

/** A CHAR is as long as its column; the blanks behind a text are not part of it. */
function comparable(expression: string, type: Typed): string {
  return isPadded(type) ? `RTRIM(${expression})` : expression
}

function compareJson(sign: string, expression: string, param: string, type: Typed): string {
  if (sign === '=') return `JSON_EQUAL(${expression}, ${inputSql(param, type)})`
  if (sign === '<>') return `NOT JSON_EQUAL(${expression}, ${inputSql(param, type)})`
  return `DBMS_LOB.COMPARE(TO_CLOB(${outputSql(expression, type).sql}), TO_CLOB(${param})) ${sign} 0`
}

/** The most values in one list. */
const maxListed = 1000

/** `IN (...)`, as often as its length asks for; as comparisons where the type has no equality. */
export function listedSql(expression: string, params: readonly string[], negated: boolean, type: Typed): string {
  const [or, not] = negated ? [' AND ', 'NOT '] : [' OR ', '']
  if (isClob(type) || isBlob(type) || type.type === 'json' || type.type === 'other') {
    const single = params.map((param) => compareSql(negated ? '!=' : '=', expression, param, type))
    return `(${single.join(or)})`
  }
  const lists: string[] = []
  for (let start = 0; start < params.length; start += maxListed) {
    const values = params.slice(start, start + maxListed).map((param) => paramSql(param, type))
    lists.push(`${comparable(expression, type)} ${not}IN (${values.join(', ')})`)
  }
  const [only] = lists
  return only !== undefined && lists.length === 1 ? only : `(${lists.join(or)})`
}

export function matchSql(op: MatchOp, expression: string, param: string, type: Typed): string {
  const text = searchable(expression, type)
  switch (op) {
    case 'like':
      return `${text} LIKE ${param} ESCAPE '\\'`
    case 'regexp':
      return `REGEXP_LIKE(${text}, ${param}, 'c')`
    case 'ilike':
    case 'contains':
    case 'starts_with':
    case 'ends_with':
      return `LOWER(${text}) LIKE LOWER(${param}) ESCAPE '\\'`
    default:
      return op satisfies never
  }
}

/** A text without the blanks that fill a CHAR; a LOB as it is, since patterns take one of any length. */
function searchable(expression: string, type: Typed): string {
  if (type.type === 'text') return comparable(expression, type)
  if (type.type === 'integer' || type.type === 'bigint' || type.type === 'decimal') return `TO_CHAR(${expression})`
  if (type.type === 'binary')
    return isBlob(type) ? `RAWTOHEX(DBMS_LOB.SUBSTR(${expression}, 1000, 1))` : `RAWTOHEX(${expression})`
  return outputSql(expression, type).sql
}

/** A value inside a JSON column, NULL where there is none or where it is of another kind than asked for. */
export function jsonPathSql(
  expression: string,
  keys: readonly (string | number)[],
  type: ScalarType,
  flavour: Flavour,
): string {
  // A key is a JSON string inside a path inside an SQL text.
  const path = `$${keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${JSON.stringify(key)}`)).join('')}`
  const value = `JSON_VALUE(${expression}, ${textLiteral(path)})`
  const kind = `JSON_VALUE(${expression}, ${textLiteral(`${path}.type()`)})`
  switch (type) {
    case 'boolean': {
      const is = flavour.json ? `${kind} = 'boolean'` : `${value} IN ('true', 'false')`
      return `CASE WHEN ${is} THEN CASE ${value} WHEN 'true' THEN 1 ELSE 0 END END`
    }
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'float': {
      const is = flavour.json ? `${kind} = 'number'` : `REGEXP_LIKE(${value}, '^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$')`
      return `CASE WHEN ${is} THEN ${type === 'float' ? 'TO_BINARY_DOUBLE' : 'TO_NUMBER'}(${value}) END`
    }
    default:
      // What holds other values is shown as their JSON; a newer server answers null that way too.
      return `COALESCE(${value}, NULLIF(JSON_QUERY(${expression}, ${textLiteral(path)}), 'null'))`
  }
}

const utc = 'SYS_EXTRACT_UTC(SYSTIMESTAMP)'

/** By the server's clock, in UTC. */
export function clockSql(base: 'now' | 'today', offset: Interval | undefined, type: ScalarType): string {
  const moment = moved(base === 'now' ? utc : `TRUNC(${utc})`, offset)
  if (type === 'date') return `TRUNC(${moment})`
  if (type === 'time') return `TO_DSINTERVAL('0 ' || TO_CHAR(${moment}, 'HH24:MI:SS'))`
  const stamp = `CAST(${moment} AS TIMESTAMP)`
  return type === 'datetimetz' ? `FROM_TZ(${stamp}, 'UTC')` : stamp
}

const intervals = { second: 'SECOND', minute: 'MINUTE', hour: 'HOUR', day: 'DAY' } as const

function moved(moment: string, offset: Interval | undefined): string {
  if (!offset) return moment
  const amount = Math.trunc(offset.amount)
  switch (offset.unit) {
    case 'second':
    case 'minute':
    case 'hour':
    case 'day':
      return `(${moment} + NUMTODSINTERVAL(${amount}, '${intervals[offset.unit]}'))`
    case 'week':
      return `(${moment} + NUMTODSINTERVAL(${amount * 7}, 'DAY'))`
    // Adding an interval of months fails where the day does not exist in the other month.
    case 'month':
      return `ADD_MONTHS(${moment}, ${amount})`
    case 'year':
      return `ADD_MONTHS(${moment}, ${amount * 12})`
    default:
      return offset.unit satisfies never
  }
}

/** Oracle takes NULL for the largest value; another place is only said where there can be a NULL. */
export const orderTermSql = orderTermOf('largest')

/** LOBs are sorted, grouped and counted by their beginning: by itself Oracle does none of it. */
export function sortableSql(expression: string, type: Typed): string {
  if (isClob(type)) return `DBMS_LOB.SUBSTR(${expression}, 1000, 1)`
  if (isJson(type)) return `DBMS_LOB.SUBSTR(${outputSql(expression, type).sql}, 1000, 1)`
  if (isBlob(type)) return `DBMS_LOB.SUBSTR(${expression}, 2000, 1)`
  return isLong(type) ? 'NULL' : comparable(expression, type)
}
