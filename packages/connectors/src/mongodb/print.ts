import type { Scalar, ScalarType } from '@gatehouse/core'
import { Binary, BSONRegExp, Code, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb'

/** A value as JSON text: the same as the same value from any other database. Missing is null. */
export function jsonOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      return Number.isFinite(value) ? `${value}` : `"${value}"`
    case 'bigint':
      return value.toString()
    case 'undefined':
      return 'null'
    default:
  }
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`
  if (value instanceof Decimal128) return decimalText(value)
  if (value instanceof Int32 || value instanceof Double) return jsonOf(value.valueOf())
  if (value instanceof Long && !(value instanceof Timestamp)) return value.toString()
  const text = textOf(value)
  if (text !== undefined) return JSON.stringify(text)
  let members = ''
  for (const [name, member] of Object.entries(value as object)) {
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${jsonOf(member)}`
  }
  return `{${members}}`
}

/** The text that stands for a value of a type that JSON has not; undefined for an object. */
function textOf(value: unknown): string | undefined {
  if (value instanceof Date) return dateText(value)
  if (value instanceof ObjectId) return value.toHexString()
  if (value instanceof Binary) return binaryText(value)
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`
  if (value instanceof Timestamp) return `${value.t}:${value.i}`
  if (value instanceof Code) return value.code
  if (typeof value === 'object' && value !== null && '_bsontype' in value) return String(value._bsontype)
  return undefined
}

/** `2026-01-31T13:59:59.5Z`. A moment that JavaScript cannot hold is none. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return 'Invalid date'
  return date.toISOString().replace(/\.?0*Z$/, 'Z')
}

function binaryText(value: Binary): string {
  const bytes = Buffer.from(value.buffer.buffer, value.buffer.byteOffset, value.position)
  return value.sub_type === Binary.SUBTYPE_UUID && bytes.length === 16
    ? value.toUUID().toString()
    : bytes.toString('base64')
}

/** Digits without an exponent where these are not too many, as other databases print decimals. */
function decimalText(value: Decimal128): string {
  const text = value.toString()
  const parts = /^(-?)(\d)(?:\.(\d+))?E([+-]\d+)$/.exec(text)
  if (!parts) return /^-?\d/.test(text) ? text : `"${text}"`
  const [, sign = '', first = '', rest = '', power = '0'] = parts
  const digits = first + rest
  const point = 1 + Number(power)
  if (Math.abs(point) > 100) return text
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return point >= digits.length
    ? `${sign}${digits}${'0'.repeat(point - digits.length)}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** A number as a JSON string: for clients that would round it. Other values as they are. */
export function wideJsonOf(value: unknown): string {
  const text = jsonOf(value)
  return /^-?\d/.test(text) ? `"${text}"` : text
}

/** A value as the field of a CSV line, without quotes; undefined for NULL. */
export function csvTextOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return value
  const json = jsonOf(value)
  return json.startsWith('"') ? (JSON.parse(json) as string) : json
}

/** A value of an order's end, for a cursor; undefined where a cursor could not tell it from another kind of value. */
export function scalarOf(value: unknown, type: ScalarType): Scalar | undefined {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'integer':
    case 'float':
      return typeof value === 'number' || typeof value === 'bigint' ? value : undefined
    case 'bigint':
      return typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value as bigint | number) : undefined
    case 'decimal':
      if (typeof value === 'number' || typeof value === 'bigint') return String(value)
      return value instanceof Decimal128 ? value.toString() : undefined
    case 'datetimetz':
      return value instanceof Date ? dateText(value) : undefined
    default:
      return typeof value === 'string' ? value : textOf(value)
  }
}
