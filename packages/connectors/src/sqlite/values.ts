import { Failure, type Scalar, type ScalarType } from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'
import { isoDatetime, plainText } from '../sql/encode.js'
import { parseDecimal, printDecimal } from './decimal.js'

const maxInteger = 2n ** 63n - 1n
const minInteger = -(2n ** 63n)

/**
 * A value as it is stored. SQLite has no booleans (1 and 0) and no dates: those are ISO texts that sort by time,
 * `2026-01-31 13:59:59.5` with a space as SQLite's own functions print them, and with a time zone always UTC and without
 * a `Z` (which would sort `59Z` behind `59.5Z`). Decimals are plain texts; a column's affinity makes numbers of them.
 *
 * Throws `unprocessable` for numbers beyond what SQLite holds.
 */
export function bind(value: Scalar, type: ScalarType): null | number | bigint | string | Uint8Array {
  if (value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') {
    if (value > maxInteger || value < minInteger) throw tooLarge('An integer', 'Integers have 64 bits')
    return value
  }
  if (typeof value === 'number' && Number.isNaN(value)) {
    throw new Failure('unprocessable', 'The database holds no NaN: it would be NULL')
  }
  if (typeof value !== 'string') return value
  switch (type) {
    case 'decimal': {
      const number = parseDecimal(value)
      if (!number) throw tooLarge('A decimal', 'Exponents go up to 10000')
      return printDecimal(number)
    }
    case 'datetime':
    case 'datetimetz':
      return value.startsWith(verbatim) ? value.slice(verbatim.length) : stored(value)
    default:
      return value
  }
}

function tooLarge(what: string, hint: string): Failure {
  return new Failure('unprocessable', `${what} is too large for the database`, { hint })
}

function stored(iso: string): string {
  const utc = iso.endsWith('Z') ? iso.slice(0, -1) : iso
  return utc.charCodeAt(10) === 0x54 ? `${utc.slice(0, 10)} ${utc.slice(11)}` : utc
}

/** Marks a time that is stored in another form than `bind` writes: in a cursor it has to be compared as it stands. */
const verbatim = '='

/** A raw value read back, so that `bind` makes the same of it again. */
export function scalar(raw: Raw, type: ScalarType): Scalar {
  if (raw === null) return null
  switch (type) {
    case 'boolean':
      return typeof raw === 'string' ? raw === '1' || raw === 'true' : Number(raw) !== 0
    case 'integer':
      if (typeof raw === 'bigint' && !Number.isSafeInteger(Number(raw))) return raw
      return typeof raw === 'bigint' ? Number(raw) : typeof raw === 'number' ? raw : numberOf(raw)
    case 'float':
      return typeof raw === 'bigint' ? Number(raw) : typeof raw === 'number' ? raw : numberOf(raw)
    case 'bigint':
      return typeof raw === 'number' && Number.isInteger(raw) ? BigInt(raw) : (raw as Exclude<typeof raw, Uint8Array>)
    case 'binary':
      return raw instanceof Uint8Array ? raw : Buffer.from(plainText(raw))
    case 'datetime':
    case 'datetimetz': {
      const text = plainText(raw)
      const iso = isoDatetime(text)
      if (stored(iso) !== text || text.startsWith(verbatim)) return verbatim + text
      return type === 'datetimetz' ? `${iso}Z` : iso
    }
    default:
      return plainText(raw)
  }
}

function numberOf(raw: string | Uint8Array): number | string {
  const text = plainText(raw)
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}
