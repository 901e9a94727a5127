import { type FileEntry, type FilePlan, type JsonObject, printJson, type StorageResult } from '@gatehouse/core'
import type { BareAnswer } from './answer.js'

/** What a storage answered, for the surface to wrap. `chunks` stands in for those of a stream or a file. */
export function fileAnswer(
  result: StorageResult,
  plan: FilePlan,
  chunks: AsyncIterable<Uint8Array> | undefined,
): BareAnswer {
  switch (result.kind) {
    case 'entries': {
      const names = plan.kind === 'file_list' && plan.asList
      const text = printJson(result.entries.map((entry) => (names ? entry.path : entryValue(entry))))
      const cut = plan.kind === 'file_list' && plan.cut && { cut: { ...plan.cut } }
      const meta: JsonObject = { ...(result.next !== undefined && { next_cursor: result.next }), ...cut }
      return { kind: 'records', format: 'json', text, rows: result.entries.length, meta }
    }
    case 'file':
      return chunks ? { ...result, chunks } : result
    case 'entry': {
      const { entry, created, files } = result
      const value = { ...entryValue(entry), created, files }
      return {
        kind: 'record',
        text: printJson(value),
        ...(entry.etag !== undefined && { etag: entry.etag }),
      }
    }
    case 'removed':
      return { kind: 'json', value: { path: result.path, deleted: true } }
    case 'presigned':
      return { kind: 'json', value: { url: result.url, expires: result.expires.toISOString() } }
    case 'stream':
      return { kind: 'stream', mediaType: result.mediaType, chunks: chunks ?? result.chunks, meta: {} }
    default:
      return result satisfies never
  }
}

/** An entry as callers see it. */
function entryValue(entry: FileEntry): JsonObject {
  const { path, type, contentType, size, modified, etag, metadata } = entry
  const bare = path.endsWith('/') ? path.slice(0, -1) : path
  return {
    path,
    name: bare.slice(bare.lastIndexOf('/') + 1),
    type,
    content_type: contentType,
    content_length: size,
    last_modified: modified?.toISOString(),
    etag,
    metadata: metadata && { ...metadata },
  }
}

/** Files and folders in a result; of one that is sent bit by bit, it is said when it ends. */
export function filesIn(result: StorageResult): number | undefined {
  switch (result.kind) {
    case 'entries':
      return result.entries.length
    case 'file':
    case 'removed':
    case 'presigned':
      return 1
    case 'entry':
      return result.files ?? 1
    case 'stream':
      return undefined
    default:
      return result satisfies never
  }
}
