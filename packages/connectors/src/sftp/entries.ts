import type { FileEntry } from '@gatehouse/core'
import type { FileEntryWithStats, Stats } from 'ssh2'
import { isTemporaryName } from '../files/temporary-name.js'
import type { ReadFolder } from '../files/tree-page.js'
import type { SftpConnection } from './connection.js'
import type { Paths } from './paths.js'
import { requests } from './requests.js'

/** Undefined for what is neither a file nor a folder: sockets, devices. */
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

/** What is at a path, links followed; a link that leads out of the root throws. */
export async function statOf(on: SftpConnection, paths: Paths, path: string): Promise<FileEntry | undefined> {
  const real = await paths.real(path)
  const stats = real === undefined ? undefined : await requests.stat(on, real)
  return stats && entryOf(path, stats)
}

/** Reads a folder for `treePage`. Links that lead nowhere, or out of the root, are not shown. */
export function folderReader(on: SftpConnection, paths: Paths): ReadFolder {
  return async (folder, take) => {
    const real = await paths.real(folder)
    const handle = await requests.opendir(on, real ?? '')
    try {
      for (;;) {
        const found = await requests.readdir(on, handle)
        if (!found) return
        const shown = found.filter(({ filename }) => isName(filename) && !isTemporaryName(filename))
        const links = shown.filter(({ attrs }) => attrs.isSymbolicLink())
        for (const { filename, attrs } of shown) {
          const entry = entryOf(folder + filename, attrs)
          if (entry) take(entry)
        }
        const targets = await Promise.all(links.map((link) => targetOf(on, paths, folder, link)))
        for (const entry of targets) if (entry) take(entry, 'link')
      }
    } finally {
      if (on.alive) await requests.close(on, handle)
    }
  }
}

async function targetOf(on: SftpConnection, paths: Paths, folder: string, { filename }: FileEntryWithStats) {
  return statOf(on, paths, folder + filename).catch((thrown) => {
    if (!on.alive) throw thrown
    return undefined
  })
}

/** A name that a path can hold; a server may say anything. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/')
}
