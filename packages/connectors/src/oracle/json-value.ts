import type { Dialect, JsonRows, Typed } from '../sql/dialect.js'
import { isBlob, isClob, isShortText, isTimestamp } from './column-kind.js'
import type { Flavour } from './flavour.js'
import { doubleText, numberText } from './number-text.js'
import { outputSql } from './output.js'
import { textLiteral } from './text-sql.js'

/**
 * A value as JSON text, put together in SQL. The server's own JSON functions are not used for that: they print doubles
 * and dates in their own ways, and bytes in hexadecimal.
 */
export function jsonValueSql(
  expression: string,
  column: Typed,
  numbers: 'number' | 'string',
  flavour: Flavour,
): string {
  // What is long, or holds a bound value, which stands for one use only, gets a name: it is used more than once here.
  if (/[(:]/.test(expression)) {
    return named(expression, (name) => jsonValueSql(name, column, numbers, flavour))
  }
  if (isClob(column)) {
    const text: Typed = { type: 'text', nativeType: 'text' }
    return named(outputSql(expression, column).sql, (name) => jsonValueSql(name, text, numbers, flavour))
  }
  const { sql, long } = presentValue(expression, column, numbers, flavour)
  // The branches of a CASE must be of one type.
  return `CASE WHEN ${expression} IS NULL THEN ${long ? "TO_CLOB('null')" : "'null'"} ELSE ${sql} END`
}

function named(expression: string, use: (name: string) => string): string {
  return `(SELECT ${use('"x"."v"')} FROM (SELECT ${expression} AS "v" FROM DUAL) "x")`
}

/** `long`: a CLOB, since a VARCHAR2 ends at 4,000 bytes. */
function presentValue(
  expression: string,
  column: Typed,
  numbers: 'number' | 'string',
  flavour: Flavour,
): { readonly sql: string; readonly long: boolean } {
  const { sql } = outputSql(expression, column)
  switch (column.type) {
    case 'boolean':
      return { sql: `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '"' || ${sql} || '"' END`, long: false }
    case 'integer':
    case 'bigint':
    case 'decimal': {
      const text = numberText(sql, column)
      return { sql: numbers === 'string' && column.type !== 'integer' ? inQuotes(text) : text, long: false }
    }
    case 'float':
      return { sql: doubleText(sql, column), long: false }
    case 'date':
    case 'uuid':
      return { sql: inQuotes(sql), long: false }
    case 'time':
      return { sql: inQuotes(withoutZeros(sql)), long: false }
    case 'datetime':
      return { sql: inQuotes(isTimestamp(column) ? withoutZeros(sql) : sql), long: false }
    case 'datetimetz':
      if (!isTimestamp(column)) return { sql: inQuotes(sql), long: false }
      return { sql: `'"' || ${withoutZeros(`RTRIM(${sql}, 'Z')`)} || 'Z"'`, long: false }
    case 'binary':
      return isBlob(column) ? { sql: blobText(expression), long: true } : { sql: rawText(expression), long: false }
    case 'json':
    case 'array':
      return { sql: `TO_CLOB(${sql})`, long: true }
    case 'interval':
      return { sql: quotedText(sql, false, flavour), long: false }
    case 'text':
    case 'other': {
      const long = column.type === 'other' || !isShortText(column)
      return { sql: quotedText(long ? `TO_CLOB(${sql})` : sql, long, flavour), long }
    }
    default:
      return column.type satisfies never
  }
}

function inQuotes(text: string): string {
  return `'"' || ${text} || '"'`
}

/** Zeros at the end of a fraction, and then its point. */
function withoutZeros(text: string): string {
  return `RTRIM(RTRIM(${text}, '0'), '.')`
}

/**
 * A text as a JSON string. Few have control characters, and only those are left to the server's own function, or below
 * 18 to patterns that know the usual ones: others show as U+FFFD there.
 */
function quotedText(text: string, long: boolean, flavour: Flavour): string {
  const plain = `REPLACE(REPLACE(${text}, '\\', '\\\\'), '"', '\\"')`
  let escaped = plain
  for (const [code, letter] of [
    [8, 'b'],
    [9, 't'],
    [10, 'n'],
    [12, 'f'],
    [13, 'r'],
  ] as const) {
    escaped = `REPLACE(${escaped}, CHR(${code}), '\\${letter}')`
  }
  const control = flavour.json
    ? `RTRIM(LTRIM(JSON_ARRAY(${text}${long ? ' RETURNING CLOB' : ''}), '['), ']')`
    : `'"' || REGEXP_REPLACE(${escaped}, '[[:cntrl:]]', '\\\\ufffd') || '"'`
  return `CASE WHEN REGEXP_LIKE(${text}, '[[:cntrl:]]') THEN ${control} ELSE '"' || ${plain} || '"' END`
}

/** Bytes that one call encodes: whole lines of base64 that fit into a RAW of SQL. */
const pieceLength = 1080

/** UTL_ENCODE breaks its lines. */
function base64(bytes: string): string {
  return `REPLACE(UTL_RAW.CAST_TO_VARCHAR2(UTL_ENCODE.BASE64_ENCODE(${bytes})), CHR(13) || CHR(10), '')`
}

function rawText(expression: string): string {
  const [first, rest] = [
    `UTL_RAW.SUBSTR(${expression}, 1, ${pieceLength})`,
    `UTL_RAW.SUBSTR(${expression}, ${pieceLength + 1})`,
  ]
  const long = `${base64(first)} || ${base64(rest)}`
  return inQuotes(
    `CASE WHEN UTL_RAW.LENGTH(${expression}) > ${pieceLength} THEN ${long} ELSE ${base64(expression)} END`,
  )
}

function blobText(expression: string): string {
  const piece = base64(`DBMS_LOB.SUBSTR(${expression}, ${pieceLength}, (LEVEL - 1) * ${pieceLength} + 1)`)
  const pieces = `XMLCAST(XMLAGG(XMLELEMENT("b", ${piece}) ORDER BY LEVEL) AS CLOB)`
  const count = `CEIL(DBMS_LOB.GETLENGTH(${expression}) / ${pieceLength})`
  return `TO_CLOB('"') || (SELECT ${pieces} FROM DUAL CONNECT BY LEVEL <= ${count}) || '"'`
}

/** `{"a":1}` as a CLOB; names are escaped as JSON and then as SQL. */
export const jsonObjectSql: Dialect['jsonObject'] = (members) => {
  if (members.length === 0) return `TO_CLOB('{}')`
  const parts = members.map(([name, value], i) => {
    const key = textLiteral(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)
    // A record of another table may not be there, and nothing beside a text is no JSON.
    const present = value.startsWith('(SELECT') ? `NVL(${value}, TO_CLOB('null'))` : value
    return `${i === 0 ? `TO_CLOB(${key})` : key} || ${present}`
  })
  return `${parts.join(' || ')} || '}'`
}

export function jsonArraySql({ object, from, where, order, limit }: JsonRows, flavour: Flavour): string {
  const numbered = `SELECT ${object} AS "o", ROW_NUMBER() OVER (ORDER BY ${order}) AS "n" FROM ${from} WHERE ${where}`
  const rows = `(${numbered}) "r" WHERE "r"."n" <= ${limit}`
  if (flavour.json) {
    const all = `JSON_ARRAYAGG("r"."o" FORMAT JSON ORDER BY "r"."n" RETURNING CLOB)`
    return `(SELECT COALESCE(${all}, TO_CLOB('[]')) FROM ${rows})`
  }
  const all = `XMLCAST(XMLAGG(XMLELEMENT("e", ',' || "r"."o") ORDER BY "r"."n") AS CLOB)`
  return `(SELECT TO_CLOB('[') || SUBSTR(${all}, 2) || ']' FROM ${rows})`
}
