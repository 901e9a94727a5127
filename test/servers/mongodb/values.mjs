import { Decimal128, Long } from 'bson'

/** @typedef {Record<string, unknown>} Doc */

/** Orders of the BSON types (https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/). */
const ranks = {
  missing: 0,
  null: 1,
  number: 2,
  string: 3,
  object: 4,
  array: 5,
  binData: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  timestamp: 10,
  regex: 11,
  other: 12,
}

/** @returns {keyof typeof ranks} */
export function classOf(/** @type {unknown} */ value) {
  switch (typeof value) {
    case 'undefined':
      return 'missing'
    case 'string':
      return 'string'
    case 'number':
    case 'bigint':
      return 'number'
    case 'boolean':
      return 'bool'
    default:
  }
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'date'
  switch (bsonType(value)) {
    case 'Long':
    case 'Decimal128':
    case 'Int32':
    case 'Double':
      return 'number'
    case 'Binary':
      return 'binData'
    case 'ObjectId':
      return 'objectId'
    case 'Timestamp':
      return 'timestamp'
    case 'BSONRegExp':
      return 'regex'
    case undefined:
      return 'object'
    default:
      return 'other'
  }
}

function bsonType(/** @type {unknown} */ value) {
  return typeof value === 'object' && value !== null && '_bsontype' in value ? String(value._bsontype) : undefined
}

/** The order of all values: by type, then by value. Missing is before null. @returns {number} */
export function compare(/** @type {any} */ a, /** @type {any} */ b) {
  const kind = classOf(a)
  const difference = ranks[kind] - ranks[classOf(b)]
  if (difference !== 0) return difference
  switch (kind) {
    case 'missing':
    case 'null':
      return 0
    case 'number':
      return compareNumbers(a, b)
    case 'string':
      return Buffer.compare(Buffer.from(a), Buffer.from(b))
    case 'bool':
    case 'date':
      return Number(a) - Number(b)
    case 'objectId':
      return Buffer.compare(a.id, b.id)
    case 'binData':
      return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(a.buffer, b.buffer)
    case 'array':
      return compareLists(a, b)
    case 'object':
      return compareLists(Object.entries(a).flat(), Object.entries(b).flat())
    default:
      return simple(String(a), String(b))
  }
}

function compareLists(/** @type {unknown[]} */ a, /** @type {unknown[]} */ b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

function simple(/** @type {any} */ a, /** @type {any} */ b) {
  return a < b ? -1 : a > b ? 1 : 0
}

function compareNumbers(/** @type {any} */ a, /** @type {any} */ b) {
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : simple(a, b)
  const [x, y] = [exact(a), exact(b)]
  if (x === undefined || y === undefined) return simple(Number(String(a)), Number(String(b)))
  const scale = Math.max(x.scale, y.scale)
  return simple(x.digits * 10n ** BigInt(scale - x.scale), y.digits * 10n ** BigInt(scale - y.scale))
}

/** digits / 10^scale, or undefined for what is no finite number. @returns {{ digits: bigint, scale: number } | undefined} */
function exact(/** @type {unknown} */ value) {
  const parts = /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(String(value))
  if (!parts || (parts[2] === '' && parts[3] === '')) return undefined
  const digits = BigInt(`${parts[1]}${parts[2]}${parts[3]}` || '0')
  const scale = (parts[3] ?? '').length - Number(parts[4] ?? 0)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** The sum, of the widest of their types. */
export function add(/** @type {unknown[]} */ values) {
  const numbers = values.filter((value) => classOf(value) === 'number')
  if (numbers.every((value) => typeof value === 'number')) return numbers.reduce((sum, value) => sum + Number(value), 0)
  if (!numbers.some((value) => bsonType(value) === 'Decimal128')) {
    if (numbers.every((value) => bsonType(value) === 'Long' || Number.isInteger(value))) {
      return Long.fromBigInt(numbers.reduce((/** @type {bigint} */ sum, value) => sum + BigInt(String(value)), 0n))
    }
    return numbers.reduce((/** @type {number} */ sum, value) => sum + Number(String(value)), 0)
  }
  const parts = numbers.map((value) => exact(value) ?? { digits: 0n, scale: 0 })
  const scale = Math.max(...parts.map((part) => part.scale))
  const total = parts.reduce((sum, part) => sum + part.digits * 10n ** BigInt(scale - part.scale), 0n)
  return Decimal128.fromString(`${total}E${-scale}`)
}

/** The mean: a decimal of decimals, else a double. */
export function mean(/** @type {unknown[]} */ values) {
  const numbers = values.filter((value) => classOf(value) === 'number')
  if (numbers.length === 0) return null
  const sum = add(numbers)
  if (bsonType(sum) !== 'Decimal128') return Number(String(sum)) / numbers.length
  const part = exact(sum) ?? { digits: 0n, scale: 0 }
  const digits = (part.digits * 10n ** 20n) / BigInt(numbers.length)
  return Decimal128.fromStringWithRounding(`${digits}E${-part.scale - 20}`)
}

/** Equal for equal keys. @returns {string} */
export function keyText(/** @type {unknown} */ value) {
  const kind = classOf(value)
  if (kind === 'number') {
    const part = exact(value)
    if (!part) return `number ${value}`
    let { digits, scale } = part
    while (scale > 0 && digits % 10n === 0n) {
      digits /= 10n
      scale--
    }
    return `number ${digits}E-${scale}`
  }
  if (kind === 'array') return `[${/** @type {unknown[]} */ (value).map(keyText).join()}]`
  if (kind === 'object')
    return `{${Object.entries(/** @type {Doc} */ (value))
      .map(([k, v]) => `${k}:${keyText(v)}`)
      .join()}}`
  if (kind === 'date') return `date ${Number(value)}`
  if (bsonType(value) === 'Binary')
    return `binary ${/** @type {any} */ (value).sub_type} ${/** @type {any} */ (value).toString('base64')}`
  return `${kind} ${value}`
}

/**
 * The values at a dotted path as a query meets them: through arrays, which are themselves met too; undefined where
 * there is nothing.
 * @returns {unknown[]}
 */
export function valuesAt(/** @type {unknown} */ value, /** @type {string[]} */ keys) {
  const [key, ...rest] = keys
  if (key === undefined) return Array.isArray(value) ? [value, ...value] : [value]
  if (Array.isArray(value)) {
    const found = /^\d+$/.test(key) && Number(key) < value.length ? valuesAt(value[Number(key)], rest) : []
    for (const element of value) if (classOf(element) === 'object') found.push(...valuesAt(element, keys))
    return found.length > 0 ? found : [undefined]
  }
  if (classOf(value) !== 'object') return [undefined]
  return valuesAt(Object.hasOwn(/** @type {Doc} */ (value), key) ? /** @type {Doc} */ (value)[key] : undefined, rest)
}

/** As `$type` names it. */
export function typeName(/** @type {unknown} */ value) {
  const kind = classOf(value)
  if (kind !== 'number') return kind
  const type = bsonType(value)
  if (type === 'Long') return 'long'
  if (type === 'Decimal128') return 'decimal'
  return (Number(value) | 0) === value ? 'int' : 'double'
}
