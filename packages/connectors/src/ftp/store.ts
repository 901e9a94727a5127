import { Failure, type FileEntry } from '@gatehouse/core'
import { checkedContent } from '../files/content.js'
import type { WriteOptions } from '../files/driver.js'
import { checkTarget } from '../files/preconditions.js'
import { temporaryName } from '../files/temporary-name.js'
import type { FtpConnection } from './connection.js'
import { statOf } from './entries.js'
import { isRefusal } from './errors.js'
import { makeFolder } from './folders.js'
import { upload } from './transfer.js'

export interface Storing {
  readonly path: string
  readonly content: AsyncIterable<Uint8Array>
  readonly options: WriteOptions
  /** Runs the last check and the rename, one at a time for each path. */
  readonly inTurn: <T>(body: () => Promise<T>) => Promise<T>
}

/**
 * Writes beside the file under a name of its own, and renames what is whole: so a write that breaks off leaves what was
 * there. The temporary file is removed on the same connection; `orphan` is told of one that is lost with it.
 */
export async function store(
  on: FtpConnection,
  { path, content, options, inTurn }: Storing,
  orphan: (path: string) => void,
): Promise<{ readonly entry: FileEntry; readonly created: boolean }> {
  const before = checkTarget(await statOf(on, path), options)
  const cut = path.lastIndexOf('/')
  const folder = path.slice(0, cut + 1)
  // Beforehand: a server that refuses an upload resets its connection, and that may take the session with it.
  if (!before && cut > 0) await makeFolder(on, folder)
  const temporary = `${folder}${temporaryName()}`
  try {
    const bytes = await upload(on, on.absolute(temporary), checkedContent(content, options))
    const stored = await statOf(on, temporary)
    if (stored?.size !== bytes) throw notWhole(stored?.size, bytes)
    return await inTurn(async () => {
      const conditional = options.ifMatch !== undefined || options.ifNoneMatch === true
      const now = conditional ? checkTarget(await statOf(on, path), options) : before
      const touched = await keepTagsApart(on, temporary, stored, now)
      await putInPlace(on, temporary, path)
      const entry = touched ? await statOf(on, path) : { ...stored, path }
      if (entry?.type !== 'file') throw new Failure('conflict', 'The file was removed meanwhile')
      return { entry, created: now === undefined }
    })
  } catch (thrown) {
    if (on.alive) await on.send(`DELE ${on.absolute(temporary)}`).catch(() => {})
    if (!on.alive) orphan(temporary)
    throw thrown
  }
}

function notWhole(stored: number | undefined, sent: number): Failure {
  return new Failure('unavailable', 'The storage did not keep the whole file', {
    retryAfter: 1,
    cause: new Error(`${sent} bytes were sent, ${stored ?? 'none'} are there`),
  })
}

/**
 * Where a server tells one version from another by size and second, and both are the same, the second is moved on: true
 * then.
 */
async function keepTagsApart(
  on: FtpConnection,
  temporary: string,
  stored: FileEntry,
  before: FileEntry | undefined,
): Promise<boolean> {
  if (!on.facts.setModified || !stored.modified || !before?.modified || before.size !== stored.size) return false
  if (stored.modified > before.modified) return false
  const next = new Date(Math.floor(before.modified.getTime() / 1000) * 1000 + 1000)
  const stamp = next.toISOString().replace(/\D/g, '').slice(0, 14)
  // Only tags are at stake; a server that offers it may still not let this account do it.
  await on.send(`MFMT ${stamp} ${on.absolute(temporary)}`).catch((thrown) => {
    if (!on.alive) throw thrown
  })
  return true
}

/** One rename where the server lets it replace a file; else the old file goes just before. */
async function putInPlace(on: FtpConnection, temporary: string, path: string): Promise<void> {
  const rename = () => renamed(on, temporary, path)
  try {
    await rename()
  } catch (thrown) {
    if (!isRefusal(thrown) || (await statOf(on, path))?.type !== 'file') throw thrown
    await on.send(`DELE ${on.absolute(path)}`)
    await rename()
  }
}

export async function renamed(on: FtpConnection, from: string, to: string): Promise<void> {
  await on.send(`RNFR ${on.absolute(from)}`)
  await on.send(`RNTO ${on.absolute(to)}`)
}
