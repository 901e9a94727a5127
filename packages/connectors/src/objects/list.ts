import { Failure, type FileEntry, parentOf } from '@gatehouse/core'
import type { ListPage } from '../files/driver.js'
import { fileEntry, folderEntry, type KeySpace } from './keys.js'
import type { ObjectPage, ObjectStore } from './store.js'

interface Asked {
  readonly deep: boolean
  readonly limit: number
  readonly from?: string
  readonly signal: AbortSignal
}

/** Where a page begins: the storage's own page, what of it was told before, and the path that was told last. */
interface Place {
  readonly token?: string
  readonly skip: number
  readonly last: string
}

/**
 * A page of a folder, in the order of the storage. Deep listings name folders too, which the storage itself does not
 * know: each comes before the first thing in it. A page of the storage that has more entries for it than were asked for
 * is read again for the rest, so that nothing is kept between two calls.
 */
export async function listPage(
  store: ObjectStore,
  space: KeySpace,
  folder: string,
  { deep, limit, from, signal }: Asked,
): Promise<ListPage> {
  let place: Place = from === undefined ? { skip: 0, last: folder } : placeOf(from)
  for (;;) {
    const page = await store.list({
      prefix: space.keyOf(folder),
      delimited: !deep,
      limit,
      ...(place.token === undefined ? {} : { from: place.token }),
      signal,
    })
    const all = deep ? deepEntries(page, space, folder, place.last) : directEntries(page, space, folder)
    const end = place.skip + limit
    const entries = all.slice(place.skip, end)
    if (end < all.length) return { entries, next: textOf({ ...place, skip: end }) }
    if (page.next === undefined) return { entries }
    place = { token: page.next, skip: 0, last: all.at(-1)?.path ?? place.last }
    if (entries.length > 0) return { entries, next: textOf(place) }
  }
}

function directEntries(page: ObjectPage, space: KeySpace, folder: string): FileEntry[] {
  const entries = new Map<string, FileEntry>()
  for (const prefix of page.prefixes) {
    const path = space.pathOf(prefix)
    if (path !== undefined) entries.set(path, folderEntry(path))
  }
  for (const entry of known(page, space, folder)) {
    if (!entries.has(entry.path)) entries.set(entry.path, entry)
  }
  return [...entries.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

function deepEntries(page: ObjectPage, space: KeySpace, folder: string, last: string): FileEntry[] {
  const entries: FileEntry[] = []
  let before = last
  for (const entry of known(page, space, folder)) {
    for (const parent of parentsOf(entry.path, folder)) {
      if (!before.startsWith(parent)) entries.push(folderEntry(parent))
    }
    if (entry.type === 'file' || !before.startsWith(entry.path)) entries.push(entry)
    before = entry.path
  }
  return entries
}

/** Objects that a path names, without the marker of the folder itself. */
function* known(page: ObjectPage, space: KeySpace, folder: string): Generator<FileEntry> {
  for (const object of page.objects) {
    const path = space.pathOf(object.folder && !object.key.endsWith('/') ? `${object.key}/` : object.key)
    if (path === undefined || path === folder) continue
    yield path.endsWith('/') ? folderEntry(path) : fileEntry(path, object)
  }
}

/** The folders between `folder` and the entry, the outermost first. */
function parentsOf(path: string, folder: string): string[] {
  const parents: string[] = []
  for (let parent = parentOf(path); parent.length > folder.length; parent = parentOf(parent)) parents.unshift(parent)
  return parents
}

function textOf({ token, skip, last }: Place): string {
  return Buffer.from(JSON.stringify([token ?? null, skip, last])).toString('base64url')
}

function placeOf(text: string): Place {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (Array.isArray(parts)) {
      const [token, skip, last]: unknown[] = parts
      const knownToken = token === null || typeof token === 'string'
      if (
        knownToken &&
        typeof skip === 'number' &&
        Number.isSafeInteger(skip) &&
        skip >= 0 &&
        typeof last === 'string'
      ) {
        return { ...(token === null ? {} : { token }), skip, last }
      }
    }
  } catch {
    // Not ours: said below.
  }
  throw new Failure('invalid', 'This cursor is not one of a listing here', { hint: 'Begin again without it' })
}
