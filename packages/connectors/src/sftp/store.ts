import { Failure, type FileEntry } from '@gatehouse/core'
import { checkedContent } from '../files/content.js'
import type { WriteOptions } from '../files/driver.js'
import { alreadyThere, checkTarget } from '../files/preconditions.js'
import { temporaryName } from '../files/temporary-name.js'
import type { SftpConnection } from './connection.js'
import { entryOf, statOf } from './entries.js'
import { status, statusOf } from './errors.js'
import { makeFolder } from './folders.js'
import type { Paths } from './paths.js'
import { requests } from './requests.js'
import { writeAll } from './transfer.js'

/**
 * Writes beside the file under a name of its own, and renames what is whole: so a write that breaks off leaves what was
 * there. The temporary file is removed on the same connection; `orphan` is told of one that is lost with it.
 */
export async function store(
  on: SftpConnection,
  paths: Paths,
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: WriteOptions,
  orphan: (place: string) => void,
): Promise<{ readonly entry: FileEntry; readonly created: boolean }> {
  const before = checkTarget(await statOf(on, paths, path), options)
  const cut = path.lastIndexOf('/')
  if (cut > 0) await makeFolder(on, paths, path.slice(0, cut + 1))
  const place = await paths.place(path)
  if (place === undefined) throw new Failure('conflict', 'The folder of the file was removed meanwhile')
  const temporary = `${place.slice(0, place.lastIndexOf('/') + 1)}${temporaryName()}`
  const handle = await requests.open(on, temporary, 'wx')
  let open = true
  try {
    const size = await writeAll(on, handle, checkedContent(content, options))
    await requests.sync(on, handle)
    await keepTagsApart(on, handle, size, before)
    open = false
    await requests.close(on, handle)
    if (options.ifMatch !== undefined) checkTarget(await statOf(on, paths, path), options)
    await putInPlace(on, temporary, place, options.ifNoneMatch === true)
  } catch (thrown) {
    if (on.alive) await discard(on, temporary, open ? handle : undefined)
    if (!on.alive) orphan(temporary)
    throw thrown
  }
  const stats = await requests.lstat(on, place)
  const entry = stats && entryOf(path, stats)
  if (!entry) throw new Failure('conflict', 'The file was removed meanwhile')
  return { entry, created: before === undefined }
}

/** A file is told from the one before by size and second only: where both are the same, the second is moved on. */
async function keepTagsApart(on: SftpConnection, handle: Buffer, size: number, before: FileEntry | undefined) {
  if (!before?.modified || before.size !== size) return
  const last = Math.floor(before.modified.getTime() / 1000)
  const { mtime } = await requests.fstat(on, handle)
  if (mtime <= last) await requests.setModified(on, handle, last + 1)
}

/** A new file is put in place by a rename that fails where one is: so two who create it cannot both succeed. */
async function putInPlace(on: SftpConnection, temporary: string, place: string, mustBeNew: boolean): Promise<void> {
  if (!mustBeNew) return requests.replace(on, temporary, place)
  try {
    await requests.rename(on, temporary, place)
  } catch (thrown) {
    if (statusOf(thrown) === status.failure && (await requests.lstat(on, place))) throw alreadyThere()
    throw thrown
  }
}

async function discard(on: SftpConnection, temporary: string, handle: Buffer | undefined): Promise<void> {
  if (handle) await requests.close(on, handle).catch(() => {})
  await requests.unlink(on, temporary).catch(() => {})
}
