import { Failure, filePath, type JsonObject, type JsonValue } from '@gatehouse/core'
import { flagOf, textOf } from '../database/arguments.js'
import { type FileRule, notRoot } from './file-operation.js'
import * as is from './properties.js'
import { entityTags } from './request-headers.js'

const creating = { effect: 'create', suffices: ['create', 'update'], idempotent: true, destructive: true } as const

export const writeRules: readonly FileRule[] = [
  {
    ...creating,
    name: 'create_file',
    http: {
      methods: ['PUT', 'POST'],
      path: '/{+path}',
      body: 'content',
      upload: true,
      headers: { if_match: 'if-match', if_none_match: 'if-none-match' },
    },
    tool: true,
    title: 'Create file',
    description:
      'Writes a file as a whole: a new one, or in place of the one that is there. The body is the bytes, of any type and up to the size that the service allows, or a form with one file.',
    toolDescription: 'Writes a file as a whole, also over the one that is there unless `check_exist`.',
    example: { path: 'notes/today.txt', content: 'Call the printer' },
    on: 'file',
    input: { path: is.file, content_type: is.contentType, check_exist: is.checkExist, dry_run: is.dryRun },
    restInput: { content: is.bytes, if_match: is.ifMatch, if_none_match: is.mustBeNew },
    toolInput: { content: is.content, encoding: is.encoding, if_match: is.ifMatch },
    required: ['path'],
    toolRequired: ['path', 'content'],
    output: is.written,
    plan: (path, input) => {
      const contentType = textOf(input.content_type)
      const content = contentOf(input)
      const ifMatch = onlyTag(textOf(input.if_match))
      return {
        kind: 'file_write',
        path: notRoot(path),
        ifNoneMatch: input.if_none_match === '*',
        checkExist: flagOf(input.check_exist),
        ...(content && { content }),
        ...(contentType !== undefined && { contentType: mediaTypeOf(contentType) }),
        ...(ifMatch !== undefined && { ifMatch }),
      }
    },
  },
  {
    name: 'create_folder',
    effect: 'create',
    idempotent: true,
    destructive: false,
    http: { methods: ['POST', 'PUT'], path: '/{+path}/', each: { file: 'create_file', folder: 'create_folder' } },
    tool: true,
    title: 'Create folder',
    description:
      'Makes a folder and those above it; one that is there stays as it is. With a form or with {"resource":[{"name","type","content","encoding"}]} in the body: creates those files and folders in it.',
    toolDescription: 'Makes a folder and those above it. One that is there already stays as it is.',
    example: { path: 'reports/2027/' },
    on: 'folder',
    input: { path: is.folder, check_exist: is.checkExist, dry_run: is.dryRun },
    required: ['path'],
    output: is.written,
    plan: (path, input) => ({ kind: 'folder_create', path: notRoot(path), checkExist: flagOf(input.check_exist) }),
  },
  {
    name: 'delete_file',
    effect: 'delete',
    idempotent: false,
    destructive: true,
    http: {
      methods: ['DELETE'],
      path: '/{+path}',
      alsoAt: ['/{+path}/'],
      headers: { if_match: 'if-match' },
    },
    tool: true,
    title: 'Delete file',
    description: 'Deletes a file; or a folder, which must be empty unless `force`.',
    example: { path: 'notes/today.txt' },
    on: 'either',
    input: { path: is.either, force: is.force, if_match: is.ifMatch, dry_run: is.dryRun },
    required: ['path'],
    output: is.removed,
    plan: (path, input) => {
      const ifMatch = onlyTag(textOf(input.if_match))
      return {
        kind: 'file_delete',
        path: notRoot(path),
        force: flagOf(input.force),
        ...(ifMatch !== undefined && { ifMatch }),
      }
    },
  },
  {
    ...creating,
    idempotent: false,
    name: 'copy_file',
    http: { methods: ['PUT', 'POST'], path: '/{+path}', alsoAt: ['/{+path}/'], when: 'source_path' },
    title: 'Copy or move file',
    description: 'Copies a file or a folder of this service to this path, or moves it with `delete_source`.',
    on: 'either',
    input: {
      path: is.either,
      source_path: is.sourcePath,
      delete_source: is.deleteSource,
      check_exist: is.checkExist,
      dry_run: is.dryRun,
    },
    required: ['path', 'source_path'],
    output: is.written,
    plan: (path, input) => ({
      kind: 'file_copy',
      path: notRoot(path),
      source: notRoot(filePath(textOf(input.source_path) ?? '')),
      deleteSource: flagOf(input.delete_source),
      checkExist: flagOf(input.check_exist),
    }),
  },
  {
    ...creating,
    name: 'extract_zip',
    http: { methods: ['POST'], path: '/{+path}/', when: 'extract', body: 'content', upload: true },
    title: 'Extract zip',
    description:
      'Unpacks a zip, the body, into the folder. Refused as a whole, before anything is written, when it has too many files, too many bytes, a path that is not allowed or a place where you may not write.',
    on: 'folder',
    input: {
      path: is.folder,
      extract: { type: 'boolean', description: 'The body is a zip to unpack' },
      content: is.bytes,
      check_exist: is.checkExist,
      dry_run: is.dryRun,
    },
    output: is.written,
    plan: (path, input) => ({ kind: 'folder_extract', path, checkExist: flagOf(input.check_exist) }),
  },
  {
    name: 'update_file_properties',
    effect: 'update',
    idempotent: true,
    destructive: false,
    http: { methods: ['PATCH'], path: '/{+path}', body: '*' },
    title: 'Update file properties',
    description: 'Sets the media type and free properties of a file; its content stays.',
    on: 'file',
    input: { path: is.file, content_type: is.contentType, metadata: is.metadata, dry_run: is.dryRun },
    required: ['path'],
    output: is.properties,
    exists: (can) => can.metadata,
    plan: (path, input) => {
      const contentType = textOf(input.content_type)
      const metadata = metadataOf(input.metadata)
      if (contentType === undefined && !metadata) throw new Failure('invalid', 'No property is given')
      return {
        kind: 'file_properties',
        path: notRoot(path),
        ...(contentType !== undefined && { contentType: mediaTypeOf(contentType) }),
        ...(metadata && { metadata }),
      }
    },
  },
]

