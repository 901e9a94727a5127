import type { Dialect, Typed } from '../sql/dialect.js'
import type { Encoding } from '../sql/row-shape.js'
import type { Flavour } from './flavour.js'
import { textLiteral } from './text-sql.js'

type Output = ReturnType<Dialect['output']>

/** What a column's native type asks for, beside its neutral type. */
function nativeOf(column: Typed) {
  const native = column.nativeType.toLowerCase()
  return {
    bit: native.startsWith('bit'),
    year: native.startsWith('year'),
    /** Four bytes: has to be printed with just as many digits as it takes to read it back. */
    single: native.startsWith('float'),
    zerofill: native.includes('zerofill'),
    fraction: /\([1-6]\)/.test(native),
    geometry: geometries.test(native),
    vector: native.startsWith('vector'),
    members: native.startsWith('enum') || native.startsWith('set'),
  }
}

const geometries = /^(geometry|point|linestring|polygon|multi(point|linestring|polygon)|geom(etry)?collection)\b/

/** What an average is: the digits behind its point are more than there is to tell. */
export const quotient: Typed = { type: 'decimal', nativeType: 'quotient' }

export const isSingle = (column: Typed) => column.type === 'float' && nativeOf(column).single
export const isMembers = (column: Typed) => nativeOf(column).members
export const isGeometry = (column: Typed) => nativeOf(column).geometry

/** The value as an expression that the driver reads raw and that CONCAT turns into the same text. */
export function outputSql(expression: string, column: Typed, flavour: Flavour): Output {
  const native = nativeOf(column)
  switch (column.type) {
    case 'boolean':
      return { sql: `(${expression} <> 0)`, encoding: 'boolean' }
    case 'integer':
    case 'bigint':
      if (native.bit) return { sql: `CAST(${expression} AS UNSIGNED)`, encoding: 'number' }
      return { sql: native.zerofill || native.year ? `(${expression} + 0)` : expression, encoding: 'number' }
    case 'decimal':
      if (column.nativeType === quotient.nativeType) return { sql: withoutZeros(expression), encoding: 'number' }
      return { sql: native.zerofill ? `(${expression} + 0)` : expression, encoding: 'number' }
    case 'float':
      return { sql: native.single ? singleText(expression, flavour) : doubleText(expression), encoding: 'number' }
    case 'other':
      if (native.geometry) return { sql: `ST_AsText(${expression})`, encoding: 'text' }
      if (native.vector) return { sql: vectorText(expression, flavour), encoding: 'text' }
      return { sql: expression, encoding: 'text' }
    default:
      return { sql: expression, encoding: encodings[column.type] }
  }
}

const encodings = {
  text: 'text',
  uuid: 'text',
  interval: 'text',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  datetimetz: 'datetimetz',
  binary: 'binary',
  json: 'json',
  array: 'json',
} as const satisfies Record<string, Encoding>

/**
 * The server prints a double with the fewest digits that read back the same, alike in rows and inside JSON; an exponent
 * gets the sign that it has elsewhere.
 */
function doubleText(expression: string): string {
  return signed(`CAST(${expression} AS CHAR)`)
}

function signed(text: string): string {
  return `REPLACE(REPLACE(${text}, 'e', 'e+'), 'e+-', 'e-')`
}

/**
 * The server prints a FLOAT with six digits, which is not always enough: try six, seven and eight before the nine that
 * always are.
 */
function singleText(expression: string, flavour: Flavour): string {
  if (!flavour.castFloat) return doubleText(`${expression} + 0e0`)
  const rounded = (digits: number) =>
    `CAST(ROUND(${expression} + 0e0, ${digits - 1} - FLOOR(LOG10(ABS(${expression})))) AS CHAR)`
  const six = `CAST(${expression} AS CHAR)`
  const tries = [six, rounded(7), rounded(8)].map((t) => `WHEN CAST(${t} AS FLOAT) = ${expression} THEN ${t}`)
  return signed(`CASE ${tries.join(' ')} ELSE COALESCE(${rounded(9)}, ${six}) END`)
}

function vectorText(expression: string, flavour: Flavour): string {
  return flavour.mariadb ? `VEC_ToText(${expression})` : `VECTOR_TO_STRING(${expression})`
}

/**
 * The same value as JSON text, for a document put together by CONCAT. The server's own JSON functions are not used for
 * that: MySQL's sort the keys and print 1.0 for a double 1, MariaDB's quote decimals.
 */
export function jsonValueSql(
  expression: string,
  column: Typed,
  numbers: 'number' | 'string',
  flavour: Flavour,
): string {
  const { sql } = outputSql(expression, column, flavour)
  return `COALESCE(${presentValue(sql, column, numbers)}, 'null')`
}

function presentValue(sql: string, column: Typed, numbers: 'number' | 'string'): string {
  switch (column.type) {
    case 'boolean':
      // A CASE, since IF would answer false for NULL.
      return `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`
    case 'integer':
    case 'float':
      return sql
    case 'bigint':
    case 'decimal':
      return numbers === 'string' ? `CONCAT('"', ${sql}, '"')` : sql
    case 'date':
      return `CONCAT('"', ${sql}, '"')`
    case 'time':
      return `CONCAT('"', ${trimmed(`CAST(${sql} AS CHAR)`, column)}, '"')`
    case 'datetime':
      return `CONCAT('"', ${isoText(sql, column)}, '"')`
    case 'datetimetz':
      return `CONCAT('"', ${isoText(sql, column)}, 'Z"')`
    case 'binary':
      // TO_BASE64 breaks its lines.
      return `CONCAT('"', REPLACE(TO_BASE64(${sql}), '\n', ''), '"')`
    case 'json':
    case 'array':
      return sql
    case 'text':
    case 'uuid':
    case 'interval':
    case 'other':
      return `JSON_QUOTE(${plainText(sql, column)})`
    default:
      return column.type satisfies never
  }
}

/** JSON_QUOTE takes texts alone; what is none already becomes one. */
function plainText(sql: string, column: Typed): string {
  return /^(var)?char|^(tiny|medium|long)?text/i.test(column.nativeType) ? sql : `CAST(${sql} AS CHAR)`
}

function isoText(sql: string, column: Typed): string {
  return trimmed(`REPLACE(CAST(${sql} AS CHAR), ' ', 'T')`, column)
}

/** `.500000` becomes `.5`, `.000000` nothing. A type without digits of a second has no point to find. */
function trimmed(text: string, column: Typed): string {
  const known = /^(date|time)/i.test(column.nativeType)
  if (known && !nativeOf(column).fraction && column.nativeType !== column.type) return text
  // Zeros may only be taken from behind a point.
  const short = withoutZeros(text)
  return nativeOf(column).fraction ? short : `IF(LOCATE('.', ${text}) > 0, ${short}, ${text})`
}

/** Of a text with a point. */
function withoutZeros(text: string): string {
  return `TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM ${text}))`
}

/** `{"a":1}` by CONCAT; names are escaped as JSON and then as SQL. */
export function jsonObjectSql(members: readonly (readonly [name: string, value: string])[]): string {
  if (members.length === 0) return `'{}'`
  const parts = members.flatMap(([name, value], i) => [
    textLiteral(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    value,
  ])
  return `CONCAT(${parts.join(', ')}, '}')`
}
