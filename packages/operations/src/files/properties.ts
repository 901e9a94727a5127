import type { JsonSchema } from '@gatehouse/core'

/** The input properties of file operations. Their words go to every model that lists tools, so they are few. */

const flag = (description: string): JsonSchema => ({ type: 'boolean', description })

export const file: JsonSchema = { type: 'string', description: 'Path of a file: reports/2026/january.csv' }
export const folder: JsonSchema = { type: 'string', description: 'Path of a folder: reports/2026/; empty is the root' }
export const either: JsonSchema = { type: 'string', description: 'Path of a file, or of a folder with / at its end' }
export const dryRun = flag('Check only; touch nothing')
export const fullTree = flag('All that is beneath, not only what is directly in the folder')
export const includeFiles = flag('Default true')
export const includeFolders = flag('Default true')
export const search: JsonSchema = {
  type: 'string',
  maxLength: 200,
  description: 'Glob of names (*.csv), or of paths below the folder where it has a / (2026/**/*.csv)',
}
export const limit: JsonSchema = { type: 'integer', minimum: 1, description: 'Most entries to answer' }
export const cursor: JsonSchema = { type: 'string', description: 'next_cursor of the page before' }
export const asList = flag('Paths only')
export const ifMatch: JsonSchema = {
  type: 'string',
  description: 'Entity tag that the file must still have; else 412 and nothing is written',
}
export const ifNoneMatch: JsonSchema = {
  type: 'string',
  description: 'Entity tags of copies that you have: 304 where one is current',
}
export const mustBeNew: JsonSchema = {
  type: 'string',
  enum: ['*'],
  description: '*: 412 where the file exists already',
}
export const ifModifiedSince: JsonSchema = {
  type: 'string',
  description: '304 where the file is no newer. If-None-Match goes first',
}
export const range: JsonSchema = {
  type: 'string',
  description: 'One range of bytes: bytes=0-99, bytes=100-, bytes=-50; answered with 206',
}
export const ifRange: JsonSchema = {
  type: 'string',
  description: 'Entity tag for which the range holds; else the whole file is answered',
}
export const download = flag('Save it instead of showing it in a browser')
export const checkExist = flag('Refuse to replace what is there (409)')
export const force = flag('Delete a folder with all that is in it')
export const contentType: JsonSchema = {
  type: 'string',
  maxLength: 200,
  description: 'Media type; default: by the name',
}
export const content: JsonSchema = { type: 'string', description: 'What the file is to hold' }
export const encoding: JsonSchema = { enum: ['text', 'base64'], description: 'How content is written. Default text' }
export const bytes: JsonSchema = { type: 'string', format: 'binary', description: 'The bytes of the file, or a form' }
export const textOffset: JsonSchema = {
  type: 'integer',
  minimum: 0,
  description: 'Where to begin in a long text: next_offset of the part before',
}
export const textLength: JsonSchema = {
  type: 'integer',
  minimum: 1,
  description: 'Most bytes of text to answer. Default 32768',
}
export const sourcePath: JsonSchema = {
  type: 'string',
  description: 'What to copy: a file, or a folder with / at its end',
}
export const deleteSource = flag('Move it instead')
export const metadata: JsonSchema = {
  type: 'object',
  additionalProperties: { type: 'string' },
  description: 'Free properties by name. Those that are not named stay',
}
export const expires: JsonSchema = {
  type: 'integer',
  minimum: 1,
  maximum: 86_400,
  description: 'Seconds that the URL works. Default 900',
}

/** A file or folder as it is answered. */
const entry: JsonSchema = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    name: { type: 'string' },
    type: { enum: ['file', 'folder'] },
    content_type: { type: 'string' },
    content_length: { type: 'integer' },
    last_modified: { type: 'string', format: 'date-time' },
    etag: { type: 'string' },
  },
}
export const entries: JsonSchema = {
  type: 'object',
  properties: {
    resource: { type: 'array', items: entry },
    meta: { type: 'object', properties: { next_cursor: { type: 'string' } } },
  },
}
export const properties: JsonSchema = {
  ...entry,
  properties: {
    ...(entry.properties as object),
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
  },
}
export const written: JsonSchema = {
  ...entry,
  properties: { ...(entry.properties as object), created: { type: 'boolean' }, files: { type: 'integer' } },
}
export const removed: JsonSchema = {
  type: 'object',
  properties: { path: { type: 'string' }, deleted: { type: 'boolean' } },
}
export const presigned: JsonSchema = {
  type: 'object',
  properties: { url: { type: 'string', format: 'uri' }, expires: { type: 'string', format: 'date-time' } },
}
