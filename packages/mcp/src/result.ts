import { type JsonObject, type JsonText, printJson } from '@gatehouse/core'
import { type Era, metaKey } from './era.js'
import type { McpOptions } from './options.js'

/** JSON text in pieces, one behind the other: strings, and UTF-8 bytes held as a string of one character a byte. */
export type Part = string | { readonly latin1: string }
export type Parts = readonly Part[]

/**
 * A message as Node is to send it: a string, which it puts together with the headers in one piece.
 * `latin1`: each character is one byte of UTF-8.
 */
export interface Body {
  readonly text: string
  readonly encoding: 'utf8' | 'latin1'
}

/** Some parts in one. They are only encoded here where there are bytes among them; else Node does it as it sends them. */
export function bodyOf(parts: Parts): Body {
  const encoding = parts.some((part) => typeof part !== 'string') ? 'latin1' : 'utf8'
  let text = ''
  for (const part of parts) {
    if (typeof part !== 'string') text += part.latin1
    else text += encoding === 'utf8' ? part : latin1Of(part)
  }
  return { text, encoding }
}

/** UTF-8, one character a byte. What is ASCII is it already. */
function latin1Of(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1')
}

/**
 * Text as the inside of a JSON string. Bytes are escaped without decoding them: the characters that JSON escapes are
 * ASCII, and no byte of a longer UTF-8 sequence is.
 */
export function escaped(text: JsonText): Part {
  if (typeof text === 'string') return inside(JSON.stringify(text))
  return { latin1: inside(JSON.stringify(Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1'))) }
}

function inside(quoted: string): string {
  return quoted.slice(1, -1)
}

/** Where a text is needed as a string: it is short, or the way is rare. */
export function stringOf(text: JsonText): string {
  return typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}

/** What each result of an era begins with: `{` and the members that all have. */
export interface Envelopes {
  complete(era: Era): string
  inputRequired(era: Era): string
}

export function createEnvelopes(serverInfo: McpOptions['serverInfo']): Envelopes {
  const meta = `"_meta":${JSON.stringify({ [metaKey.server]: serverInfo })}`
  const complete = `{"resultType":"complete",${meta},`
  const inputRequired = `{"resultType":"input_required",${meta},`
  return {
    complete: (era) => (era.resultEnvelope ? complete : '{'),
    inputRequired: (era) => (era.resultEnvelope ? inputRequired : '{'),
  }
}

/** A result whose members are JSON text: `"tools":[...]`. */
export function membersResult(envelope: string, members: string): Parts {
  if (members !== '') return [`${envelope}${members}}`]
  return [envelope.endsWith(',') ? `${envelope.slice(0, -1)}}` : `${envelope}}`]
}

/** A result from a value. */
export function valueResult(envelope: string, value: JsonObject): Parts {
  return membersResult(envelope, printJson(value).slice(1, -1))
}

export interface ToolText {
  /** One behind the other they are the text. */
  readonly text: readonly JsonText[]
  /** The text is a JSON object and the tool declares an output schema: it is sent as `structuredContent` too. */
  readonly structured?: boolean
  readonly failed?: boolean
}

/** The result of a tool: one block of text. */
export function toolResult(envelope: string, { text, structured, failed }: ToolText): Parts {
  return [
    `${envelope}"content":[{"type":"text","text":"`,
    ...text.map(escaped),
    '"}]',
    ...(structured ? [',"structuredContent":', ...text.map(asPart)] : []),
    failed ? ',"isError":true}' : '}',
  ]
}

function asPart(text: JsonText): Part {
  return typeof text === 'string'
    ? text
    : { latin1: Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1') }
}
