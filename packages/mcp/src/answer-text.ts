import { type Answer, Failure, isJsonObject, type JsonObject, type JsonText, printJson } from '@gatehouse/core'
import { escaped, type Parts } from './result.js'

/** Bytes of a stream that are put into a tool's answer. */
const longestStream = 256 * 1024

/**
 * An answer as the text of a tool's result, assembled from the text that the database or the connector has made.
 * How many rows these are and how to get the next ones comes first, so that it is seen when a client cuts the rest.
 * Throws `too_large` for a stream that is no text for a model.
 */
export function textOf(answer: Answer): readonly JsonText[] | Promise<readonly JsonText[]> {
  switch (answer.kind) {
    case 'records':
      return answer.format === 'json' || answer.format === 'table'
        ? [`{${countsOf(answer.rows, answer.meta)},"resource":`, answer.text, '}']
        : [`{${countsOf(answer.rows, answer.meta)}}\n`, answer.text]
    case 'written':
      return [`{"rows":${answer.rows},"resource":`, answer.text, '}']
    case 'record':
    case 'text':
      return [answer.text]
    case 'json':
    case 'dry_run':
      return [printJson(answer.value)]
    case 'stream':
      return collected(answer.mediaType, answer.chunks)
    case 'file':
      return collected(answer.entry.contentType ?? '', answer.chunks ?? noChunks())
    default:
      return answer satisfies never
  }
}

/** The same escaped as the inside of a JSON string; of records that the connector has escaped already, nothing is left to do. */
export function escapedTextOf(answer: Answer): Parts | Promise<Parts> {
  if (answer.kind === 'records' && answer.escaped) {
    return [escaped(`{${countsOf(answer.rows, answer.meta)},"resource":`), answer.text, '}']
  }
  const text = textOf(answer)
  return text instanceof Promise ? text.then((parts) => parts.map(escaped)) : text.map(escaped)
}

/** The same where the tool declares an output schema: then it must be an object. */
export function objectTextOf(answer: Answer): readonly JsonText[] | Promise<readonly JsonText[]> {
  if (answer.kind === 'json' && !isJsonObject(answer.value)) return [printJson({ resource: answer.value })]
  return textOf(answer)
}

/** `"rows":100,"next_cursor":"...","next":100` and what else there is to say. */
function countsOf(rows: number, meta: JsonObject): string {
  let text = `"rows":${rows}`
  for (const name of ['next_cursor', 'next', 'count']) {
    const value = meta[name]
    if (value !== undefined) text += `,"${name}":${printJson(value)}`
  }
  for (const [name, value] of Object.entries(meta)) {
    if (value === undefined || name === 'next_cursor' || name === 'next' || name === 'count') continue
    text += `,${JSON.stringify(name)}:${printJson(value)}`
  }
  return text
}

async function* noChunks(): AsyncGenerator<Uint8Array> {}

async function collected(mediaType: string, chunks: AsyncIterable<Uint8Array>): Promise<readonly JsonText[]> {
  if (!/^text\/|json|csv|xml/.test(mediaType)) {
    throw new Failure('unsupported', `${mediaType} is no text, so it cannot be part of an answer here`)
  }
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > longestStream) {
      throw new Failure('too_large', `The answer has more than ${longestStream} bytes`, {
        hint: 'Ask for fewer records or columns, or page with `limit` and `cursor`',
      })
    }
    parts.push(chunk)
  }
  return [Buffer.concat(parts)]
}
