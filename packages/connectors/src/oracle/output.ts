import type { Dialect, Typed } from '../sql/dialect.js'
import { encodings } from '../sql/encodings.js'
import { isBlob, isBoolean, isClob, isJson, isTimestamp } from './column-kind.js'

type Output = ReturnType<Dialect['output']>

export const isoDate = 'YYYY-MM-DD'
export const isoSeconds = 'YYYY-MM-DD"T"HH24:MI:SS'

/** The most characters of a CLOB, and bytes of a BLOB, that are sent inside a record. */
export const lobLimit = 16 * 1024 * 1024
/** How a value beyond the limit fails, by which its error is known. */
export const lobGuard = '1 / (0 * DBMS_LOB.GETLENGTH('

/**
 * A LOB that is not too long to be sent; a longer one divides by zero, for there is no other error that a query can
 * raise by itself. Its length is known without reading it.
 */
function capped(expression: string, make: string): string {
  const fail = `${lobGuard}${expression}))`
  return `CASE WHEN DBMS_LOB.GETLENGTH(${expression}) > ${lobLimit} THEN ${make}(${fail}) ELSE ${expression} END`
}

/** The value as an expression that the driver reads raw: texts in ISO 8601 for times, whatever the session's settings. */
export function outputSql(expression: string, column: Typed): Output {
  const encoding = encodings[column.type]
  switch (column.type) {
    case 'boolean':
      return { sql: isBoolean(column) ? booleanNumber(expression) : expression, encoding }
    case 'decimal':
      return { sql: expression, encoding, ...(column.scale && column.scale > 0 ? { scale: column.scale } : {}) }
    case 'integer':
    case 'bigint':
    case 'float':
      return { sql: expression, encoding }
    case 'text':
    case 'json':
    case 'array':
      return { sql: textSql(expression, column), encoding }
    case 'uuid':
      return { sql: uuidText(expression), encoding }
    case 'date':
      return { sql: `TO_CHAR(${expression}, '${isoDate}')`, encoding }
    case 'time':
      return { sql: `TO_CHAR(TIMESTAMP '2000-01-01 00:00:00' + ${expression}, 'HH24:MI:SS.FF9')`, encoding }
    case 'datetime':
      return { sql: `TO_CHAR(${expression}, '${isoSeconds}${isTimestamp(column) ? '.FF9' : ''}')`, encoding }
    case 'datetimetz':
      if (!isTimestamp(column)) return { sql: `TO_CHAR(${expression}, '${isoSeconds}"Z"')`, encoding }
      return { sql: `TO_CHAR(SYS_EXTRACT_UTC(${expression}), '${isoSeconds}.FF9"Z"')`, encoding }
    case 'binary':
      return { sql: isBlob(column) ? capped(expression, 'TO_BLOB') : expression, encoding }
    case 'interval':
      return { sql: `TO_CHAR(${expression})`, encoding }
    case 'other':
      return { sql: otherText(expression, column), encoding }
    default:
      return column.type satisfies never
  }
}

/** A BOOLEAN as 1 and 0. */
export function booleanNumber(expression: string): string {
  return `CASE WHEN ${expression} THEN 1 WHEN NOT ${expression} THEN 0 END`
}

function textSql(expression: string, column: Typed): string {
  if (isJson(column) || isBlob(column)) return `JSON_SERIALIZE(${expression} RETURNING CLOB)`
  if (!isClob(column)) return expression
  return capped(expression, column.nativeType === 'NCLOB' ? 'TO_NCLOB' : 'TO_CLOB')
}

function uuidText(expression: string): string {
  return `REGEXP_REPLACE(LOWER(RAWTOHEX(${expression})), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\\1-\\2-\\3-\\4-\\5')`
}

function otherText(expression: string, { nativeType }: Typed): string {
  switch (nativeType) {
    case 'XMLTYPE':
      return `XMLSERIALIZE(CONTENT ${expression} AS CLOB)`
    case 'SDO_GEOMETRY':
      return `SDO_UTIL.TO_WKTGEOMETRY(${expression})`
    case 'ROWID':
    case 'UROWID':
      return `ROWIDTOCHAR(${expression})`
    default:
      return expression
  }
}
