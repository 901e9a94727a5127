import type { Dialect, JsonRows, Typed } from '../sql/dialect.js'
import { encodings } from '../sql/encodings.js'
import { isPadded } from './native-type.js'
import { literal } from './text-sql.js'

type Output = ReturnType<Dialect['output']>

/** The value as the writer wants it: mostly the column itself, whose text PostgreSQL sends. */
export function outputSql(expression: string, column: Typed): Output {
  const encoding = encodings[column.type]
  switch (column.type) {
    case 'text':
      return { sql: isPadded(column) ? `${expression}::text` : expression, encoding }
    case 'binary':
      return { sql: base64(expression), encoding }
    case 'array':
      return { sql: `to_json(${expression})`, encoding }
    case 'json':
      return { sql: jsonText(expression, column), encoding }
    default:
      return { sql: expression, encoding }
  }
}

/** encode() breaks its lines after 76 characters. */
function base64(expression: string): string {
  return `replace(encode(${expression}, 'base64'), E'\\n', '')`
}

function jsonText(expression: string, column: Typed): string {
  return column.nativeType === 'json' || column.nativeType === 'jsonb' ? expression : `to_json(${expression})`
}

/** The same value as JSON text. NULL stays NULL; `jsonObjectSql` prints it. */
export function jsonValueSql(expression: string, column: Typed, numbers: 'number' | 'string'): string {
  switch (column.type) {
    case 'boolean':
    case 'integer':
      return `(${expression})::text`
    case 'bigint':
      return numbers === 'string' ? quoted(expression) : `(${expression})::text`
    case 'decimal':
      // Infinity fits into a numeric without digits only, NaN into all.
      if (numbers === 'string') return quoted(expression)
      return `CASE WHEN (${expression}) IN ('NaN', 'Infinity', '-Infinity') THEN ${quoted(expression)} ELSE (${expression})::text END`
    case 'float':
      return `to_json(${expression})::text`
    case 'date':
    case 'time':
    case 'uuid':
      return quoted(expression)
    case 'datetime':
      return `to_json(${expression})::text`
    case 'datetimetz':
      return `replace(to_json(${expression})::text, '+00:00', 'Z')`
    case 'binary':
      return `'"' || ${base64(expression)} || '"'`
    case 'json':
      return `(${jsonText(expression, column)})::text`
    case 'array':
      return `to_json(${expression})::text`
    case 'text':
    case 'interval':
    case 'other':
      return `to_json((${expression})::text)::text`
    default:
      return column.type satisfies never
  }
}

function quoted(expression: string): string {
  return `'"' || (${expression})::text || '"'`
}

/** Members that are joined before they are joined to the others. */
const group = 10

/**
 * `{"a":1}` from texts; NULL is null. Costs a third less than json_build_object, which looks up how to print each value
 * anew for each row. `||` is cheaper than format() and concat(), but copies all that it has so far: hence the groups.
 */
export function jsonObjectSql(members: readonly (readonly [name: string, value: string])[]): string {
  if (members.length === 0) return `'{}'`
  const parts = members.map(([name, value], i) => {
    const before = literal(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)
    return `${before} || COALESCE(${value}, 'null')`
  })
  const groups: string[] = []
  for (let i = 0; i < parts.length; i += group) groups.push(`(${parts.slice(i, i + group).join(' || ')})`)
  return `(${groups.join(' || ')} || '}')`
}

/** Ordered and limited before they are joined; the order of a subquery holds in the aggregate over it. */
export function jsonArraySql({ object, from, where, order, limit }: JsonRows): string {
  const rows = `SELECT ${object} AS o FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}`
  return `(SELECT '[' || COALESCE(string_agg(r.o, ','), '') || ']' FROM (${rows}) AS r)`
}
