import { type JsonObject, type JsonText, printJson } from '@gatehouse/core'
import { type Era, metaKey } from './era.js'
import { escapeBytes, loopIsFaster } from './escape-bytes.js'
import type { McpOptions } from './options.js'

/** JSON text in pieces, one behind the other: strings, and UTF-8 bytes. */
type Part = string | Uint8Array
export type Parts = readonly Part[]

/** A message as Node is to send it. It puts a string together with the headers, which costs it less than a buffer. */
export type Body = string | Buffer

export function bodyOf(parts: Parts): Body {
  let text = ''
  for (const part of parts) {
    if (typeof part !== 'string')
      return Buffer.concat(parts.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)))
    text += part
  }
  return text
}

/** Text as the inside of a JSON string. */
export function escaped(text: JsonText): Part {
  if (typeof text === 'string') return JSON.stringify(text).slice(1, -1)
  const bytes = loopIsFaster ? escapeBytes(text) : undefined
  // One character a byte: the engine escapes the same ones as in the decoded text.
  return bytes ?? Buffer.from(JSON.stringify(bufferOf(text).toString('latin1')).slice(1, -1), 'latin1')
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
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
  /** It is the same JSON object again, for a tool that declares an output schema. */
  readonly structured?: readonly JsonText[]
  /** More content blocks, as JSON. */
  readonly blocks?: readonly string[]
  readonly failed?: boolean
}

/** The result of a tool: one block of text, which is escaped already. */
export function escapedResult(envelope: string, text: Parts): Parts {
  return [`${envelope}"content":[{"type":"text","text":"`, ...text, '"}]}']
}

/** The result of a tool: one block of text. */
export function toolResult(envelope: string, { text, structured, failed, blocks = [] }: ToolText): Parts {
  const parts: Part[] = [`${envelope}"content":[{"type":"text","text":"`]
  for (const part of text) parts.push(escaped(part))
  parts.push(blocks.length === 0 ? '"}]' : `"},${blocks.join()}]`)
  if (structured) parts.push(',"structuredContent":', ...structured)
  parts.push(failed ? ',"isError":true}' : '}')
  return parts
}
