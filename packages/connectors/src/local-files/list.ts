import { lstat, opendir } from 'node:fs/promises'
import { type FileEntry, temporaryPrefix } from '@gatehouse/core'
import type { ListPage } from '../files/driver.js'
import { entryOf } from './entry.js'
import { codeOf } from './errors.js'
import { openPlace, type Place } from './place.js'

interface Listing {
  readonly root: string
  readonly deep: boolean
  readonly limit: number
  /** The path of the last entry of the page before. */
  readonly from: string
  readonly signal: AbortSignal
}

/**
 * A page of a folder in the order of its paths. The names of a folder are read from the disk one by one and only those
 * of the page are kept, so that a folder of a million files takes no more memory than one of a thousand.
 */
export async function listLocal(folder: string, listing: Listing): Promise<ListPage> {
  const found: FileEntry[] = []
  await collect(folder, listing, found)
  const entries = found.slice(0, listing.limit)
  const last = entries.at(-1)
  return found.length > listing.limit && last ? { entries, next: last.path } : { entries }
}

/** Adds entries behind `from` until there is one more than the limit. */
async function collect(folder: string, listing: Listing, found: FileEntry[]): Promise<void> {
  const { root, deep, limit, signal } = listing
  const place = await openPlace(root, folder)
  try {
    let after = listing.from.startsWith(folder) ? listing.from.slice(folder.length) : ''
    // The folder in which the page before ended goes on, and is not told again.
    const inside = deep && after.includes('/') && !isWhole(after) ? after.slice(0, after.indexOf('/') + 1) : undefined
    if (inside !== undefined) {
      await collectBelow(folder + inside, listing, found)
      after = inside
    } else if (deep && after.endsWith('/'))
      await collectBelow(folder + after, { ...listing, from: folder + after }, found)
    while (found.length <= limit) {
      signal.throwIfAborted()
      const names = await firstNames(place, after, limit + 1 - found.length)
      if (names.length === 0) return
      for (const name of names) {
        const entry = await entryAt(place, folder, name)
        if (entry) found.push(entry)
        if (found.length > limit) return
        if (deep && entry?.type === 'folder') await collectBelow(entry.path, listing, found)
        if (found.length > limit) return
      }
      after = names.at(-1) ?? after
    }
  } finally {
    await place.close()
  }
}

/** A folder that goes away while it is listed has nothing to tell. */
async function collectBelow(folder: string, listing: Listing, found: FileEntry[]): Promise<void> {
  try {
    await collect(folder, listing, found)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' && codeOf(thrown) !== 'not_found') throw thrown
  }
}

/** True for `name` and `name/`. */
function isWhole(path: string): boolean {
  const slash = path.indexOf('/')
  return slash < 0 || slash === path.length - 1
}

/** The first so many names behind one of them, in order; a folder's ends in `/`. */
async function firstNames(place: Place, after: string, count: number): Promise<readonly string[]> {
  let names: string[] = []
  const sortAndCut = () => {
    names.sort()
    names = names.slice(0, count)
  }
  for await (const entry of await opendir(place.at('.'), { bufferSize: 256 })) {
    if (entry.name.startsWith(temporaryPrefix) || !(entry.isFile() || entry.isDirectory())) continue
    const name = entry.isDirectory() ? `${entry.name}/` : entry.name
    if (name <= after) continue
    names.push(name)
    if (names.length >= count * 2 + 100) sortAndCut()
  }
  sortAndCut()
  return names
}

async function entryAt(place: Place, folder: string, name: string): Promise<FileEntry | undefined> {
  try {
    const stats = await lstat(place.at(name.replace(/\/$/, '')), { bigint: true })
    return entryOf(folder + name, stats)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}
