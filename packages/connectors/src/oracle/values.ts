import type { Scalar, ScalarType } from '@gatehouse/core'
import type { Encoding } from '../sql/row-shape.js'
import type { BindValue, OutBind } from './connection.js'

/** A value as the driver sends it; `paramSql` makes the column's type of it. */
export function bind(value: Scalar, type: ScalarType): BindValue {
  if (value === null) return null
  // No BOOLEAN before 23, and none is needed after.
  if (typeof value === 'boolean') return value ? 1 : 0
  // The driver has no numbers beyond 2^53.
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (typeof value === 'number') {
    if (type === 'float') return { double: value }
    return type === 'decimal' ? String(value) : value
  }
  switch (type) {
    case 'datetime':
    case 'datetimetz': {
      // The pattern has a fraction, so the text has one too.
      const local = value.replace(/z$/i, '')
      return local.length === 19 ? `${local}.0` : local
    }
    case 'binary':
      return Buffer.from(value, 'base64')
    default:
      return value
  }
}

/** What is bound for a value that RETURNING tells. */
export function returnedInto(encoding: Encoding): OutBind {
  return { out: encoding === 'binary' ? 'bytes' : 'text' }
}
