import { Failure, type FileEntry } from '@gatehouse/core'
import type { ListPage } from './driver.js'

/** Hands over everything that is directly in a folder, in any order. */
export type ReadFolder = (folder: string, take: (entry: FileEntry) => void) => Promise<void>

export interface TreePage {
  readonly deep: boolean
  readonly limit: number
  /** The path that ended the page before. */
  readonly from?: string
}

/**
 * A page of a folder or, `deep`, of the tree beneath it, in the order of paths by code units, for storages that tell a
 * folder as a whole and unsorted. Holds a page of each folder on the way down, however many entries there are. A page
 * goes on behind the last path of the one before, so what came or went meanwhile moves nothing.
 */
export async function treePage(
  read: ReadFolder,
  folder: string,
  { deep, limit, from = '' }: TreePage,
): Promise<ListPage> {
  const entries: FileEntry[] = []
  const visit = async (path: string): Promise<void> => {
    // One more shows that there is a next page; one more is the folder in which the page before ended.
    const smallest = keepSmallest(limit + 2 - entries.length)
    await read(path, (entry) => {
      if (entry.path > from || (deep && entry.type === 'folder' && from.startsWith(entry.path))) smallest.add(entry)
    }).catch((thrown) => {
      const gone = path !== folder && thrown instanceof Failure && thrown.code === 'not_found'
      if (!gone) throw thrown
    })
    for (const entry of smallest.sorted()) {
      if (entry.path > from) entries.push(entry)
      if (entries.length > limit) return
      if (deep && entry.type === 'folder') await visit(entry.path)
      if (entries.length > limit) return
    }
  }
  await visit(folder)
  if (entries.length <= limit) return { entries }
  const page = entries.slice(0, limit)
  const last = page.at(-1)
  return last ? { entries: page, next: last.path } : { entries: page }
}

/** The first `count` by path of all that are added. */
function keepSmallest(count: number) {
  let kept: FileEntry[] = []
  let bound: string | undefined
  const cut = () => {
    kept = kept.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, count)
    if (kept.length === count) bound = kept.at(-1)?.path
  }
  return {
    add(entry: FileEntry) {
      if (bound !== undefined && entry.path > bound) return
      kept.push(entry)
      if (kept.length >= 2 * count + 100) cut()
    },
    sorted(): readonly FileEntry[] {
      cut()
      return kept
    },
  }
}
