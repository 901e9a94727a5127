import type { Scalar, ScalarType } from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'
import { isoDatetime, isoDatetimetz, isoTime } from '../sql/encode.js'

/** A raw value as `output` selects it, back to what `bind` takes. */
export function scalar(raw: Raw, type: ScalarType): Scalar {
  if (raw === null) return null
  switch (type) {
    case 'boolean':
      return Number(raw) !== 0
    case 'integer':
    case 'float':
      return Number(raw)
    case 'bigint':
      return typeof raw === 'object' ? BigInt(plain(raw)) : BigInt(raw)
    case 'binary':
      return typeof raw === 'object' ? raw : Buffer.from(plain(raw))
    case 'time':
      return isoTime(plain(raw))
    case 'datetime':
      return isoDatetime(plain(raw))
    case 'datetimetz':
      return isoDatetimetz(plain(raw))
    default:
      return plain(raw)
  }
}

function plain(raw: NonNullable<Raw>): string {
  return typeof raw === 'object' ? Buffer.from(raw).toString('utf8') : String(raw)
}
