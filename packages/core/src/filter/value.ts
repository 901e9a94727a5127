import type { Column } from '../catalog/catalog.js'
import { Failure } from '../failure.js'
import { ExactNumber, type JsonValue, printJson } from '../json.js'
import { suggest } from '../nearest.js'
import type { Scalar } from './filter.js'

/** What `coerce` needs to know of a column. */
export type ValueColumn = Pick<Column, 'name' | 'type' | 'nativeType' | 'values'>

const integerText = /^[+-]?\d{1,20}$/
const decimalText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/
const halfCharacter = /\p{Surrogate}/u
const uuidText = /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i
const base64Text = /^[A-Za-z\d+/_-]*={0,2}$/
const dateText = /^(\d{4})-(\d{2})-(\d{2})$/
const timeText = /^(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?$/
const offsetText = /(?:[Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)$/

/**
 * A JSON value as the scalar of a column's type.
 *
 * Throws `invalid` that names the column and what was expected. What only the database can know (a length, a range, a
 * check) is left to the database.
 */
export function coerce(value: JsonValue, column: ValueColumn): Scalar {
  if (value === null) return null
  switch (column.type) {
    case 'boolean':
      return toBoolean(value, column)
    case 'integer':
      return numberOf(toInteger(value, column))
    case 'bigint':
      return toInteger(value, column)
    case 'decimal':
      return toDecimal(value, column)
    case 'float':
      return toFloat(value, column)
    case 'text':
      return toText(value, column)
    case 'uuid':
      return toUuid(value, column)
    case 'date':
      return toDate(value, column)
    case 'time':
      return toTime(value, column)
    case 'datetime':
      return toDatetime(value, column, false)
    case 'datetimetz':
      return toDatetime(value, column, true)
    case 'binary':
      return toBytes(value, column)
    case 'json':
      return printJson(value)
    case 'array':
      if (!Array.isArray(value)) reject(value, column, 'an array')
      return printJson(value)
    case 'interval':
    case 'other':
      return toText(value, column)
    default:
      return column.type satisfies never
  }
}

function reject(value: JsonValue, column: ValueColumn, expected: string): never {
  const shown = printJson(value)
  throw new Failure(
    'invalid',
    `\`${column.name}\` takes ${expected}, not ${shown.length > 60 ? `${shown.slice(0, 60)}...` : shown}`,
    {
      hint: `The type of \`${column.name}\` is ${column.nativeType}`,
      context: { column: column.name, expected },
    },
  )
}

/** Strings and numbers as text; the characters that JSON gave them. */
function textOf(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number') return String(value)
  if (value instanceof ExactNumber) return value.text
  return undefined
}

function toBoolean(value: JsonValue, column: ValueColumn): boolean {
  if (typeof value === 'boolean') return value
  const text = textOf(value)?.toLowerCase()
  if (text === 'true' || text === '1' || text === 'yes') return true
  if (text === 'false' || text === '0' || text === 'no') return false
  return reject(value, column, 'true or false')
}

function toInteger(value: JsonValue, column: ValueColumn): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  const text = textOf(value)
  if (text !== undefined && integerText.test(text)) return BigInt(text.startsWith('+') ? text.slice(1) : text)
  const long = text !== undefined && /^[+-]?\d+$/.test(text)
  return reject(value, column, long ? 'a whole number of at most 20 digits' : 'a whole number')
}

/** Exact: a database whose integers have 64 bits whatever they are declared as gets all their digits. */
function numberOf(whole: bigint): number | bigint {
  const number = Number(whole)
  return Number.isSafeInteger(number) ? number : whole
}

function toDecimal(value: JsonValue, column: ValueColumn): string {
  const text = textOf(value)
  if (text !== undefined && text.length <= 1000 && decimalText.test(text)) return text
  return reject(value, column, 'a number')
}

function toFloat(value: JsonValue, column: ValueColumn): number {
  if (typeof value === 'number') return value
  const text = textOf(value)
  if (text !== undefined && /^(NaN|-?Infinity)$/.test(text)) return Number(text)
  if (text === undefined || !decimalText.test(text)) return reject(value, column, 'a number')
  const number = Number(text)
  return Number.isFinite(number) ? number : reject(value, column, 'a number below 1.8e308')
}

function toText(value: JsonValue, column: ValueColumn): string {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'boolean'
        ? String(value)
        : value === null
          ? undefined
          : textOf(value)
  if (text === undefined) return reject(value, column, 'a text')
  if (text.includes('\0')) return reject('\\u0000', column, 'a text without NUL characters')
  // Half of a character: one database would refuse it, another replace it.
  if (halfCharacter.test(text)) return reject(text, column, 'a text of whole Unicode characters')
  if (column.values && !column.values.includes(text)) {
    throw new Failure('invalid', `\`${column.name}\` has no value \`${text.slice(0, 60)}\``, {
      hint: suggest(text, 'Values', column.values),
      context: { column: column.name },
    })
  }
  return text
}

function toUuid(value: JsonValue, column: ValueColumn): string {
  if (typeof value !== 'string' || !uuidText.test(value)) return reject(value, column, 'a UUID')
  const hex = value.replaceAll('-', '').toLowerCase()
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function isDate(text: string): boolean {
  const match = dateText.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  // The databases do not agree on a year before the first.
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** `13:59` or `13:59:59.5` as `13:59:59.5`, or undefined. */
function clockText(text: string): string | undefined {
  const match = timeText.exec(text)
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59 || Number(match[3] ?? 0) > 59) return undefined
  const whole = match[3] === undefined ? `${text}:00` : text.slice(0, 8)
  return match[4] === undefined ? whole : whole + match[4].slice(0, 7).replace(/\.?0+$/, '')
}

function toDate(value: JsonValue, column: ValueColumn): string {
  if (typeof value === 'string') {
    const text = value.trim()
    if (isDate(text)) return text
  }
  return reject(value, column, 'a date such as 2026-01-31')
}

function toTime(value: JsonValue, column: ValueColumn): string {
  const text = typeof value === 'string' ? clockText(value.trim()) : undefined
  return text ?? reject(value, column, 'a time such as 13:59:59')
}

/** ISO 8601 with T and up to six digits of a fraction. With an offset: moved to UTC. `zoned`: Z is appended. */
function toDatetime(value: JsonValue, column: ValueColumn, zoned: boolean): string {
  const expected = zoned
    ? 'a date and time such as 2026-01-31T13:59:59Z'
    : 'a date and time such as 2026-01-31T13:59:59'
  if (typeof value !== 'string') return reject(value, column, expected)
  const text = value.trim()
  // The sign of an offset looks like the hyphens of a date, so only what follows the time is searched for one.
  const separator = text.search(/[Tt ]/)
  const date = separator < 0 ? text : text.slice(0, separator)
  const rest = separator < 0 ? '00:00:00' : text.slice(separator + 1).trim()
  const zone = offsetText.exec(rest)?.[0]
  const time = clockText(zone === undefined ? rest : rest.slice(0, -zone.length).trimEnd())
  if (!isDate(date) || time === undefined) return reject(value, column, expected)
  let utc = `${date}T${time}`
  if (zone !== undefined && zone !== 'Z' && zone !== 'z') {
    utc = shift(date, time, zone)
    // By its offset it may lie before the year 1 or after the year 9999.
    if (!isDate(utc.slice(0, 10))) return reject(value, column, expected)
  }
  return zoned ? `${utc}Z` : utc
}

function shift(date: string, time: string, zone: string): string {
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  const minutes = (zone[0] === '-' ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)))
  const whole = new Date(Date.parse(`${date}T${time.slice(0, 8)}Z`) - minutes * 60_000).toISOString().slice(0, 19)
  return whole + time.slice(8)
}

function toBytes(value: JsonValue, column: ValueColumn): Uint8Array {
  if (typeof value !== 'string' || !base64Text.test(value)) return reject(value, column, 'bytes in base64')
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  // One digit more than whole groups of four has not the bits of a byte, and would be dropped.
  if ((value.length - padding) % 4 === 1) return reject(value, column, 'bytes in base64')
  return new Uint8Array(Buffer.from(value, 'base64'))
}
