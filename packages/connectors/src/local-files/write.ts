import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, lstat, open, opendir, rename, rm, unlink } from 'node:fs/promises'
import { Failure, type FileEntry, nameOf, parentOf, temporaryPrefix } from '@gatehouse/core'
import type { WriteOptions } from '../files/driver.js'
import { entryOf } from './entry.js'
import { codeOf } from './errors.js'
import { makePlace, type Place } from './place.js'

/** Where uploads are until they are whole, and what is deleted until it is gone: in the root, hidden. */
export const workFolder = `${temporaryPrefix}work/`

/** Left behind by a process that ended in the middle: what nobody has written to for so long. */
const orphanedMs = 60 * 60 * 1000

export function temporaryName(): string {
  return `${temporaryPrefix}${randomBytes(12).toString('hex')}`
}

/** One after the other for the same path, so that a condition still holds when the file is put in place. */
export type InTurn = <T>(path: string, run: () => Promise<T>) => Promise<T>

export function createTurns(): InTurn {
  const tails = new Map<string, Promise<unknown>>()
  return async (path, run) => {
    const before = tails.get(path)
    const mine = (before ?? Promise.resolve()).then(run, run)
    tails.set(path, mine)
    try {
      return await mine
    } finally {
      if (tails.get(path) === mine) tails.delete(path)
    }
  }
}

/** Writes a temporary file, makes sure that it is on the disk, and only then gives it its name, in one step. */
export async function writeLocal(
  root: string,
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: WriteOptions,
  inTurn: InTurn,
): Promise<{ readonly entry: FileEntry; readonly created: boolean }> {
  const work = await makePlace(root, workFolder)
  const temporary = temporaryName()
  try {
    const handle = await open(
      work.at(temporary),
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o666,
    )
    try {
      await fill(handle, content, options)
      await handle.sync()
    } finally {
      await handle.close()
    }
    const parent = await makePlace(root, parentOf(path))
    try {
      return await inTurn(path, () => putInPlace(work, temporary, parent, path, options))
    } finally {
      await parent.close()
    }
  } finally {
    await rm(work.at(temporary), { force: true })
    await work.close()
  }
}

async function fill(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
  { size, signal }: WriteOptions,
): Promise<void> {
  let written = 0
  for await (const chunk of content) {
    signal.throwIfAborted()
    for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten
    written += chunk.length
  }
  signal.throwIfAborted()
  if (size !== undefined && size !== written) {
    throw new Failure('invalid', 'The content has another length than was said', { context: { said: size, written } })
  }
}

async function putInPlace(
  work: Place,
  temporary: string,
  parent: Place,
  path: string,
  { ifMatch, ifNoneMatch }: Pick<WriteOptions, 'ifMatch' | 'ifNoneMatch'>,
): Promise<{ readonly entry: FileEntry; readonly created: boolean }> {
  const target = parent.at(nameOf(path))
  const there = await fileHere(target, path)
  if (ifMatch !== undefined && there?.etag !== ifMatch) throw notMet()
  if (ifNoneMatch) {
    if (there) throw notMet()
    // A second name is given only where there is no file of that name: no other process can get in between.
    await link(work.at(temporary), target).catch((thrown: unknown) => {
      throw codeOf(thrown) === 'EEXIST' ? notMet() : thrown
    })
    await unlink(work.at(temporary))
  } else await rename(work.at(temporary), target)
  await parent.handle.sync()
  const entry = entryOf(path, await lstat(target, { bigint: true }))
  if (!entry) throw new Failure('conflict', 'Something else took the place of the file')
  return { entry, created: there === undefined }
}

/** Undefined where nothing is. Throws `conflict` for what is no file. */
export async function fileHere(target: string, path: string): Promise<FileEntry | undefined> {
  try {
    const entry = entryOf(path, await lstat(target, { bigint: true }))
    if (entry?.type === 'file') return entry
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
  throw new Failure('conflict', 'There is something at the path that is no file')
}

export function notMet(): Failure {
  return new Failure('precondition_failed', 'The file is not as the condition says')
}

/** Deletes what uploads and deletions left behind that were never finished. */
export async function cleanWork(root: string): Promise<void> {
  const work = await makePlace(root, workFolder)
  try {
    for await (const { name } of await opendir(work.at('.'))) {
      const stats = await lstat(work.at(name)).catch(() => undefined)
      if (!stats || Date.now() - stats.mtimeMs < orphanedMs) continue
      await rm(work.at(name), { recursive: true, force: true })
    }
  } finally {
    await work.close()
  }
}
