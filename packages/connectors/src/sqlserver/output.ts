import type { Dialect, Typed } from '../sql/dialect.js'
import { encodings } from '../sql/encodings.js'
import { baseOf } from './native-type.js'
import { exactCollation, textLiteral } from './text-sql.js'

type Output = ReturnType<Dialect['output']>

/** What an average is: the digits behind its point are more than there is to tell. */
export const quotient: Typed = { type: 'decimal', nativeType: 'quotient' }

/** Types without `=`, or that have no order or aggregates: their text has all that. */
const incomparable = new Set(['xml', 'text', 'ntext', 'json', 'geography', 'geometry', 'hierarchyid'])
/** Types of the server's own that have methods. */
const objects = new Set(['hierarchyid', 'geography', 'geometry'])

/**
 * The value as the driver reads it: its own type where the driver loses nothing, else its text. Numbers with more
 * digits than a double has are such a loss.
 */
export function outputSql(expression: string, column: Typed): Output {
  const base = baseOf(column.nativeType)
  if (column.type === 'decimal') return { sql: decimalText(expression, base), encoding: 'number' }
  if (objects.has(base)) return { sql: `${expression}.ToString()`, encoding: 'text' }
  if (base === 'sql_variant') return { sql: `CONVERT(nvarchar(4000), ${expression}, 121)`, encoding: 'text' }
  if (base === 'xml' || base === 'json') {
    return { sql: `CAST(${expression} AS nvarchar(max))`, encoding: encodings[column.type] }
  }
  return { sql: expression, encoding: encodings[column.type] }
}

function decimalText(expression: string, base: string): string {
  // Style 2: all four digits of money, without commas.
  if (base === 'money' || base === 'smallmoney') return `CONVERT(varchar(30), ${expression}, 2)`
  const text = `CONVERT(varchar(41), ${expression})`
  return base === quotient.nativeType ? withoutZeros(withoutZeros(text, '0'), '.') : text
}

/** Without the signs at its end: trailing spaces are all that RTRIM takes. The text has no spaces of its own. */
function withoutZeros(text: string, sign: '0' | '.'): string {
  return `REPLACE(RTRIM(REPLACE(${text}, '${sign}', ' ')), ' ', '${sign}')`
}

/** The expression itself, or what stands for it where it cannot be compared. */
export function comparable(expression: string, column: Typed): string {
  return incomparable.has(baseOf(column.nativeType)) ? unicodeText(expression, column) : expression
}

/** The value as text, just as it is printed. */
export function unicodeText(expression: string, column: Typed): string {
  const { sql } = outputSql(expression, column)
  switch (column.type) {
    case 'text':
    case 'json':
    case 'array':
    case 'interval':
    case 'other':
      return isUnicode(column) ? sql : `CAST(${sql} AS nvarchar(max))`
    case 'boolean':
      return `CASE ${sql} WHEN 1 THEN N'true' WHEN 0 THEN N'false' END`
    case 'integer':
    case 'bigint':
      return `CONVERT(nvarchar(20), ${sql})`
    case 'decimal':
      return sql
    case 'float':
      return floatText(sql, column)
    case 'uuid':
      return `LOWER(CONVERT(nvarchar(36), ${sql}))`
    case 'date':
      return `CONVERT(nvarchar(10), ${sql}, 23)`
    case 'time':
      return isoTime(`CONVERT(nvarchar(16), CAST(${sql} AS time(7)), 121)`, 1, sql)
    case 'datetime':
      return isoDatetime(`CAST(${sql} AS datetime2(${digitsOf(column)}))`, '', sql)
    case 'datetimetz':
      return isoDatetime(`CAST(SWITCHOFFSET(${sql}, '+00:00') AS datetime2(7))`, 'Z', sql)
    case 'binary':
      return base64(baseOf(column.nativeType) === 'image' ? `CAST(${sql} AS varbinary(max))` : sql)
    default:
      return column.type satisfies never
  }
}

