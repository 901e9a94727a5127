import { constants, existsSync, readlinkSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, nameOf, parentOf } from '@gatehouse/core'
import { codeOf } from './errors.js'

/**
 * Where the operating system shows open files as paths, a folder that is open can be used as the beginning of a path:
 * what is done beneath it is done in that very folder, whoever renames or links what.
 */
const openAsPath = process.platform === 'linux' && existsSync('/proc/self/fd')

/** A folder beneath the root, held open. */
export interface Place {
  /** The path of a name in it, for one call of the file system that does not follow a link at its end. */
  at(name: string): string
  readonly handle: FileHandle
  close(): Promise<void>
}

/** Opens a folder of a normalised path. Throws `not_found` where a symbolic link leads to it, else as the system. */
export async function openPlace(root: string, folder: string): Promise<Place> {
  const path = trueName(root, folder)
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    await requireTrueName(handle, path)
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
  return {
    handle,
    at: (name) => join(openAsPath ? `/proc/self/fd/${handle.fd}` : path, name),
    close: () => handle.close(),
  }
}

/** The same, and makes what is missing. */
export async function makePlace(root: string, folder: string): Promise<Place> {
  try {
    return await openPlace(root, folder)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' || folder === '') throw thrown
  }
  await makeFolder(root, folder)
  return openPlace(root, folder)
}

/** False where it was there already. Throws `conflict` where a file, or a link, has the name. */
export async function makeFolder(root: string, folder: string): Promise<boolean> {
  const parent = await makePlace(root, parentOf(folder))
  try {
    await mkdir(parent.at(nameOf(folder)))
    return true
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
    if ((await lstat(parent.at(nameOf(folder)))).isDirectory()) return false
    throw new Failure('conflict', 'There is a file where a folder is wanted', { cause: thrown })
  } finally {
    await parent.close()
  }
}

/** Opens a file for reading. What is no regular file is not waited for. */
export async function openFile(root: string, path: string): Promise<FileHandle> {
  const name = trueName(root, path)
  const handle = await open(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    await requireTrueName(handle, name)
    return handle
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

/** The path of an open file that the file system itself uses, for what takes paths only. */
export function pathOfOpen(handle: FileHandle, otherwise: string): string {
  return openAsPath ? `/proc/self/fd/${handle.fd}` : otherwise
}

export function trueName(root: string, path: string): string {
  return path === '' ? root : join(root, path.endsWith('/') ? path.slice(0, -1) : path)
}

/**
 * Throws `not_found` where what was opened has another true name than it was opened by: then a symbolic link, or a spelling
 * that the file system takes for the same, was on the way. It is the open file that is asked, so that nothing that is
 * changed afterwards can deceive.
 */
async function requireTrueName(handle: FileHandle, path: string): Promise<void> {
  // What /proc tells is in memory: to wait for another thread would take longer.
  const name = openAsPath ? readlinkSync(`/proc/self/fd/${handle.fd}`) : await realpath(path)
  if (name === path) return
  throw new Failure('not_found', 'There is nothing at this path')
}
