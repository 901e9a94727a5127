import type { ScalarType } from '@gatehouse/core'

/** What a column's or parameter's type is, from `DATA_TYPE` and `COLUMN_TYPE` (`tinyint(1) unsigned`). */
export function scalarTypeOf(dataType: string, columnType: string): ScalarType {
  const native = columnType.toLowerCase()
  const unsigned = native.includes('unsigned')
  switch (dataType.toLowerCase()) {
    case 'boolean':
    case 'bool':
      return 'boolean'
    case 'tinyint':
      // What BOOLEAN is stored as; the display width is the only trace of it.
      return /^tinyint\(1\)/.test(native) && !unsigned ? 'boolean' : 'integer'
    case 'bit':
      return /^bit(\(1\))?$/.test(native) ? 'boolean' : 'bigint'
    case 'smallint':
    case 'mediumint':
    case 'year':
      return 'integer'
    case 'int':
    case 'integer':
      return unsigned ? 'bigint' : 'integer'
    case 'bigint':
    case 'serial':
      return 'bigint'
    case 'decimal':
    case 'numeric':
    case 'dec':
    case 'fixed':
      return 'decimal'
    case 'float':
    case 'double':
    case 'real':
    case 'double precision':
      return 'float'
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
    case 'nchar':
    case 'nvarchar':
    case 'enum':
    case 'set':
      return 'text'
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return 'binary'
    case 'date':
      return 'date'
    case 'time':
      return 'time'
    case 'datetime':
      return 'datetime'
    case 'timestamp':
      return 'datetimetz'
    case 'json':
      return 'json'
    case 'uuid':
      return 'uuid'
    default:
      return 'other'
  }
}

/** The members of `enum('a','it''s')`; undefined for other types, and for a set, whose values are combinations. */
export function membersOf(columnType: string): readonly string[] | undefined {
  return /^enum\(/i.test(columnType) ? textsIn(columnType) : undefined
}

/** The texts in quotes. Both servers double a quote inside; a backslash stands for itself. */
function textsIn(sql: string): string[] {
  return [...sql.matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"))
}

/**
 * The column and the values of a check that lists them: `` `status` in ('new','paid') ``, which MySQL writes
 * `` (`status` in (_utf8mb4\'new\',_utf8mb4\'paid\')) ``.
 */
export function listedIn(check: string): { readonly column: string; readonly values: readonly string[] } | undefined {
  const plain = check.replaceAll("\\'", "'").trim()
  const list = /^\(?`((?:[^`]|``)+)` in \(((?:(?:_\w+)?'(?:[^']|'')*'(?:, ?)?)+)\)\)?$/i.exec(plain)
  if (!list?.[1] || !list[2]) return undefined
  return { column: list[1].replaceAll('``', '`'), values: textsIn(list[2]) }
}
