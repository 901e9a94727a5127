import { type CompareOp, Failure, type Interval, type MatchOp, type ScalarType } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import { likePattern } from '../sql/like-pattern.js'
import { orderTermOf } from '../sql/order-term.js'
import { baseOf } from './native-type.js'
import { comparable, unicodeText } from './output.js'
import { exactCollation, foldingCollation, textLiteral } from './text-sql.js'

/**
 * A comparison. Texts compare by the column's own collation, as its indexes do: where that ignores case, so does `=`,
 * and spaces at the end never count.
 */
export function compareSql(op: CompareOp, expression: string, param: string, type: Typed): string {
  const sign = op === '!=' ? '<>' : op
  const value = typedParam(param, type)
  if (op === '=' && isNarrow(type)) return `(${expression} = ${narrowed(value, type)} AND ${expression} = ${value})`
  return `${comparable(expression, type)} ${sign} ${value}`
}

export function listedSql(expression: string, params: readonly string[], negated: boolean, type: Typed): string {
  const list = params.map((param) => typedParam(param, type)).join(', ')
  if (!negated && isNarrow(type)) {
    const narrow = params.map((param) => narrowed(param, type)).join(', ')
    return `(${expression} IN (${narrow}) AND ${expression} IN (${list}))`
  }
  return `${comparable(expression, type)} ${negated ? 'NOT ' : ''}IN (${list})`
}

/**
 * Against a text of UTF-16 an index on one of 8 bits may be of no use, so it is asked for in its own type too. The
 * collation comes first, since it says which signs there are; what has none becomes another, which the wide comparison
 * beside it does not take.
 */
function narrowed(param: string, type: Typed): string {
  return `CAST(${param} COLLATE ${type.collation} AS varchar(8000))`
}

function isNarrow(type: Typed): boolean {
  return type.collation !== undefined && ['varchar', 'char'].includes(baseOf(type.nativeType))
}

/** A placeholder in the type of what it is compared with, where it is bound as a text. */
function typedParam(param: string, type: Typed): string {
  switch (type.type) {
    case 'date':
      return `CAST(${param} AS date)`
    case 'time':
      return `CAST(${param} AS time(7))`
    case 'datetime':
      // The old type is what it shows only when it is compared with its own kind.
      return baseOf(type.nativeType) === 'datetime'
        ? `CAST(CAST(${param} AS datetime2(7)) AS datetime)`
        : `CAST(${param} AS datetime2(7))`
    case 'datetimetz':
      return `CAST(${param} AS datetimeoffset(7))`
    case 'float':
      // 0.1 as a double is no value that four bytes have.
      return baseOf(type.nativeType) === 'real' ? `CAST(${param} AS real)` : param
    default:
      return param
  }
}

/** What stores a value in a column. Decimals of one list may not round each other, so each has the column's own type. */
export function inputSql(param: string, column: Typed): string {
  const base = baseOf(column.nativeType)
  if (['geography', 'geometry', 'hierarchyid'].includes(base)) return `CAST(${param} AS ${base})`
  const sized = column.type === 'decimal' && (column.nativeType.includes('(') || base.endsWith('money'))
  return sized ? `CAST(${param} AS ${column.nativeType})` : typedParam(param, column)
}

export function matchSql(op: MatchOp, expression: string, param: string, type: Typed): string {
  const text = unicodeText(expression, type)
  switch (op) {
    case 'like':
      return `${text} COLLATE ${exactCollation} LIKE ${param} ESCAPE N'\\'`
    case 'ilike':
    case 'contains':
    case 'starts_with':
    case 'ends_with':
      return `${folded(text)} LIKE ${folded(param)} ESCAPE N'\\'`
    case 'regexp':
      throw new Failure('unsupported', 'SQL Server has no regular expressions', {
        hint: 'Use like, contains, starts with or ends with',
      })
    default:
      return op satisfies never
  }
}

/** Lower case and then to the bit: a collation that ignores case takes more than that for the same. */
function folded(text: string): string {
  return `LOWER(${text} COLLATE ${foldingCollation}) COLLATE ${exactCollation}`
}

/** Beside `%` and `_` a `[` is wild here, so it is always escaped; what follows a backslash is as it is. */
export function matchValue(op: MatchOp, value: string): string {
  return likePattern(op, value).replace(/\\[\s\S]|\[/g, (found) => (found === '[' ? '\\[' : found))
}

/** A value inside a JSON column, NULL where there is none or where it is of another kind than asked for. */
export function jsonPathSql(expression: string, keys: readonly (string | number)[], type: ScalarType): string {
  const last = keys.at(-1)
  // A key is a JSON string inside a path inside an SQL text.
  const parents = keys.slice(0, -1).map((key) => (typeof key === 'number' ? `[${key}]` : `.${JSON.stringify(key)}`))
  // A document that is no object and no array would be an error for all rows.
  const document = `CASE WHEN ISJSON(${expression}) = 1 THEN ${expression} END`
  const from = `OPENJSON(${document}, ${textLiteral(`$${parents.join('')}`)}) AS [j]`
  return `(SELECT TOP (1) ${inside(type)} FROM ${from} WHERE [j].[key] = ${textLiteral(String(last))})`
}

/** By OPENJSON's kinds: 0 null, 1 text, 2 number, 3 boolean, 4 array, 5 object. */
function inside(type: ScalarType): string {
  switch (type) {
    case 'boolean':
      return `CASE WHEN [j].[type] = 3 THEN CAST([j].[value] AS bit) END`
    case 'integer':
    case 'bigint':
    case 'decimal':
      return `CASE WHEN [j].[type] = 2 THEN COALESCE(TRY_CAST([j].[value] AS decimal(38, 15)), TRY_CAST(TRY_CAST([j].[value] AS float) AS decimal(38, 15))) END`
    case 'float':
      return `CASE WHEN [j].[type] = 2 THEN TRY_CAST([j].[value] AS float) END`
    default:
      return `CASE WHEN [j].[type] <> 0 THEN [j].[value] END`
  }
}

const units = {
  second: 'second',
  minute: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
  year: 'year',
} as const satisfies Record<Interval['unit'], string>

/** By the server's clock, in UTC. */
export function clockSql(base: 'now' | 'today', offset: Interval | undefined, type: ScalarType): string {
  const start = base === 'now' ? 'SYSUTCDATETIME()' : 'CAST(CAST(SYSUTCDATETIME() AS date) AS datetime2(7))'
  const moment = offset ? `DATEADD(${units[offset.unit]}, ${Math.trunc(offset.amount)}, ${start})` : start
  switch (type) {
    case 'date':
      return `CAST(${moment} AS date)`
    case 'time':
      return `CAST(${moment} AS time(7))`
    case 'datetimetz':
      // A time without a zone becomes one at +00:00.
      return `CAST(${moment} AS datetimeoffset(7))`
    default:
      return moment
  }
}

/** SQL Server sorts NULL lowest; another place costs a sort without an index, so it is only said where there can be one. */
export const orderTermSql = orderTermOf(
  'smallest',
  (term, nulls, expression) =>
    `CASE WHEN ${expression} IS NULL THEN ${nulls === 'first' ? '0 ELSE 1' : '1 ELSE 0'} END, ${term}`,
)
