import { type Column, ExactNumber, Failure, type JsonValue, parseJson, type Scalar } from '@gatehouse/core'
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'mongodb'
import type { Field, Kind } from './field.js'

const hexText = /^[\da-f]{24}$/i
const uuidText = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i
const isoText = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/
const numeric: readonly Kind[] = ['int', 'long', 'double', 'decimal']
const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n

/** A scalar of a column as the document holds it. Throws `invalid` or `unprocessable` for what it cannot hold. */
export function stored(value: Scalar, column: Column, field: Field | undefined): unknown {
  if (value === null) return null
  switch (column.type) {
    case 'integer':
    case 'bigint':
    case 'float':
    case 'decimal':
      return storedNumber(value, column.type, column.name)
    case 'datetimetz':
      return new Date(String(value))
    case 'uuid':
      return new UUID(String(value))
    case 'binary':
      return value instanceof Uint8Array ? new Binary(value) : value
    case 'json':
    case 'array':
      return fromJson(parseJson(String(value)), field)
    case 'text':
      return storedText(String(value), column.name, field)
    default:
      return value
  }
}

function storedText(text: string, name: string, field: Field | undefined): unknown {
  if (!field?.kinds.has('objectId')) return text
  if (hexText.test(text)) return ObjectId.createFromHexString(text)
  if (field.kinds.has('string')) return text
  throw new Failure('invalid', `\`${name}\` takes 24 hexadecimal digits`, {
    hint: `The type of \`${name}\` is objectId`,
    context: { column: name, expected: '24 hexadecimal digits' },
  })
}

function storedNumber(value: NonNullable<Scalar>, type: 'integer' | 'bigint' | 'float' | 'decimal', name: string) {
  switch (type) {
    case 'float':
      return new Double(Number(value))
    case 'decimal':
      return decimal(String(value), name)
    default: {
      const whole = BigInt(typeof value === 'number' ? Math.trunc(value) : String(value))
      if (whole < smallest || whole > largest) {
        throw new Failure('unprocessable', `\`${name}\` takes a whole number of 64 bits`, { context: { column: name } })
      }
      return type === 'integer' && BigInt.asIntN(32, whole) === whole
        ? new Int32(Number(whole))
        : Long.fromBigInt(whole)
    }
  }
}

function decimal(text: string, name: string): Decimal128 {
  try {
    return Decimal128.fromString(text)
  } catch (cause) {
    throw new Failure('unprocessable', `A number for \`${name}\` has more than 34 digits, or is out of range`, {
      context: { column: name },
      cause,
    })
  }
}

/**
 * What a value is compared with: more than one where the field holds several kinds. `type` is that of the comparison,
 * which below a JSON key is given by the value.
 */
export function compared(
  value: NonNullable<Scalar>,
  type: Column['type'],
  name: string,
  field: Field | undefined,
): unknown[] {
  switch (type) {
    case 'boolean':
      return [value]
    case 'integer':
    case 'bigint':
    case 'float':
    case 'decimal':
      // A cursor may hold what the field should not.
      if (typeof value === 'string' && !/^[+-]?[\d.]/.test(value) && type !== 'decimal') return [value]
      if (type === 'float') return [new Double(Number(value))]
      return type === 'decimal' ? [decimal(String(value), name)] : [wholeNumber(value, name)]
    case 'datetimetz':
      return [new Date(String(value))]
    case 'uuid':
      return [new UUID(String(value))]
    case 'binary':
      return [value instanceof Uint8Array ? new Binary(value) : value]
    default:
      return comparedText(String(value), field)
  }
}

/** Beyond 64 bits too: nothing is equal to it, but something may be less. */
function wholeNumber(value: NonNullable<Scalar>, name: string): unknown {
  const whole = typeof value === 'number' && !Number.isInteger(value) ? undefined : BigInt(String(value))
  if (whole === undefined) return new Double(Number(value))
  return whole < smallest || whole > largest ? decimal(String(whole), name) : Long.fromBigInt(whole)
}

function comparedText(text: string, field: Field | undefined): unknown[] {
  const kinds: ReadonlySet<Kind> = field?.kinds ?? new Set()
  const values: unknown[] = []
  if (kinds.has('objectId') && hexText.test(text)) values.push(ObjectId.createFromHexString(text))
  if (kinds.has('date') && isoText.test(text)) values.push(new Date(text))
  if (kinds.has('uuid') && uuidText.test(text)) values.push(new UUID(text))
  if (kinds.size > 1 && /^-?\d{1,18}(\.\d{1,15})?$/.test(text) && numeric.some((kind) => kinds.has(kind))) {
    values.push(text.includes('.') ? new Double(Number(text)) : Long.fromString(text))
  }
  if (values.length === 0 || kinds.has('string')) values.push(text)
  return values
}

/** JSON as BSON. Where the field is known to hold an ObjectId, a date and so on, its JSON form becomes one again. */
function fromJson(value: JsonValue, field: Field | undefined): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return fromText(value, field)
  if (typeof value === 'number' || value instanceof ExactNumber) return fromNumber(String(value), field)
  if (Array.isArray(value)) return value.map((item: JsonValue) => fromJson(item, field?.items))
  const members = new Map<string, unknown>()
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    refuseOperator(name)
    members.set(name, fromJson(member, field?.members.get(name)))
  }
  return members
}

/** A server would take such names for operators, now or in a later update. */
function refuseOperator(name: string): void {
  if (!name.startsWith('$') && !name.includes('\0')) return
  throw new Failure('invalid', `A field must not be called \`${name.slice(0, 60).replaceAll('\0', '\\0')}\``, {
    hint: 'Names that begin with $ or hold a NUL character are refused',
  })
}

function fromText(text: string, field: Field | undefined): unknown {
  if (field?.kinds.size !== 1) return text
  if (field.kinds.has('objectId') && hexText.test(text)) return ObjectId.createFromHexString(text)
  if (field.kinds.has('uuid') && uuidText.test(text)) return new UUID(text)
  if (field.kinds.has('date') && isoText.test(text)) {
    const date = new Date(text)
    if (!Number.isNaN(date.getTime())) return date
  }
  if (field.kinds.has('binData') && /^[A-Za-z\d+/]*={0,2}$/.test(text)) return new Binary(Buffer.from(text, 'base64'))
  return text
}

function fromNumber(text: string, field: Field | undefined): unknown {
  const kinds = field?.kinds
  if (kinds?.size === 1 && kinds.has('decimal')) return decimal(text, 'a number inside the document')
  if (kinds?.size === 1 && kinds.has('double')) return new Double(Number(text))
  if (!/^-?\d+$/.test(text)) {
    // Digits that a double would lose are kept.
    return /[\d.]{17}/.test(text) ? decimal(text, 'a number inside the document') : new Double(Number(text))
  }
  const whole = BigInt(text)
  if (whole < smallest || whole > largest) return decimal(text, 'a number inside the document')
  if (kinds?.size === 1 && kinds.has('long')) return Long.fromBigInt(whole)
  return BigInt.asIntN(32, whole) === whole ? new Int32(Number(whole)) : Long.fromBigInt(whole)
}
