import type { ScalarType } from '@gatehouse/core'

/** What a column's or parameter's type is, by the name of the system type below it. */
export function scalarTypeOf(systemType: string): ScalarType {
  return types.get(systemType.toLowerCase()) ?? 'other'
}

const types: ReadonlyMap<string, ScalarType> = new Map([
  ['bit', 'boolean'],
  ['tinyint', 'integer'],
  ['smallint', 'integer'],
  ['int', 'integer'],
  ['bigint', 'bigint'],
  ['decimal', 'decimal'],
  ['numeric', 'decimal'],
  ['money', 'decimal'],
  ['smallmoney', 'decimal'],
  ['float', 'float'],
  ['real', 'float'],
  ['char', 'text'],
  ['varchar', 'text'],
  ['text', 'text'],
  ['nchar', 'text'],
  ['nvarchar', 'text'],
  ['ntext', 'text'],
  ['sysname', 'text'],
  ['xml', 'text'],
  ['uniqueidentifier', 'uuid'],
  ['date', 'date'],
  ['time', 'time'],
  ['datetime', 'datetime'],
  ['smalldatetime', 'datetime'],
  ['datetime2', 'datetime'],
  ['datetimeoffset', 'datetimetz'],
  ['binary', 'binary'],
  ['varbinary', 'binary'],
  ['image', 'binary'],
  ['timestamp', 'binary'],
  ['rowversion', 'binary'],
  ['json', 'json'],
])

/** `nvarchar(100)`: as it can be declared. Lengths of the catalog count bytes; -1 is `max`. */
export function nativeTypeOf(systemType: string, maxLength: number, precision: number, scale: number): string {
  const name = systemType.toLowerCase()
  switch (name) {
    case 'nchar':
    case 'nvarchar':
      return `${name}(${maxLength < 0 ? 'max' : maxLength / 2})`
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return `${name}(${maxLength < 0 ? 'max' : maxLength})`
    case 'decimal':
    case 'numeric':
      return `${name}(${precision},${scale})`
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      return `${name}(${scale})`
    case 'sysname':
      return 'nvarchar(128)'
    default:
      return name
  }
}

/** Characters of a text, bytes of binary; undefined: as many as there are. */
export function lengthOf(systemType: string, maxLength: number): number | undefined {
  if (maxLength < 0) return undefined
  switch (systemType.toLowerCase()) {
    case 'nchar':
    case 'nvarchar':
    case 'sysname':
      return maxLength / 2
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
    case 'timestamp':
      return maxLength
    default:
      return undefined
  }
}

/** The name of the type without its length, in lower case: what expressions depend on. */
export function baseOf(nativeType: string): string {
  return /^\w+/.exec(nativeType.toLowerCase())?.[0] ?? ''
}