/** Content that is in the input itself, as tools send it. */
function contentOf({ content, encoding }: JsonObject): Uint8Array | undefined {
  if (typeof content !== 'string') return undefined
  if (encoding !== 'base64') return Buffer.from(content, 'utf8')
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content)) throw new Failure('invalid', '`content` is no base64')
  return Buffer.from(content, 'base64')
}

/** The one tag of If-Match; `*` as it is. Throws `invalid` for several. */
function onlyTag(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const [tag, ...more] = entityTags(header)
  if (tag === undefined || tag === '' || more.length > 0) {
    throw new Failure('invalid', 'If-Match takes one entity tag', { hint: 'Send the ETag of the file as it came' })
  }
  return tag
}

/** Throws `invalid` for what is no media type: it becomes a header. */
function mediaTypeOf(text: string): string {
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"\\\p{Cc}]*"))*$/u.test(text))
    return text
  throw new Failure('invalid', '`content_type` is no media type such as text/csv')
}

/** Names and values become headers of the storage. */
function metadataOf(value: JsonValue | undefined): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  let size = 0
  for (const [name, text] of entries) {
    size += name.length + String(text).length
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,100}$/.test(name)) {
      throw new Failure('invalid', 'Names of free properties are of letters, digits and _')
    }
    if (typeof text !== 'string' || !/^[\x20-\x7e]*$/.test(text)) {
      throw new Failure('invalid', `The property \`${name}\` is a text of plain ASCII`)
    }
  }
  if (size > 2000) throw new Failure('invalid', 'The free properties have more than 2000 characters together')
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]))
}
