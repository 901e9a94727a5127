import type { ScalarType } from '@gatehouse/core'

/** What types of Oracle mean that say less than callers want to know; from the configuration. */
export interface TypeChoices {
  /** What a DATE is, which always has a time of day. */
  readonly date: 'date' | 'datetime'
  /** What a RAW(16) is. */
  readonly raw16: 'binary' | 'uuid'
  /** What a NUMBER(1) is. */
  readonly number1: 'boolean' | 'integer'
}

export const usualChoices: TypeChoices = { date: 'datetime', raw16: 'binary', number1: 'boolean' }

/** A type as the dictionary tells it. */
export interface DictionaryType {
  readonly name: string
  readonly precision?: number
  readonly scale?: number
  /** Characters of a text, bytes of a RAW. */
  readonly length?: number
}

/** The type as DDL writes it: `NUMBER(12,2)`, `VARCHAR2(100)`, `TIMESTAMP(6) WITH TIME ZONE`. */
export function nativeTypeOf(type: DictionaryType): string {
  const { name, precision, scale, length } = type
  switch (name) {
    case 'NUMBER':
      if (precision === undefined) return scale === 0 ? 'NUMBER(38)' : 'NUMBER'
      return scale === undefined || scale === 0 ? `NUMBER(${precision})` : `NUMBER(${precision},${scale})`
    case 'FLOAT':
      return precision === undefined ? name : `FLOAT(${precision})`
    case 'VARCHAR2':
    case 'NVARCHAR2':
    case 'CHAR':
    case 'NCHAR':
    case 'RAW':
      return length === undefined ? name : `${name}(${length})`
    default:
      return name
  }
}

/** The neutral type; undefined for one whose values have no text: objects, collections, files outside the database. */
export function scalarTypeOf(type: DictionaryType, choices: TypeChoices): ScalarType | undefined {
  const { name, precision, scale } = type
  switch (name) {
    case 'NUMBER':
    case 'INTEGER':
      return numberType(precision, name === 'INTEGER' ? 0 : scale, choices)
    case 'PLS_INTEGER':
    case 'BINARY_INTEGER':
      return 'integer'
    // A NUMBER whose digits are counted in bits.
    case 'FLOAT':
      return 'decimal'
    case 'BINARY_FLOAT':
    case 'BINARY_DOUBLE':
      return 'float'
    case 'VARCHAR2':
    case 'NVARCHAR2':
    case 'VARCHAR':
    case 'CHAR':
    case 'NCHAR':
    case 'CLOB':
    case 'NCLOB':
    case 'LONG':
      return 'text'
    case 'RAW':
      return type.length === 16 ? choices.raw16 : 'binary'
    case 'BLOB':
    case 'LONG RAW':
      return 'binary'
    case 'DATE':
      return choices.date
    case 'JSON':
      return 'json'
    case 'BOOLEAN':
    case 'PL/SQL BOOLEAN':
      return 'boolean'
    case 'XMLTYPE':
    case 'ROWID':
    case 'UROWID':
    case 'SDO_GEOMETRY':
      return 'other'
    default:
      return timeType(name)
  }
}

function numberType(precision: number | undefined, scale: number | undefined, choices: TypeChoices): ScalarType {
  if (precision === undefined || (scale !== undefined && scale !== 0)) return 'decimal'
  if (precision === 1) return choices.number1
  if (precision <= 9) return 'integer'
  // 19 digits hold every number of 64 bits.
  return precision <= 19 ? 'bigint' : 'decimal'
}

function timeType(name: string): ScalarType | undefined {
  if (/^TIMESTAMP(\(\d\))? WITH (LOCAL )?(TIME ZONE|TZ)$/.test(name)) return 'datetimetz'
  if (/^TIMESTAMP(\(\d\))?$/.test(name)) return 'datetime'
  // No whole day fits in, so it is a time of the day.
  if (/^INTERVAL DAY\(0\) TO SECOND(\(\d\))?$/.test(name)) return 'time'
  return /^INTERVAL (DAY|YEAR)/.test(name) ? 'interval' : undefined
}
