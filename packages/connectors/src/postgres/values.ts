import {
  ExactNumber,
  isJsonObject,
  type JsonValue,
  parseJson,
  printJson,
  type Scalar,
  type ScalarType,
} from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'

/** A value as text; PostgreSQL infers its type from where it stands. */
export function bind(value: Scalar, type: ScalarType): string | null {
  if (value === null) return null
  switch (typeof value) {
    case 'string':
      if (type === 'array') return arrayText(value)
      return type === 'binary' ? hexText(Buffer.from(value, 'base64')) : value
    case 'boolean':
      return value ? 't' : 'f'
    case 'number':
    case 'bigint':
      return String(value)
    default:
      return hexText(value)
  }
}

function hexText(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

/** A JSON array as PostgreSQL's own array text: `[1,[2],null]` becomes `{"1",{"2"},NULL}`. What is no array stays. */
function arrayText(json: string): string {
  const value = parseJson(json)
  return Array.isArray(value) ? braces(value) : json
}

function braces(items: readonly JsonValue[]): string {
  return `{${items.map(element).join(',')}}`
}

function element(item: JsonValue): string {
  if (item === null) return 'NULL'
  if (Array.isArray(item)) return braces(item)
  const text =
    typeof item === 'string' ? item : isJsonObject(item) || item instanceof ExactNumber ? printJson(item) : String(item)
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** A raw value as `output` selects it, back to what `bind` takes. */
export function scalar(raw: Raw, type: ScalarType): Scalar {
  if (raw === null) return null
  const text = typeof raw === 'object' ? Buffer.from(raw).toString('utf8') : String(raw)
  switch (type) {
    case 'boolean':
      return text === 't' || text === 'true'
    case 'integer':
      return Number(text)
    case 'float':
      // The infinities are texts, since JSON has no number for them; PostgreSQL reads both.
      return Number.isFinite(Number(text)) ? Number(text) : text
    case 'bigint':
      return BigInt(text)
    case 'binary':
      return Buffer.from(text, 'base64')
    case 'datetime':
      return text.replace(' ', 'T')
    case 'datetimetz':
      return text.replace(' ', 'T').replace(/\+00$/, 'Z')
    default:
      return text
  }
}
