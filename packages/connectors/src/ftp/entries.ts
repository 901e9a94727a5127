import { Failure, type FileEntry } from '@gatehouse/core'
import { isTemporaryName } from '../files/temporary-name.js'
import type { ReadFolder } from '../files/tree-page.js'
import type { FtpConnection } from './connection.js'
import { isRefusal, toFtpFailure } from './errors.js'
import { entryOf, type Listed, parseFacts, parseMachineListing, parseTextListing, tagOf, timeOf } from './listing.js'
import { download } from './transfer.js'

/** What is at a path; undefined where nothing is, or where the account may not see it. */
export async function statOf(on: FtpConnection, path: string): Promise<FileEntry | undefined> {
  const found = on.facts.machineListings ? await factsOf(on, path) : await probed(on, path)
  return found && entryOf(path, found)
}

/** The answer, or undefined where the server refuses because of the path. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (thrown) {
    if (isRefusal(thrown)) return undefined
    throw thrown
  }
}

async function factsOf(on: FtpConnection, path: string): Promise<Listed | undefined> {
  const reply = await unlessRefused(on.send(`MLST ${on.absolute(path)}`))
  // The line of facts begins with a space, which the library leaves on it or not.
  const line = reply?.message.split('\n').find((text) => /^\s?[^\s=]+=[^;]*;/.test(text))
  if (line === undefined) return undefined
  // Of the folder itself a server may say that it is the one that is listed.
  return parseFacts(
    line
      .trimStart()
      .replace(/\r$/, '')
      .replace(/\btype=[cp]dir;/i, 'type=dir;'),
  )
}

/** With the commands that every server has: a file has a size, a folder can be gone into. */
async function probed(on: FtpConnection, path: string): Promise<Listed | undefined> {
  const absolute = on.absolute(path)
  const name = path
  const size = path.endsWith('/') ? undefined : await unlessRefused(on.send(`SIZE ${absolute}`))
  if (!size) return (await unlessRefused(on.send(`CWD ${absolute}`))) ? { name, type: 'folder' } : undefined
  const bytes = /^213 (\d+)/.exec(size.message)?.[1]
  const time = /^213 (\d{14}(?:\.\d+)?)/.exec((await unlessRefused(on.send(`MDTM ${absolute}`)))?.message ?? '')?.[1]
  const modified = time === undefined ? undefined : timeOf(time)
  return {
    name,
    type: 'file',
    ...(bytes === undefined ? {} : { size: Number(bytes) }),
    ...(modified ? { modified } : {}),
    ...(time === undefined ? {} : { etag: tagOf(time, bytes) }),
  }
}

/** Everything in a folder, as the server tells it. */
export async function listed(on: FtpConnection, folder: string, take: (found: Listed) => void): Promise<void> {
  // Without an argument: some servers take one for a pattern, or for options.
  try {
    await on.send(`CWD ${on.absolute(folder)}`)
  } catch (thrown) {
    if (isRefusal(thrown)) throw new Failure('not_found', 'There is no such folder', { cause: thrown })
    throw thrown
  }
  const { chunks, leave } = await download(on, on.facts.machineListings ? 'MLSD' : 'LIST -a')
  try {
    const found = on.facts.machineListings ? parseMachineListing(chunks) : await parseTextListing(chunks)
    for await (const one of found) if (isName(one.name)) take(one)
  } finally {
    await leave()
  }
}

/** Reads a folder for `treePage`. Symbolic links are not shown, where the server tells them. */
export function folderReader(on: FtpConnection): ReadFolder {
  return async (folder, take) => {
    try {
      await listed(on, folder, (found) => {
        const entry = isTemporaryName(found.name) ? undefined : entryOf(folder + found.name, found)
        if (entry) take(entry)
      })
    } catch (thrown) {
      throw toFtpFailure(thrown)
    }
  }
}

/** A name that a path can hold; a server may say anything. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\r\n\0]/.test(name)
}
