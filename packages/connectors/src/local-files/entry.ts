import type { BigIntStats } from 'node:fs'
import type { FileEntry } from '@gatehouse/core'
import { mediaTypeOf } from '../files/media-types.js'

/** What the file system knows, as an entry; undefined for what is neither a file nor a folder. */
export function entryOf(path: string, stats: BigIntStats): FileEntry | undefined {
  const modified = new Date(Number(stats.mtimeMs))
  if (stats.isDirectory())
    return { path: path === '' || path.endsWith('/') ? path : `${path}/`, type: 'folder', modified }
  if (!stats.isFile()) return undefined
  return {
    path,
    type: 'file',
    contentType: mediaTypeOf(path),
    size: Number(stats.size),
    modified,
    etag: etagOf(stats),
  }
}

/** A file that is replaced is another one, and one that is written to has another time. */
function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${mtimeNs.toString(36)}-${size.toString(36)}-${ino.toString(36)}`
}
