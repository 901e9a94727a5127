import type { IncomingMessage } from 'node:http'
import { Failure, type FileContent, isJsonObject, type JsonValue, type Operation, readBody } from '@gatehouse/core'
import { eachPart, isForm } from './form-parts.js'
import { hasBody, parseBody, requireJson } from './json-body.js'

/** A file or a folder of several in one request, with the operation that makes it. */
export interface Upload {
  readonly operation: string
  /** Below the folder that the request is for. */
  readonly name: string
  readonly contentType?: string
  readonly content?: FileContent
}

const mostEntries = 1000

/** The files and folders of a form or of a JSON list; undefined where the request has no body, or none of several. */
export function severalFiles(
  { http: { each } }: Operation,
  request: IncomingMessage,
  bodyLimit: number,
): AsyncIterable<Upload> | undefined {
  if (!each || !hasBody(request)) return undefined
  return isForm(request) ? uploadsOfForm(request, each.file) : uploadsOfJson(request, each, bodyLimit)
}

async function* uploadsOfForm(request: IncomingMessage, operation: string): AsyncGenerator<Upload> {
  for await (const { name, content } of eachPart(request)) {
    if (name === '') throw new Failure('invalid', 'A file of the form has no name')
    yield { operation, name, content }
  }
}

async function* uploadsOfJson(
  request: IncomingMessage,
  each: { readonly file: string; readonly folder: string },
  bodyLimit: number,
): AsyncGenerator<Upload> {
  requireJson(request)
  const body = parseBody(await readBody(request, bodyLimit))
  const list = isJsonObject(body) && body.resource !== undefined ? body.resource : body
  const items = Array.isArray(list) ? list : [list]
  if (items.length > mostEntries) throw new Failure('too_large', `The list has more than ${mostEntries} entries`)
  for (const item of items) yield uploadOf(item, each)
}

function uploadOf(item: JsonValue, each: { readonly file: string; readonly folder: string }): Upload {
  const hint =
    'An entry is {"name", "type": "file" or "folder", "content", "encoding": "text" or "base64", "content_type"}'
  if (!isJsonObject(item) || typeof item.name !== 'string' || item.name === '') {
    throw new Failure('invalid', 'An entry of the list has no name', { hint })
  }
  const { name, type = 'file', content = '', encoding, content_type: contentType } = item
  if (type === 'folder') return { operation: each.folder, name: name.endsWith('/') ? name : `${name}/` }
  if (type !== 'file' || typeof content !== 'string')
    throw new Failure('invalid', 'An entry of the list is wrong', { hint })
  const base64 = encoding === 'base64' || item.is_base64 === true
  if (base64 && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) {
    throw new Failure('invalid', 'The content of an entry is no base64', { hint })
  }
  const bytes = Buffer.from(content, base64 ? 'base64' : 'utf8')
  return {
    operation: each.file,
    name,
    content: { chunks: once(bytes), size: bytes.length },
    ...(typeof contentType === 'string' && { contentType }),
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}
