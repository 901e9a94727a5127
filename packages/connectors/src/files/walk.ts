import { type FileEntry, type FileScope, isFilePath } from '@gatehouse/core'
import type { Clock } from './clock.js'
import type { FileDriver } from './driver.js'

const pageSize = 1000

/** Everything beneath a folder that the caller sees, a page of the storage at a time. */
export async function* walk(
  driver: FileDriver,
  folder: string,
  scope: FileScope,
  clock: Clock,
): AsyncGenerator<FileEntry> {
  let from: string | undefined
  do {
    const page = await driver.list(folder, {
      deep: true,
      limit: pageSize,
      signal: clock.signal,
      ...(from !== undefined && { from }),
    })
    clock.step()
    for (const entry of page.entries) {
      if (entry.path !== folder && isFilePath(entry.path) && scope.sees(entry.path)) yield entry
    }
    from = page.next
  } while (from !== undefined)
}

/** True where the folder is there; for a storage without folders, where something is in it. */
export async function isThere(driver: FileDriver, path: string, clock: Clock): Promise<boolean> {
  return path === '' || (await driver.stat(path, clock.signal)) !== undefined
}
