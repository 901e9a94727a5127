import {
  type Answer,
  bareMediaType,
  type FileEntry,
  isTextType,
  type JsonObject,
  nameOf,
  printJson,
} from '@gatehouse/core'
import { documentKind } from './document/document-kind.js'
import type { DocumentReader } from './document/document-reader.js'
import { fileUri } from './file-uri.js'

export type FileAnswer = Extract<Answer, { readonly kind: 'file' }>

/** Bytes that one answer gives a model: of text by default and at most, and of an image or a sound. */
const defaultText = 32 * 1024
const longestText = 256 * 1024
const largestMedia = 1024 * 1024
/** Bytes of a document that is read for its text. */
const largestDocument = 20 * 1024 * 1024

/** What a tool answers of a file: a line about it, and its content in the blocks that fit its type. */
export interface FileBlocks {
  readonly about: JsonObject
  /** Content blocks, as values. */
  readonly blocks: readonly JsonObject[]
}

/** What was asked of a file, and who reads documents. */
export interface Reading {
  readonly service: string
  /** The tool's input: `offset` and `length` of a text. */
  readonly asked: JsonObject
  readonly documents: DocumentReader
  readonly signal: AbortSignal
}

/** Throws `unprocessable` for a document whose text cannot be read. */
export async function fileBlocks(answer: FileAnswer, reading: Reading): Promise<FileBlocks> {
  const { service, asked } = reading
  const { entry } = answer
  const type = bareMediaType(entry.contentType ?? '')
  const about: JsonObject = { path: entry.path, content_type: entry.contentType, content_length: entry.size }
  if (isTextType(type)) return textBlocks(answer, about, asked)
  const document = documentKind(type)
  if (document !== undefined && (entry.size ?? 0) <= largestDocument) {
    const { bytes, more } = await take(answer, largestDocument)
    if (more) return linked(about, service, entry)
    return partOf(await reading.documents.read(document, bytes, reading.signal), about, asked)
  }
  const kind = /^(image|audio)\/(?!svg)/.exec(type)?.[1]
  if (kind !== undefined && (entry.size ?? 0) <= largestMedia) {
    const { bytes, more } = await take(answer, largestMedia)
    if (!more) return { about, blocks: [{ type: kind, data: bytes.toString('base64'), mimeType: type }] }
  } else await take(answer, 0)
  return linked(about, service, entry)
}

async function textBlocks(answer: FileAnswer, about: JsonObject, asked: JsonObject): Promise<FileBlocks> {
  const { offset, length } = window(asked)
  const { bytes, more } = await take(answer, length)
  const text = wholeCharacters(bytes, more)
  const next = offset + text.length
  return {
    about: {
      ...about,
      offset,
      length: text.length,
      ...(more && { next_offset: next, hint: `Read on with offset ${next}` }),
    },
    blocks: [{ type: 'text', text: text.toString('utf8') }],
  }
}

/** A part of a document's text. Its `offset` and `length` count characters. */
function partOf(text: string, about: JsonObject, asked: JsonObject): FileBlocks {
  const { offset, length } = window(asked)
  // Half of a character in two parts is none.
  const start = isLow(text, offset) ? offset - 1 : offset
  const wanted = start + length
  const end = isLow(text, wanted) ? wanted - 1 : wanted
  const part = text.slice(start, end)
  const more = end < text.length
  return {
    about: {
      ...about,
      text_of_document: true,
      offset: start,
      length: part.length,
      text_length: text.length,
      ...(more && { next_offset: end, hint: `Read on with offset ${end}` }),
    },
    blocks: [{ type: 'text', text: part }],
  }
}

function isLow(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}

function window(asked: JsonObject): { readonly offset: number; readonly length: number } {
  const offset = typeof asked.offset === 'number' ? asked.offset : 0
  return { offset, length: Math.min(typeof asked.length === 'number' ? asked.length : defaultText, longestText) }
}

/** Without the character that is cut in two at the end: the next part begins with it. */
function wholeCharacters(bytes: Buffer, more: boolean): Buffer {
  if (!more) return bytes
  for (let back = 1; back <= Math.min(3, bytes.length - 1); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return needs > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

function linked(about: JsonObject, service: string, entry: FileEntry): FileBlocks {
  return {
    about: { ...about, hint: 'Too large, or of a type that cannot be shown here: only a link to it is' },
    blocks: [
      {
        type: 'resource_link',
        uri: fileUri(service, entry.path),
        name: nameOf(entry.path),
        mimeType: entry.contentType,
        size: entry.size,
      },
    ],
  }
}

/** The first so many bytes, and whether there are more. What is not read is not fetched from the storage either. */
export async function take(
  answer: FileAnswer,
  most: number,
): Promise<{ readonly bytes: Buffer; readonly more: boolean }> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.chunks ?? []) {
    parts.push(chunk)
    size += chunk.length
    if (size > most) break
  }
  const bytes = Buffer.concat(parts)
  return { bytes: bytes.subarray(0, most), more: size > most }
}

/** The line about a file, and its blocks, as the text of a tool's result has them: JSON. */
export function blockTexts({ about, blocks }: FileBlocks): {
  readonly text: readonly string[]
  readonly blocks: readonly string[]
} {
  return { text: [printJson(about)], blocks: blocks.map(printJson) }
}