function isUnicode(column: Typed): boolean {
  return ['nvarchar', 'nchar'].includes(baseOf(column.nativeType))
}

/** A datetime counts in three-hundredths of a second, which it shows as milliseconds. */
function digitsOf(column: Typed): number {
  return ['datetime', 'smalldatetime'].includes(baseOf(column.nativeType)) ? 3 : 7
}

/**
 * Seventeen digits, as the server prints a double without loss; `E` marks one of four bytes. The gateway shortens what
 * it finds inside JSON (short-floats.ts), since the server has no way to print the fewest digits.
 */
function floatText(expression: string, column: Typed): string {
  const text = `CONVERT(nvarchar(32), CAST(${expression} AS float), 3)`
  return baseOf(column.nativeType) === 'real' ? `UPPER(${text})` : text
}

/** `2026-01-31 13:59:59.5000000` as `2026-01-31T13:59:59.5`. */
function isoDatetime(value: string, zone: string, expression: string): string {
  const text = `CONVERT(nvarchar(27), ${value}, 121)`
  const iso = `CONCAT(LEFT(${text}, 10), N'T', SUBSTRING(${text}, 12, 8), ${fraction(text, 21)}, N'${zone}')`
  return `CASE WHEN ${expression} IS NOT NULL THEN ${iso} END`
}

function isoTime(text: string, start: number, expression: string): string {
  const iso = `CONCAT(SUBSTRING(${text}, ${start}, 8), ${fraction(text, start + 9)})`
  return `CASE WHEN ${expression} IS NOT NULL THEN ${iso} END`
}

/** `.5` of `5000000`; NULL, and so nothing in a CONCAT, of zeros alone: STUFF finds no first sign in an empty text. */
function fraction(text: string, start: number): string {
  return `STUFF(${withoutZeros(`SUBSTRING(${text}, ${start}, 7)`, '0')}, 1, 0, N'.')`
}

/** FOR JSON writes bytes as base64, and OPENJSON takes that out again. */
function base64(expression: string): string {
  const json = `(SELECT ${expression} AS [b] FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)`
  return `CASE WHEN ${expression} IS NOT NULL THEN (SELECT [j].[value] FROM OPENJSON(${json}) AS [j]) END`
}

/** The value as JSON text; NULL for NULL. */
export function jsonValueSql(expression: string, column: Typed, numbers: 'number' | 'string'): string {
  const text = unicodeText(expression, column)
  switch (column.type) {
    case 'boolean':
    case 'integer':
    case 'float':
    case 'json':
    case 'array':
      return text
    case 'bigint':
    case 'decimal':
      return numbers === 'string' ? quoted(text) : text
    case 'uuid':
    case 'date':
    case 'time':
    case 'datetime':
    case 'datetimetz':
    case 'binary':
      return quoted(text)
    case 'text':
    case 'interval':
    case 'other':
      return quoted(escaped(text))
    default:
      return column.type satisfies never
  }
}

/** `+` and not CONCAT, so that NULL stays NULL. */
function quoted(text: string): string {
  return `N'"' + ${text} + N'"'`
}

/** STRING_ESCAPE escapes slashes too, which JSON does not ask for: a backslash before one is never another's. */
function escaped(text: string): string {
  const long = `CAST(${text} AS nvarchar(max)) COLLATE ${exactCollation}`
  return `REPLACE(STRING_ESCAPE(${long}, 'json'), N'\\/', N'/')`
}

/** `{"a":1}` by concatenation: FOR JSON would print doubles with sixteen digits and leave NULLs out. */
export function jsonObjectSql(members: readonly (readonly [name: string, value: string])[]): string {
  if (members.length === 0) return `CAST(N'{}' AS nvarchar(max))`
  const parts = members.map(([name, value], i) => {
    const key = textLiteral(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)
    return `${i === 0 ? `CAST(${key} AS nvarchar(max))` : key} + COALESCE(${value}, N'null')`
  })
  return `${parts.join(' + ')} + N'}'`
}
