import { Failure } from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'
import { shortestSingle } from './short-floats.js'

/** What the driver says of a column's type. */
export interface WireType {
  /** The driver's name of it: `DateTime2`, `FloatN`. */
  readonly name: string
  /** Bytes of a number. */
  readonly size?: number
  readonly scale?: number
}

/**
 * A value as the driver answers it, as the raw value that everything else takes. Throws `unsupported` for a number that
 * the driver has rounded: statements of the connector select those as texts, but the results of procedures are as they
 * are.
 */
export function rawOf(value: unknown, type: WireType): Raw {
  switch (typeof value) {
    case 'boolean':
      return value ? 1 : 0
    case 'number':
      return numberOf(value, type)
    case 'string':
    case 'bigint':
      return value
    default:
      if (value instanceof Date) return textOfDate(value, type)
      return value instanceof Uint8Array ? value : null
  }
}

function numberOf(value: number, { name, size, scale }: WireType): Raw {
  switch (name) {
    case 'NumericN':
    case 'DecimalN':
    case 'Numeric':
    case 'Decimal':
      return exactText(value, scale ?? 0)
    case 'MoneyN':
    case 'Money':
    case 'SmallMoney':
      return exactText(value, 4)
    case 'Real':
      return shortestSingle(value)
    case 'FloatN':
      return size === 4 ? shortestSingle(value) : value
    default:
      return value
  }
}

/** Up to here the nearest double of a decimal is nearer to no other decimal of as many digits. */
const exactUpTo = 2 ** 52
/** Powers of ten that a double holds exactly. */
const exactScale = 22

function exactText(value: number, scale: number): string {
  if (scale <= exactScale && Math.abs(value) * 10 ** scale < exactUpTo) return value.toFixed(scale)
  throw new Failure('unsupported', 'A result of this procedure has a number of more digits than can be read exactly', {
    hint: 'Let the procedure convert the column to varchar',
  })
}

/** Ticks of 100 nanoseconds behind the milliseconds, which the driver keeps beside the Date as a part of a second. */
function textOfDate(date: Date, { name }: WireType): string {
  const iso = date.toISOString()
  const delta = 'nanosecondsDelta' in date ? Number(date.nanosecondsDelta) : 0
  const ticks = delta > 0 ? String(Math.round(delta * 1e7)).padStart(4, '0') : ''
  const day = iso.slice(0, -'T00:00:00.000Z'.length)
  const time = iso.slice(-'00:00:00.000Z'.length, -1) + ticks
  switch (name) {
    case 'Date':
      return day
    case 'Time':
      return time
    case 'DateTimeOffset':
      return `${day}T${time}+00:00`
    default:
      return `${day}T${time}`
  }
}
