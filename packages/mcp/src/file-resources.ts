import {
  bareMediaType,
  Failure,
  isJsonObject,
  isTextType,
  type JsonObject,
  type JsonValue,
  nameOf,
  stringOf,
} from '@gatehouse/core'
import { callOf, type Exchange } from './exchange.js'
import { take } from './file-blocks.js'
import { fileTemplate, fileUri } from './file-uri.js'
import { currentSet } from './global-tool.js'
import { oneLine } from './instructions.js'
import type { OperationTool } from './tool-set.js'

/** Files of one service that a list of resources has; the others are found by list_files. */
const mostListed = 100
/** Bytes of one resource. */
const largest = 4 * 1024 * 1024

/** Services whose files the caller may read. */
export function fileTools(exchange: Exchange): readonly OperationTool[] {
  return currentSet(exchange).allOperationTools.filter(({ operation }) => operation.name === 'get_file')
}

export const fileResourceTemplate: JsonObject = {
  uriTemplate: fileTemplate,
  name: 'file',
  title: 'File of a storage',
  description: 'One file of one service, by its path; list_files of the service shows the paths',
}

/** The first files of each storage, as resources. A storage that cannot answer has none. */
export async function fileResources(exchange: Exchange): Promise<readonly JsonObject[]> {
  const lists = fileTools(exchange).map(async ({ operation: { service } }) => {
    const input = { full_tree: true, include_folders: false, limit: mostListed }
    try {
      const answer = await exchange.server.pipeline.execute(callOf(exchange, service, 'list_files', input))
      if (answer.kind !== 'records') return []
      const entries = JSON.parse(stringOf(answer.text)) as JsonValue
      return (Array.isArray(entries) ? entries : []).filter(isJsonObject).map((entry) => resourceOf(service, entry))
    } catch {
      // The pipeline has written down why.
      return []
    }
  })
  return (await Promise.all(lists)).flat()
}

/** Paths of a service's folder that begin with a text, for a completion; folders end in a slash. */
export async function pathsBeginning(exchange: Exchange, service: string, text: string): Promise<readonly string[]> {
  const folder = text.slice(0, text.lastIndexOf('/') + 1)
  const input = { path: folder, as_list: true }
  try {
    const answer = await exchange.server.pipeline.execute(callOf(exchange, service, 'list_files', input))
    if (answer.kind !== 'records') return []
    const paths = JSON.parse(stringOf(answer.text)) as JsonValue
    return Array.isArray(paths) ? paths.filter((path): path is string => typeof path === 'string') : []
  } catch {
    // The pipeline has written down why.
    return []
  }
}

function resourceOf(service: string, entry: JsonObject): JsonObject {
  const path = String(entry.path)
  return {
    uri: fileUri(service, path),
    name: nameOf(path),
    title: oneLine(path),
    mimeType: entry.content_type,
    size: entry.content_length,
  }
}

/** What is in a file, for `resources/read`: text, or bytes in base64. Throws Failure, `too_large` among them. */
export async function readFileResource(
  exchange: Exchange,
  uri: string,
  file: { readonly service: string; readonly path: string },
): Promise<JsonObject> {
  const call = callOf(exchange, file.service, 'get_file', { path: file.path })
  const answer = await exchange.server.pipeline.execute(call)
  if (answer.kind !== 'file') throw new Failure('internal', 'A file without bytes')
  const { bytes, more } = await take(answer, largest)
  const mimeType = answer.entry.contentType ?? 'application/octet-stream'
  if (more) {
    throw new Failure('too_large', `The file has more than ${largest} bytes`, {
      hint: 'The tool get_file reads long texts in parts',
    })
  }
  if (isTextType(bareMediaType(mimeType))) return { uri, mimeType, text: bytes.toString('utf8') }
  return { uri, mimeType, blob: bytes.toString('base64') }
}
