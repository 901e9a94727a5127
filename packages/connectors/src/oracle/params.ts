import type { Typed } from '../sql/dialect.js'
import { isBoolean, isJson, isPadded, isSingle, isTimestamp } from './column-kind.js'
import { isoDate, isoSeconds } from './output.js'
import { isPlaceholder } from './text-sql.js'

const timestamp = (param: string) => `TO_TIMESTAMP(${param}, '${isoSeconds}.FF')`
const zoned = (param: string) => `FROM_TZ(${timestamp(param)}, 'UTC')`
/** The second that a moment lies in, as a DATE. A cast would round it. */
const second = (param: string) => `TO_DATE(SUBSTR(${param}, 1, 19), '${isoSeconds}')`
const nextSecond = (param: string) =>
  `TO_DATE(TO_CHAR(${timestamp(param)} + NUMTODSINTERVAL(0.999999999, 'SECOND'), '${isoSeconds}'), '${isoSeconds}')`

/**
 * A bound value (see `bind`) as a value of a column's type. Nothing is left to the session's settings, nor to
 * conversions of the column, which no index would serve. What is no placeholder is of the type already: the clock.
 */
export function paramSql(param: string, column: Typed): string {
  if (!isPlaceholder(param)) return isTimestamp(column) || !isMoment(column) ? param : `CAST(${param} AS DATE)`
  switch (column.type) {
    case 'bigint':
    case 'decimal':
      return `TO_NUMBER(${param})`
    case 'float':
      return isSingle(column) ? `TO_BINARY_FLOAT(${param})` : param
    case 'boolean':
      return isBoolean(column) ? `TO_BOOLEAN(${param})` : param
    case 'uuid':
      return `HEXTORAW(REPLACE(${param}, '-', ''))`
    case 'date':
      return `TO_DATE(${param}, '${isoDate}')`
    case 'datetime':
      return isTimestamp(column) ? timestamp(param) : second(param)
    case 'datetimetz':
      return isTimestamp(column) ? zoned(param) : second(param)
    case 'time':
      return `TO_DSINTERVAL('0 ' || ${param})`
    case 'interval':
      return column.nativeType.startsWith('INTERVAL YEAR') ? `TO_YMINTERVAL(${param})` : `TO_DSINTERVAL(${param})`
    case 'text':
      return isPadded(column) ? `RTRIM(${param})` : param
    case 'integer':
    case 'binary':
    case 'json':
    case 'array':
    case 'other':
      return param
    default:
      return column.type satisfies never
  }
}

function isMoment({ type }: Typed): boolean {
  return type === 'datetime' || type === 'datetimetz'
}

/** The first second that is not before a bound value: what `<` and `>=` compare a column of whole seconds with. */
export function ceilingSql(param: string, column: Typed): string {
  return isPlaceholder(param) && isMoment(column) && !isTimestamp(column) ? nextSecond(param) : paramSql(param, column)
}

/** The expression that stores a bound value in a column. */
export function inputSql(param: string, column: Typed): string {
  if (isJson(column)) return `JSON(${param})`
  if (column.type === 'text') return param
  if (column.nativeType === 'XMLTYPE') return `XMLTYPE(${param})`
  if (column.nativeType === 'SDO_GEOMETRY') return `SDO_UTIL.FROM_WKTGEOMETRY(${param})`
  if (column.nativeType.endsWith('ROWID')) return `CHARTOROWID(${param})`
  return paramSql(param, column)
}
