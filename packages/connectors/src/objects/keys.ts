import { Failure, type FileEntry, isFilePath } from '@gatehouse/core'
import type { StoredObject } from './store.js'

/** Between the paths of a service and the keys of its storage: a prefix, which is empty or ends in `/`. */
export interface KeySpace {
  keyOf(path: string): string
  /** Undefined for a key that no path names (`a//b`, `a/../b`): others made it, and it is never reached. */
  pathOf(key: string): string | undefined
}

export function keySpace(root: string): KeySpace {
  return {
    keyOf: (path) => `${root}${path}`,
    pathOf(key) {
      if (!key.startsWith(root)) return undefined
      const path = key.slice(root.length)
      return isFilePath(path) ? path : undefined
    },
  }
}

/** The prefix of `root` as the configuration has it: `/reports/2026` and `reports/2026/` are the same. Throws `invalid`. */
export function rootPrefix(root: string | undefined): string {
  const path = (root ?? '').replace(/^\/+|\/+$/g, '')
  if (path === '') return ''
  if (isFilePath(path)) return `${path}/`
  throw new Failure('invalid', '`root` is not a path below the bucket or container', { hint: 'root: reports/2026' })
}

export function fileEntry(path: string, object: Omit<StoredObject, 'key'>): FileEntry {
  return {
    path,
    type: 'file',
    size: object.size,
    ...(object.contentType === undefined ? {} : { contentType: object.contentType }),
    ...(object.modified === undefined ? {} : { modified: object.modified }),
    ...(object.etag === undefined ? {} : { etag: object.etag }),
    ...(object.metadata === undefined ? {} : { metadata: object.metadata }),
  }
}

export function folderEntry(path: string): FileEntry {
  return { path, type: 'folder' }
}
