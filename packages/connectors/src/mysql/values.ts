import type { Scalar, ScalarType } from '@gatehouse/core'
import mysql from 'mysql2'

// Taken once: the driver looks them up anew at each use.
const { LONGLONG, NEWDECIMAL } = mysql.TypedParameter

/**
 * A value as the driver sends it. Numbers carry their type on the wire: a decimal sent as text would be compared as a
 * double, and a whole number sent as a double would lose digits beyond 2^53.
 */
export function bind(value: Scalar, type: ScalarType): unknown {
  if (value === null) return null
  if (typeof value === 'bigint') return wholeNumber(value)
  if (typeof value === 'boolean') return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && type !== 'float' ? LONGLONG(value) : value
  }
  switch (type) {
    case 'decimal':
      return NEWDECIMAL(value)
    case 'datetimetz':
      // Sessions run at +00:00, where a TIMESTAMP takes and gives UTC; MariaDB takes no offset in the text.
      return value.endsWith('Z') || value.endsWith('z') ? value.slice(0, -1) : value
    case 'binary':
      return Buffer.from(value, 'base64')
    default:
      return value
  }
}

const maxSigned = 2n ** 63n - 1n
const maxUnsigned = 2n ** 64n - 1n

function wholeNumber(value: bigint): unknown {
  if (value > maxSigned && value <= maxUnsigned) return LONGLONG.unsigned(value)
  // Too large for any integer column: let the server say so.
  if (value > maxUnsigned || value < -maxSigned - 1n) return NEWDECIMAL(value.toString())
  return LONGLONG(value)
}
