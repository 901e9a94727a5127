import type { Raw } from './driver.js'
import type { ShapeColumn } from './row-shape.js'

/** Prints a raw value that is not NULL. */
export type Encode = (value: NonNullable<Raw>) => string

/** How a column's values become JSON; see Encoding. Whatever the database holds, the text is valid JSON. */
export function jsonEncoder(column: ShapeColumn): Encode {
  const { scale } = column
  switch (column.encoding) {
    case 'number':
      return scale === undefined ? jsonNumber : (value) => padded(jsonNumber(value), scale)
    case 'number_string':
      return scale === undefined
        ? (value) => quoted(jsonNumber(value))
        : (value) => quoted(padded(jsonNumber(value), scale))
    case 'boolean':
      return jsonBoolean
    case 'json':
      return jsonText
    case 'binary':
      return (value) => (typeof value === 'string' ? quoteText(value) : `"${base64(value)}"`)
    case 'text':
    case 'date':
      return (value) => (typeof value === 'string' ? quoteText(value) : quoteText(plainText(value)))
    case 'time':
      return (value) => quoteText(isoTime(plainText(value)))
    case 'datetime':
      return (value) => wholeSeconds(value, '') ?? quoteText(isoDatetime(plainText(value)))
    case 'datetimetz':
      return (value) => wholeSeconds(value, 'Z') ?? quoteText(isoDatetimetz(plainText(value)))
    default:
      return column.encoding satisfies never
  }
}

/** What has to be escaped in JSON: quotes, backslashes, control characters, and surrogates, which may be alone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/
/** Up to here a loop is faster than the regular expression. */
const shortText = 32

/** A JSON string, as JSON.stringify makes it: most texts need no escape, and to see that is cheaper than to call it. */
function quoteText(text: string): string {
  if (text.length > shortText) return escaped.test(text) ? JSON.stringify(text) : `"${text}"`
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return JSON.stringify(text)
  }
  return `"${text}"`
}

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A JSON number with all the digits that the database prints; what is no number (NaN, infinity, a text) as a string. */
function jsonNumber(value: NonNullable<Raw>): string {
  if (typeof value === 'string')
    return isPlainInteger(value) || numberPattern.test(value) ? value : strangeNumber(value)
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : `"${value}"`
  if (typeof value === 'bigint') return value.toString()
  return quoteText(plainText(value))
}

function isPlainInteger(text: string): boolean {
  const first = text.charCodeAt(0)
  if (!(first > 0x30 && first <= 0x39)) return false
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}

/** Numbers that JSON spells otherwise (`007` of a zero-filled column, `.5`), and what is none at all. */
function strangeNumber(text: string): string {
  const parts = /^([+-]?)0*(\d*)(\.\d+)?$/.exec(text)
  if (!parts || !/\d/.test(text)) return quoteText(text)
  return `${parts[1] === '-' ? '-' : ''}${parts[2] || '0'}${parts[3] ?? ''}`
}

/** `12.5` with two digits after the point: `12.50`. Digits beyond are kept; what has an exponent or is a string stays. */
function padded(number: string, scale: number): string {
  const point = number.indexOf('.')
  if (point === -1) {
    return scale === 0 || !/^-?\d+$/.test(number) ? number : `${number}.${'0'.repeat(scale)}`
  }
  const digits = number.length - point - 1
  return digits >= scale || /[^\d.-]/.test(number) ? number : number + '0'.repeat(scale - digits)
}

function quoted(number: string): string {
  return number.startsWith('"') ? number : `"${number}"`
}

function jsonBoolean(value: NonNullable<Raw>): string {
  switch (value) {
    case 't':
    case 'true':
    case '1':
    case 1:
    case 1n:
      return 'true'
    case 'f':
    case 'false':
    case '0':
    case 0:
    case 0n:
      return 'false'
    default:
      return typeof value === 'string' ? quoteText(value) : jsonNumber(value)
  }
}

/** JSON of the database's making. Line breaks can only be between its tokens; a record has to stay on one line. */
function jsonText(value: NonNullable<Raw>): string {
  const text = plainText(value)
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, ' ') : text
}

/** Any raw value as text; bytes as UTF-8. */
export function plainText(value: NonNullable<Raw>): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object') return asBuffer(value).toString('utf8')
  return `${value}`
}

/** The same of a cell that may be empty, or not there. */
export function textIn(cell: Raw | undefined): string | undefined {
  return cell === null || cell === undefined ? undefined : plainText(cell)
}

export function base64(value: NonNullable<Raw>): string {
  return typeof value === 'object'
    ? asBuffer(value).toString('base64')
    : Buffer.from(plainText(value)).toString('base64')
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** `13:59:59.500000` becomes `13:59:59.5`; `13:59:59.000` becomes `13:59:59`. */
export function isoTime(text: string): string {
  const point = text.indexOf('.')
  if (point === -1) return text
  let end = point + 1
  while (isDigit(text.charCodeAt(end))) end++
  let last = end
  while (text.charCodeAt(last - 1) === 0x30) last--
  if (last === point + 1) last = point
  return last === end ? text : text.slice(0, last) + text.slice(end)
}

const wholeSecondsPattern = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/

/** The usual time as a JSON string, in one look. */
function wholeSeconds(value: NonNullable<Raw>, zone: '' | 'Z'): string | undefined {
  return typeof value === 'string' && value.length === 19 && wholeSecondsPattern.test(value)
    ? `"${value.slice(0, 10)}T${value.slice(11)}${zone}"`
    : undefined
}

/** `2026-01-31 13:59:59.500000` becomes `2026-01-31T13:59:59.5`. What does not look so stays (`infinity`). */
export function isoDatetime(text: string): string {
  const withT = text.charCodeAt(10) === 0x20 ? `${text.slice(0, 10)}T${text.slice(11)}` : text
  return isoTime(withT)
}

/** The same in UTC, with `Z` in place of an offset of zero. */
export function isoDatetimetz(text: string): string {
  const iso = isoDatetime(text)
  if (!isDigit(iso.charCodeAt(iso.length - 1)) || iso.charCodeAt(10) !== 0x54) return iso
  const zero = /[+-]00(?::?00)?$/.exec(iso)
  if (zero) return `${iso.slice(0, zero.index)}Z`
  return iso.includes('+', 10) || iso.includes('-', 10) ? iso : `${iso}Z`
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
