import { Failure, type FileDeletePlan, isFolder, noSuchPath } from '@gatehouse/core'
import type { Clock } from './clock.js'
import type { FileDriver } from './driver.js'

/** Deletes a file; or a folder, that must be empty unless it is forced. */
export async function deletePath(driver: FileDriver, plan: FileDeletePlan, clock: Clock): Promise<void> {
  const { path, ifMatch, force } = plan
  const { signal } = clock
  if (!isFolder(path)) {
    await driver.deleteFile(path, { signal, ...(ifMatch !== undefined && ifMatch !== '*' && { ifMatch }) })
    return
  }
  if (ifMatch !== undefined) throw new Failure('invalid', 'A folder has no entity tag')
  if (!(await driver.stat(path, signal))) throw noSuchPath(path)
  clock.step()
  if (!force) {
    // Where folders are markers of their own, the marker itself may be listed.
    const { entries } = await driver.list(path, { deep: false, limit: 2, signal })
    clock.step()
    if (entries.some((entry) => entry.path !== path)) {
      throw new Failure('conflict', 'The folder is not empty', {
        hint: 'With force it is deleted with all that is in it',
      })
    }
  }
  await driver.deleteFolder(path, signal)
}
