import type { Scalar, ScalarType } from '@gatehouse/core'

/**
 * A value with the type in which it is sent. A decimal is its digits as one whole number, and how many of them stand
 * behind the point. Dates and times go as texts (nvarchar) that the statement casts, since ISO 8601 reads the same in
 * every language of the server.
 */
export type Bound =
  | { readonly type: 'bit'; readonly value: boolean | null }
  | { readonly type: 'int'; readonly value: number | null }
  | { readonly type: 'bigint'; readonly value: bigint | null }
  | { readonly type: 'float'; readonly value: number | null }
  | { readonly type: 'decimal'; readonly value: bigint | null; readonly precision: number; readonly scale: number }
  | { readonly type: 'nvarchar'; readonly value: string | null }
  | { readonly type: 'varbinary'; readonly value: Uint8Array | null }
  | { readonly type: 'uniqueidentifier'; readonly value: string | null }

/** Up to here a text or bytes are sent in a type with a length, of which the server keeps fewer plans than of values. */
export const shortText = 4000
export const shortBinary = 8000

/** The type as SQL declares it: `nvarchar(4000)`. */
export function declarationOf(bound: Bound): string {
  switch (bound.type) {
    case 'decimal':
      return `decimal(${bound.precision},${bound.scale})`
    case 'nvarchar':
      return (bound.value?.length ?? 0) > shortText ? 'nvarchar(max)' : `nvarchar(${shortText})`
    case 'varbinary':
      return (bound.value?.length ?? 0) > shortBinary ? 'varbinary(max)' : `varbinary(${shortBinary})`
    case 'bit':
    case 'int':
    case 'bigint':
    case 'float':
    case 'uniqueidentifier':
      return bound.type
    default:
      return bound satisfies never
  }
}

/** A value as the driver takes it; see `Dialect.bind`. */
export function bind(value: Scalar, type: ScalarType): Bound {
  if (value === null) return nothing(type)
  if (typeof value === 'boolean') return { type: 'bit', value }
  if (typeof value === 'bigint') return whole(value)
  if (typeof value === 'object') return { type: 'varbinary', value }
  if (typeof value === 'number') {
    if (type === 'float' || !Number.isSafeInteger(value)) return { type: 'float', value }
    return type === 'integer' && Math.abs(value) <= maxInt ? { type: 'int', value } : whole(BigInt(value))
  }
  switch (type) {
    case 'decimal':
    case 'integer':
    case 'bigint':
      return decimal(value)
    case 'float':
      return { type: 'float', value: Number(value) }
    case 'binary':
      return { type: 'varbinary', value: Buffer.from(value, 'base64') }
    case 'uuid':
      return uuid.test(value) ? { type: 'uniqueidentifier', value } : { type: 'nvarchar', value }
    default:
      return { type: 'nvarchar', value }
  }
}

const maxInt = 2 ** 31 - 1
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** NULL has a type too: without it, a column that is set to it alone would have none. */
function nothing(type: ScalarType): Bound {
  switch (type) {
    case 'boolean':
      return { type: 'bit', value: null }
    case 'integer':
      return { type: 'int', value: null }
    case 'bigint':
      return { type: 'bigint', value: null }
    case 'float':
      return { type: 'float', value: null }
    case 'decimal':
      return { type: 'decimal', value: null, precision: 38, scale: 0 }
    case 'binary':
      return { type: 'varbinary', value: null }
    case 'uuid':
      return { type: 'uniqueidentifier', value: null }
    default:
      return { type: 'nvarchar', value: null }
  }
}

function whole(value: bigint): Bound {
  return BigInt.asIntN(64, value) === value ? { type: 'bigint', value } : decimal(value.toString())
}

/** The most digits of a decimal. */
const maxPrecision = 38

function decimal(text: string): Bound {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i.exec(text)
  if (!parts || !(parts[2] || parts[3])) return { type: 'nvarchar', value: text }
  const exponent = Number(parts[4] ?? 0)
  const fraction = parts[3] ?? ''
  let digits = (parts[2] ?? '') + fraction
  let scale = fraction.length - exponent
  if (scale < 0) {
    digits += '0'.repeat(-scale)
    scale = 0
  }
  const integral = digits.replace(/^0+/, '').length - scale
  // No decimal is that large; as a double it compares right, and cannot be stored.
  if (integral > maxPrecision) return { type: 'float', value: Number(text) }
  const most = maxPrecision - Math.max(0, integral)
  if (scale > most) {
    digits = digits.slice(0, digits.length - (scale - most))
    scale = most
  }
  const value = BigInt(`${parts[1] === '-' ? '-' : ''}${digits || '0'}`)
  return { type: 'decimal', value, precision: precisionOf(digits, scale), scale }
}

/** Of a few precisions only, by how they are stored, so that the server keeps few plans. */
function precisionOf(digits: string, scale: number): number {
  const needed = Math.max(digits.replace(/^0+/, '').length, scale, 1)
  return [9, 19, 28].find((precision) => precision >= needed) ?? maxPrecision
}
