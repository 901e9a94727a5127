import { type Answer, type JsonObject, type JsonText, printJson, type RecordFormat } from '@gatehouse/core'
import { disposition } from './answer-format.js'
import type { Reply } from './exchange.js'

type WholeAnswer = Exclude<Answer, { readonly kind: 'stream' | 'file' }>

const jsonType = 'application/json'
const mediaTypes: Readonly<Record<RecordFormat, string>> = {
  json: jsonType,
  table: jsonType,
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
}
const plainHeaders: readonly string[] = ['Content-Type', jsonType, 'Cache-Control', 'no-store']

/** What the pipeline answered as an HTTP answer. Texts of the database are wrapped as they are, never parsed. */
export function render(answer: WholeAnswer, input: JsonObject): Reply {
  const { limit, timing } = answer
  return { status: 200, headers: headersOf(answer, input), body: bodyOf(answer), limit, timing }
}

function bodyOf(answer: WholeAnswer): string | Uint8Array {
  switch (answer.kind) {
    case 'records':
      if (answer.format === 'csv' || answer.format === 'ndjson') return answer.text
      return wrapped('{"resource":', answer.text, `,"meta":${metaText(answer.meta)}}`)
    case 'record':
      return answer.text
    case 'written':
      return answer.single ? onlyItem(answer.text) : wrapped('{"resource":', answer.text, '}')
    case 'text':
      return answer.text
    case 'json':
      return printJson(answer.value)
    case 'dry_run':
      return printJson(answer.value)
    default:
      return answer satisfies never
  }
}

function headersOf(answer: WholeAnswer, input: JsonObject): readonly string[] {
  if (answer.kind === 'record' && answer.etag !== undefined) {
    return ['Content-Type', jsonType, 'Cache-Control', 'private, no-cache', 'ETag', `"${answer.etag}"`]
  }
  if (answer.kind !== 'records') return plainHeaders
  const saved = disposition(input.file)
  if (answer.format === 'json' && saved === undefined) return plainHeaders
  const headers = ['Content-Type', mediaTypes[answer.format], 'Cache-Control', 'no-store']
  // Formats without room for it: what was cut is still said.
  if (mediaTypes[answer.format] !== jsonType) headers.push(...metaHeader(answer.meta))
  if (saved !== undefined) headers.push('Content-Disposition', saved)
  return headers
}

function metaText(meta: JsonObject): string {
  for (const _ in meta) return printJson(meta)
  return '{}'
}

/** Flat: the name and the value. */
export function metaHeader(meta: JsonObject): readonly string[] {
  return ['X-Page-Meta', asciiJson(meta)]
}

function asciiJson(meta: JsonObject): string {
  return printJson(meta).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function wrapped(before: string, text: JsonText, after: string): string | Uint8Array {
  if (typeof text === 'string') return before + text + after
  const tail = Buffer.byteLength(after)
  const whole = Buffer.allocUnsafe(before.length + text.length + tail)
  whole.write(before, 0, 'latin1')
  whole.set(text, before.length)
  whole.write(after, before.length + text.length, 'utf8')
  return whole
}

/** The item of a JSON array of one, as text. */
function onlyItem(text: JsonText): JsonText {
  if (typeof text === 'string') return text.slice(text.indexOf('[') + 1, text.lastIndexOf(']')) || '{}'
  const item = text.subarray(text.indexOf(91) + 1, text.lastIndexOf(93))
  return item.length === 0 ? '{}' : item
}
