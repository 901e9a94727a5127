import { Failure, type FileListPlan, type JsonObject, type PageLimits } from '@gatehouse/core'
import { flagOf, textOf, wholeOf } from '../database/arguments.js'
import type { FileRule } from './file-operation.js'
import * as is from './properties.js'
import { entityTags, httpDate, rangeOf } from './request-headers.js'

const reading = { effect: 'read', idempotent: true, destructive: false } as const

function listPlan(path: string, input: JsonObject, limits: PageLimits): FileListPlan {
  const files = input.include_files !== false
  const folders = input.include_folders !== false
  if (!files && !folders) throw new Failure('invalid', 'Neither files nor folders are asked for')
  const asked = wholeOf(input.limit) ?? limits.fallback
  const search = textOf(input.search)
  const cursor = textOf(input.cursor)
  return {
    kind: 'file_list',
    path,
    deep: flagOf(input.full_tree),
    files,
    folders,
    limit: Math.min(asked, limits.most),
    asList: flagOf(input.as_list),
    ...(asked > limits.most && { cut: { asked, allowed: limits.most } }),
    ...(search !== undefined && { search }),
    ...(cursor !== undefined && { cursor }),
  }
}

export const readRules: readonly FileRule[] = [
  {
    ...reading,
    name: 'list_files',
    http: { methods: ['GET'], path: '/{+path}/' },
    tool: true,
    title: 'List files',
    description:
      'What is in a folder: path, type, size, time and entity tag of each file and folder. Pages by `cursor`.',
    toolDescription:
      'Lists a folder, the root without a path. Use `full_tree` with `search` to find files; get_file reads one.',
    example: { path: 'reports/', search: '*.csv', full_tree: true },
    on: 'folder',
    input: {
      path: is.folder,
      full_tree: is.fullTree,
      include_files: is.includeFiles,
      include_folders: is.includeFolders,
      search: is.search,
      limit: is.limit,
      cursor: is.cursor,
      as_list: is.asList,
      dry_run: is.dryRun,
    },
    output: is.entries,
    plan: listPlan,
  },
  {
    ...reading,
    name: 'get_file',
    http: {
      methods: ['GET'],
      path: '/{+path}',
      headers: {
        range: 'range',
        if_range: 'if-range',
        if_none_match: 'if-none-match',
        if_modified_since: 'if-modified-since',
      },
      download: '*/*',
    },
    tool: true,
    title: 'Get file',
    description: 'The bytes of a file, as a stream; of a range with 206. HEAD answers the headers alone.',
    toolDescription:
      'Reads a file: text as text (long ones in parts, by `offset` and `length`), images and audio as such, the text of PDF and office documents; of all else a link.',
    example: { path: 'reports/2026/january.csv' },
    on: 'file',
    input: { path: is.file, dry_run: is.dryRun },
    restInput: {
      download: is.download,
      range: is.range,
      if_range: is.ifRange,
      if_none_match: is.ifNoneMatch,
      if_modified_since: is.ifModifiedSince,
    },
    toolInput: { offset: is.textOffset, length: is.textLength },
    required: ['path'],
    output: { type: 'string', format: 'binary' },
    plan: (path, input) => {
      const range = rangeOf(textOf(input.range))
      const ifRange = textOf(input.if_range)
      const tags = textOf(input.if_none_match)
      const since = tags === undefined ? httpDate(textOf(input.if_modified_since)) : undefined
      const offset = wholeOf(input.offset)
      return {
        kind: 'file_read',
        path,
        ...(range && { range }),
        ...(ifRange !== undefined && { ifRange }),
        ...(tags !== undefined && { ifNoneMatch: entityTags(tags) }),
        ...(since && { ifModifiedSince: since }),
        ...(offset !== undefined && { textOffset: offset }),
      }
    },
  },
  {
    ...reading,
    name: 'get_file_properties',
    http: { methods: ['GET'], path: '/{+path}', alsoAt: ['/{+path}/'], when: 'include_properties' },
    tool: true,
    title: 'Get file properties',
    description: 'Type, size, time, entity tag and free properties of a file or folder, without its content.',
    example: { path: 'reports/2026/january.csv' },
    on: 'either',
    input: { path: is.either, dry_run: is.dryRun },
    restInput: { include_properties: { type: 'boolean', description: 'Properties as JSON instead of the content' } },
    required: ['path'],
    output: is.properties,
    plan: (path) => ({ kind: 'file_stat', path }),
  },
  {
    ...reading,
    name: 'zip_folder',
    http: { methods: ['GET'], path: '/{+path}/', when: 'zip', download: 'application/zip' },
    title: 'Zip folder',
    description: 'All files beneath a folder that you may read, as one zip.',
    on: 'folder',
    input: {
      path: is.folder,
      zip: { type: 'boolean', description: 'The folder as a zip instead of its listing' },
      dry_run: is.dryRun,
    },
    output: { type: 'string', format: 'binary' },
    plan: (path) => ({ kind: 'folder_zip', path }),
  },
  {
    name: 'presign_file',
    effect: 'execute',
    idempotent: true,
    destructive: false,
    http: { methods: ['GET'], path: '/{+path}', when: 'presign' },
    title: 'Presign file',
    description:
      'A URL that lets whoever has it read this file from the storage itself for a while. Needs the verbs read and execute, since those reads are neither limited nor audited.',
    on: 'file',
    input: {
      path: is.file,
      presign: { type: 'boolean', description: 'A URL of the storage instead of the content' },
      expires: is.expires,
      dry_run: is.dryRun,
    },
    required: ['path'],
    output: is.presigned,
    exists: (can) => can.presign,
    plan: (path, input) => ({ kind: 'file_presign', path, seconds: wholeOf(input.expires) ?? 900 }),
  },
]
