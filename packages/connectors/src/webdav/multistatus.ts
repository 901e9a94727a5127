import { createHash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import type { FileEntry } from '@gatehouse/core'
import sax from 'sax'

/** One resource of a PROPFIND's answer (RFC 4918, 14.24), with the properties that the server found. */
export interface Resource {
  /** As the server wrote it: a path, or a whole URL. */
  readonly href: string
  readonly folder: boolean
  readonly size?: number
  readonly modified?: Date
  readonly etag?: string
  readonly contentType?: string
}

export const propfindBody =
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/>' +
  '<getlastmodified/><getetag/><getcontenttype/></prop></propfind>'

/** Characters that one value may have: a server may send anything. */
const longestValue = 64 * 1024

/** The resources of an answer as they come, however many there are. Throws where it is not well-formed, or no such answer. */
export async function* parseMultistatus(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Resource> {
  let found: Resource[] = []
  let whole = false
  const document = reader(
    (resource) => found.push(resource),
    () => {
      whole = true
    },
  )
  const decoder = new StringDecoder('utf8')
  for await (const chunk of chunks) {
    document.write(decoder.write(Buffer.from(chunk)))
    const ready = found
    found = []
    yield* ready
  }
  document.close()
  if (!whole) throw new Error('The answer is empty')
  yield* found
}

/** The name of an element of WebDAV's own; of others, nothing is wanted. */
function dav(tag: sax.Tag | sax.QualifiedTag): string {
  return 'uri' in tag && tag.uri === 'DAV:' ? tag.local : ''
}

function reader(take: (resource: Resource) => void, atEnd: () => void) {
  const reading = sax.parser(true, { xmlns: true })
  const names: string[] = []
  let href = ''
  let properties: Record<string, string> = {}
  let good: Record<string, string> = {}
  let status = ''
  let text = ''
  reading.onerror = (thrown) => {
    throw thrown
  }
  reading.onopentag = (tag) => {
    const name = dav(tag)
    if (names.length === 0 && name !== 'multistatus') throw new Error('The answer is no multistatus')
    names.push(name)
    text = ''
    if (name === 'response') {
      href = ''
      good = {}
    }
    if (name === 'propstat') {
      properties = {}
      status = ''
    }
    if (name === 'collection' && names.at(-2) === 'resourcetype') properties.collection = 'yes'
  }
  const add = (more: string) => {
    if (text.length < longestValue) text += more
  }
  reading.ontext = add
  reading.oncdata = add
  reading.onclosetag = () => {
    const name = names.pop() ?? ''
    const parent = names.at(-1)
    if (name === 'href' && parent === 'response') href = text.trim()
    else if (name === 'status' && parent === 'propstat') status = text.trim()
    else if (parent === 'prop' && name !== '') properties[name] = text.trim()
    else if (name === 'propstat' && /^HTTP\/\S+ 2\d\d/.test(status)) good = { ...good, ...properties }
    else if (name === 'response') take(resourceOf(href, good))
    else if (names.length === 0) atEnd()
    text = ''
  }
  return reading
}

function resourceOf(href: string, found: Readonly<Record<string, string>>): Resource {
  const { getcontentlength: length = '', getlastmodified = '', getetag, getcontenttype: contentType } = found
  const modified = new Date(getlastmodified)
  const size = /^\d+$/.test(length) ? Number(length) : undefined
  const etag =
    tagOf(getetag) ?? (size === undefined || getlastmodified === '' ? undefined : made(size, getlastmodified))
  return {
    href,
    folder: found.collection !== undefined,
    ...(size === undefined ? {} : { size }),
    ...(Number.isNaN(modified.getTime()) ? {} : { modified }),
    ...(etag === undefined ? {} : { etag }),
    ...(contentType ? { contentType } : {}),
  }
}

/** Weak ones too: of most servers they are, for as long as a file may still change within the same tick of their clock. */
export function tagOf(header: string | undefined): string | undefined {
  return /^(?:W\/)?"([\x21\x23-\x7e]+)"$/.exec(header?.trim() ?? '')?.[1]
}

/** For servers that tell no tags. */
function made(size: number, modified: string): string {
  return createHash('sha256').update(`${size};${modified}`).digest('base64url').slice(0, 22)
}

/** The path below the root of what an `href` names; undefined for what is not beneath the root. */
export function pathOf(href: string, root: URL): string | undefined {
  try {
    const path = decodeURIComponent(new URL(href, root).pathname)
    const base = decodeURIComponent(root.pathname)
    if (`${path}/` === base) return ''
    return path.startsWith(base) ? path.slice(base.length) : undefined
  } catch {
    return undefined
  }
}

export function entryOf(path: string, { folder, size, modified, etag, contentType }: Resource): FileEntry {
  const bare = path.replace(/\/$/, '')
  const time = modified ? { modified } : {}
  if (folder) return { path: bare === '' ? '' : `${bare}/`, type: 'folder', ...time }
  return {
    path: bare,
    type: 'file',
    ...time,
    ...(size === undefined ? {} : { size }),
    ...(etag === undefined ? {} : { etag }),
    ...(contentType === undefined ? {} : { contentType }),
  }
}
