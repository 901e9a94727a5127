import { createHash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import { Failure, type FileEntry } from '@gatehouse/core'
import { FileType, parseList } from 'basic-ftp'

/** What a listing says of one name. `other`: symbolic links, devices. */
export interface Listed {
  readonly name: string
  readonly type: 'file' | 'folder' | 'other'
  readonly size?: number
  readonly modified?: Date
  /** Tells one version from another as far as the server does. */
  readonly etag?: string
}

/** Characters of a listing that only people are meant to read, which is held as a whole. */
const largestText = 40 * 1024 * 1024

/** One line of MLSD, or the one of MLST: `type=file;size=5;modify=20261121043039; name` (RFC 3659, 7.2). */
export function parseFacts(line: string): Listed | undefined {
  const space = line.indexOf(' ')
  if (space < 0) return undefined
  const facts = new Map<string, string>()
  for (const fact of line.slice(0, space).split(';')) {
    const equals = fact.indexOf('=')
    if (equals > 0) facts.set(fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1))
  }
  const name = line.slice(space + 1)
  const type = typeOf(facts.get('type') ?? '')
  if (type === undefined) return undefined
  const modify = facts.get('modify')
  const modified = modify === undefined ? undefined : timeOf(modify)
  const size = facts.get('size')
  return {
    name,
    type,
    ...(modified ? { modified } : {}),
    ...(type === 'file' && size !== undefined ? { size: Number(size) } : {}),
    ...(type === 'file' ? { etag: tagOf(modify, size, facts.get('unique')) } : {}),
  }
}

/** Undefined for the folder itself and the one above. */
function typeOf(fact: string): Listed['type'] | undefined {
  const type = fact.toLowerCase()
  if (type === 'file') return 'file'
  if (type === 'dir') return 'folder'
  if (type === 'cdir' || type === 'pdir') return undefined
  return 'other'
}

/** `unique` is another one for a file that was put in the place of the one before. */
export function tagOf(modify: string | undefined, size: string | undefined, unique = ''): string {
  return createHash('sha256').update(`${modify};${size};${unique}`).digest('base64url').slice(0, 22)
}

/** `YYYYMMDDHHMMSS[.sss]` in UTC (RFC 3659, 2.3). */
export function timeOf(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?/.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second, fraction = ''] = parts
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`)
}

/** The entries of an MLSD, one by one. */
export async function* parseMachineListing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Listed> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const listed = parseFacts(line.replace(/\r$/, ''))
      if (listed) yield listed
    }
  }
  const last = parseFacts(rest.replace(/\r$/, ''))
  if (last) yield last
}

/** The entries of a LIST. Its times are in nobody knows which zone, so they are left out. */
export async function parseTextListing(chunks: AsyncIterable<Uint8Array>): Promise<readonly Listed[]> {
  const decoder = new StringDecoder('utf8')
  let text = ''
  for await (const chunk of chunks) {
    text += decoder.write(Buffer.from(chunk))
    if (text.length > largestText) throw new Failure('too_large', 'The folder has too many entries for this storage')
  }
  return parseList(text).map(({ name, type, size }) => ({
    name,
    type: listedTypes[type],
    ...(type === FileType.File ? { size } : {}),
  }))
}

const listedTypes: Readonly<Record<FileType, Listed['type']>> = {
  [FileType.File]: 'file',
  [FileType.Directory]: 'folder',
  [FileType.SymbolicLink]: 'other',
  [FileType.Unknown]: 'other',
}

export function entryOf(path: string, { type, size, modified, etag }: Listed): FileEntry | undefined {
  const bare = path.replace(/\/$/, '')
  if (type === 'folder') return { path: bare === '' ? '' : `${bare}/`, type, ...(modified ? { modified } : {}) }
  if (type !== 'file') return undefined
  return {
    path: bare,
    type,
    ...(size === undefined ? {} : { size }),
    ...(modified ? { modified } : {}),
    ...(etag === undefined ? {} : { etag }),
  }
}
