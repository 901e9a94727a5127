import { Failure, type FileEntry } from '@gatehouse/core'
import type { Stats } from 'ssh2'
import { isTemporaryName } from '../files/temporary-name.js'
import type { ReadFolder } from '../files/tree-page.js'
import type { SftpConnection } from './connection.js'
import type { Paths } from './paths.js'
import { requests } from './requests.js'

/** Undefined for what is neither a file nor a folder: links, sockets, devices. */
export function entryOf(path: string, stats: Stats): FileEntry | undefined {
  const bare = path.replace(/\/$/, '')
  const modified = new Date(stats.mtime * 1000)
  if (stats.isDirectory()) return { path: bare === '' ? '' : `${bare}/`, type: 'folder', modified }
  if (!stats.isFile()) return undefined
  return { path: bare, type: 'file', size: stats.size, modified, etag: etagOf(stats) }
}

/** SFTP tells no more of a version than its size and the second of the last change. */
function etagOf({ mtime, size }: Stats): string {
  return `${mtime.toString(36)}-${size.toString(36)}`
}

/** What is at a path; undefined where nothing is, or where a link is on the way. */
export async function statOf(on: SftpConnection, paths: Paths, path: string): Promise<FileEntry | undefined> {
  const real = await paths.real(path)
  const stats = real === undefined ? undefined : await requests.lstat(on, real)
  return stats && entryOf(path, stats)
}

/** Reads a folder for `treePage`. */
export function folderReader(on: SftpConnection, paths: Paths): ReadFolder {
  return async (folder, take) => {
    const real = await paths.real(folder)
    if (real === undefined) throw new Failure('not_found', 'There is no such folder')
    const handle = await requests.opendir(on, real)
    try {
      for (;;) {
        const found = await requests.readdir(on, handle)
        if (!found) return
        for (const { filename, attrs } of found) {
          if (!isName(filename) || isTemporaryName(filename)) continue
          const entry = entryOf(folder + filename, attrs)
          if (entry) take(entry)
        }
      }
    } finally {
      if (on.alive) await requests.close(on, handle)
    }
  }
}

/** A name that a path can hold; a server may say anything. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\r\n\0]/.test(name)
}
