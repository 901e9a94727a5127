import type { Dialect, JsonRows, Typed } from '../sql/dialect.js'
import { encodings } from '../sql/encodings.js'
import type { Encoding } from '../sql/row-shape.js'
import { functions } from './function-names.js'
import { textLiteral } from './text-sql.js'

/** True for a decimal that is kept as text, with all its digits: `DECIMAL_TEXT(38,10)`. */
export function isTextDecimal(column: Typed): boolean {
  return column.type === 'decimal' && /text/i.test(column.nativeType)
}

export function outputSql(expression: string, column: Typed): ReturnType<Dialect['output']> {
  const encoding = encodings[column.type]
  const sql = encoding === 'json' ? jsonSql(expression) : expression
  const { scale } = column
  return column.type === 'decimal' && scale !== undefined ? { sql, encoding, scale } : { sql, encoding }
}

/** JSON (or JSONB, looked at to its end) as SQLite prints it, in one line; a text that is no JSON (nothing checks it) becomes a JSON string. */
export function jsonSql(expression: string): string {
  const fallback = `${functions.print}(${expression}, 'text', -1)`
  return `CASE WHEN json_valid(${expression}, 10) THEN json(${expression}) ELSE ${fallback} END`
}

/**
 * JSON as plain text and not by SQLite's JSON functions: their results lose that they are JSON on the way through CASE
 * and subqueries. Texts and integers are quick; for the others the writer's own code prints, so both look the same.
 */
export function jsonValueSql(expression: string, column: Typed, numbers: 'number' | 'string'): string {
  const { sql, encoding, scale = -1 } = outputSql(expression, column)
  switch (column.type) {
    case 'text':
    case 'uuid':
    case 'date':
    case 'interval':
    case 'other':
      // A placeholder stands for the next value each time it is written, so an expression that has one is written once.
      if (sql.includes('?')) return printSql(sql, 'text', -1)
      return `CASE typeof(${sql}) WHEN 'text' THEN json_quote(${sql}) ELSE ${printSql(sql, 'text', -1)} END`
    case 'boolean':
      return `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE ${functions.print}(${sql}, 'boolean', -1) END`
    case 'integer':
      return integerSql(sql)
    case 'bigint':
      return numbers === 'string' ? printSql(sql, 'number_string', -1) : integerSql(sql)
    case 'decimal':
      return printSql(sql, numbers === 'string' ? 'number_string' : 'number', scale)
    case 'json':
    case 'array':
      return sql
    case 'float':
    case 'binary':
    case 'time':
    case 'datetime':
    case 'datetimetz':
      return printSql(sql, encoding, -1)
    default:
      return column.type satisfies never
  }
}

function integerSql(sql: string): string {
  return `CASE typeof(${sql}) WHEN 'integer' THEN CAST(${sql} AS TEXT) ELSE ${printSql(sql, 'number', -1)} END`
}

function printSql(sql: string, encoding: Encoding, scale: number): string {
  return `${functions.print}(${sql}, '${encoding}', ${scale})`
}

/** A function of SQLite takes so many arguments. */
const maxArguments = 900

export function jsonObjectSql(members: readonly (readonly [name: string, value: string])[]): string {
  if (members.length === 0) return `'{}'`
  const parts = members.flatMap(([name, value], i) => [
    textLiteral(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    `coalesce(${value}, 'null')`,
  ])
  return concat([...parts, `'}'`])
}

function concat(parts: readonly string[]): string {
  if (parts.length <= maxArguments) return `concat(${parts.join(', ')})`
  const groups: string[] = []
  for (let i = 0; i < parts.length; i += maxArguments) groups.push(concat(parts.slice(i, i + maxArguments)))
  return concat(groups)
}

export function jsonArraySql({ object, from, where, order, limit }: JsonRows): string {
  const rows = `SELECT ${object} AS "o" FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}`
  return `(SELECT '[' || coalesce(group_concat("r"."o", ','), '') || ']' FROM (${rows}) AS "r")`
}
