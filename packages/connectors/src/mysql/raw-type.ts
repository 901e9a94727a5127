import mysql from 'mysql2'
import type { Raw } from '../sql/driver.js'
import type { Encoding } from '../sql/row-shape.js'
import type { Field } from './session.js'

/** How the values of a result set's column are printed, where no catalog says it: by the protocol's own type. */
export interface RawType {
  readonly encoding: Encoding
  /** Makes a raw value of what the driver answers, where that is none. */
  readonly raw?: (value: unknown) => Raw
}

const binaryCharset = 63
const types = mysql.Types

export function rawTypeOf(field: Field, numbers: 'number' | 'string'): RawType {
  const wide: Encoding = numbers === 'string' ? 'number_string' : 'number'
  if (field.extendedFormat === 'json') return { encoding: 'json' }
  switch (field.columnType) {
    case types.TINY:
      // The display width is the only trace of BOOLEAN.
      return { encoding: field.columnLength === 1 ? 'boolean' : 'number' }
    case types.SHORT:
    case types.INT24:
    case types.LONG:
    case types.YEAR:
    case types.DOUBLE:
      return { encoding: 'number' }
    case types.FLOAT:
      return { encoding: 'number', raw: (value) => (typeof value === 'number' ? shortest(value) : null) }
    case types.LONGLONG:
    case types.DECIMAL:
    case types.NEWDECIMAL:
      return { encoding: wide }
    case types.BIT:
      return { encoding: field.columnLength === 1 ? 'boolean' : wide, raw: bitsOf }
    case types.DATE:
    case types.NEWDATE:
      return { encoding: 'date' }
    case types.TIME:
      return { encoding: 'time' }
    case types.DATETIME:
      return { encoding: 'datetime' }
    case types.TIMESTAMP:
      return { encoding: 'datetimetz' }
    case types.JSON:
      return { encoding: 'json' }
    case types.GEOMETRY:
    case vector:
      // The driver has taken them apart already.
      return { encoding: 'json', raw: (value) => (value === null ? null : JSON.stringify(value)) }
    default:
      return { encoding: field.characterSet === binaryCharset && isBytes(field) ? 'binary' : 'text' }
  }
}

const vector = 242
const blobs = new Set<number>([
  types.TINY_BLOB,
  types.MEDIUM_BLOB,
  types.LONG_BLOB,
  types.BLOB,
  types.VAR_STRING,
  types.STRING,
  types.VARCHAR,
])

function isBytes(field: Field): boolean {
  return blobs.has(field.columnType)
}

/** The fewest digits that make the same four-byte number. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9))
}

function bitsOf(value: unknown): Raw {
  if (!(value instanceof Uint8Array)) return null
  let bits = 0n
  for (const byte of value) bits = bits * 256n + BigInt(byte)
  return bits
}
