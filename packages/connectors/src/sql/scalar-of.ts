import type { Scalar, ScalarType } from '@gatehouse/core'
import type { Raw } from './driver.js'
import { isoDatetime, isoDatetimetz, isoTime, plainText } from './encode.js'

/** The reverse of `bind`, for databases that answer texts, numbers and bytes as they are. */
export function scalarOf(raw: Raw, type: ScalarType): Scalar {
  if (raw === null) return null
  switch (type) {
    case 'boolean':
      // Single bits come as bytes.
      return Number(raw instanceof Uint8Array ? raw.at(-1) : raw) !== 0
    case 'integer':
    case 'float':
      return Number(raw)
    case 'bigint':
      return BigInt(plainText(raw))
    case 'binary':
      return typeof raw === 'object' ? raw : Buffer.from(plainText(raw))
    case 'time':
      return isoTime(plainText(raw))
    case 'datetime':
      return isoDatetime(plainText(raw))
    case 'datetimetz':
      return isoDatetimetz(plainText(raw))
    case 'decimal':
      // Oracle prints no zero before the point.
      return plainText(raw).replace(/^(-?)\./, '$10.')
    default:
      return plainText(raw)
  }
}
