import { type EntriesResult, type FileEntry, type FileListPlan, isFilePath, nameOf, noSuchPath } from '@gatehouse/core'
import type { Clock } from './clock.js'
import type { FileDriver } from './driver.js'
import { globMatcher } from './glob.js'
import { withType } from './read-file.js'
import { scopeOf } from './scope-of.js'
import type { CursorSeal, Position } from './sealed-cursor.js'

/** Entries that one call looks at: then it answers what it has, with a cursor. */
const mostLooked = 20_000
const largestPage = 1000
const smallestPage = 100

/** A page of what the caller sees in a folder. */
export async function listFolder(
  driver: FileDriver,
  plan: FileListPlan,
  cursors: CursorSeal,
  clock: Clock,
): Promise<EntriesResult> {
  const { path, deep, limit } = plan
  const question = JSON.stringify([path, deep, plan.files, plan.folders, plan.search])
  const start = plan.cursor === undefined ? undefined : cursors.open(question, plan.cursor)
  const size = start?.size ?? Math.min(largestPage, Math.max(smallestPage, limit + 1))
  const shows = shownBy(plan)
  const entries: FileEntry[] = []
  let from = start?.from
  let { after = '', skip = 0 } = start ?? {}
  let looked = 0
  for (;;) {
    const page = await driver.list(path, {
      deep,
      limit: size,
      signal: clock.signal,
      ...(from !== undefined && { from }),
    })
    clock.step()
    if (page.entries.length === 0 && from === undefined) await mustExist(driver, path, clock)
    const ahead = behind(page.entries, after, skip)
    skip = page.entries.length - ahead.length
    for (const entry of ahead) {
      const shown = shows(entry)
      // One more than asked for is looked for, so that a cursor is told only where it leads to something.
      if (looked >= mostLooked || (shown && entries.length === limit)) {
        const position: Position = { after, skip, size, ...(from !== undefined && { from }) }
        return { kind: 'entries', entries, next: cursors.seal(question, position) }
      }
      if (shown) entries.push(withType(entry))
      after = entry.path
      skip++
      looked++
    }
    if (page.next === undefined) return { kind: 'entries', entries }
    from = page.next
    skip = 0
  }
}

/**
 * Those behind the ones of the page that were looked at before. The last of these may be gone by now: then those that
 * come after it in order; of a storage with an order of its own, those that have moved up.
 */
function behind(entries: readonly FileEntry[], after: string, skip: number): readonly FileEntry[] {
  if (skip === 0) return entries
  const index = entries.findIndex((entry) => entry.path === after)
  if (index >= 0) return entries.slice(index + 1)
  const inOrder = entries.every((entry, i) => i === 0 || (entries[i - 1]?.path ?? '') < entry.path)
  return inOrder ? entries.filter((entry) => entry.path > after) : entries.slice(skip - 1)
}

function shownBy(plan: FileListPlan): (entry: FileEntry) => boolean {
  const scope = scopeOf(plan)
  const { search } = plan
  const fits = search === undefined ? undefined : globMatcher(search)
  const byPath = search?.includes('/') ?? false
  return (entry) => {
    const { path, type } = entry
    if (type === 'file' ? !plan.files : !plan.folders) return false
    // What has no allowed path cannot be asked for, so it is not told either.
    if (!isFilePath(path) || !scope.sees(path)) return false
    if (!fits) return true
    return fits(byPath ? path.slice(plan.path.length).replace(/\/$/, '') : nameOf(path))
  }
}

/** Where folders are not things of their own, an empty listing may be one of nothing. */
async function mustExist(driver: FileDriver, path: string, clock: Clock): Promise<void> {
  if (path === '' || driver.abilities.folders) return
  if (!(await driver.stat(path, clock.signal))) throw noSuchPath(path)
}
