import { Failure } from '@gatehouse/core'
import type { FtpConnection } from './connection.js'
import { listed, statOf } from './entries.js'
import { isRefusal } from './errors.js'

/** False where it was there. Makes missing parents. */
export async function makeFolder(on: FtpConnection, path: string): Promise<boolean> {
  const found = await statOf(on, path.replace(/\/$/, ''))
  if (found?.type === 'folder') return false
  if (found) throw fileInTheWay()
  const bare = path.replace(/\/$/, '')
  const cut = bare.lastIndexOf('/')
  if (cut > 0) await makeFolder(on, bare.slice(0, cut + 1))
  try {
    await on.send(`MKD ${on.absolute(path)}`)
    return true
  } catch (thrown) {
    // Some say 521 where it is there already. Somebody else may have made it in this moment.
    const there = await statOf(on, bare)
    if (there?.type === 'folder') return false
    if (there) throw fileInTheWay()
    if (isRefusal(thrown)) {
      throw new Failure('forbidden', 'The storage does not let Gatehouse make this folder', { cause: thrown })
    }
    throw thrown
  }
}

function fileInTheWay(): Failure {
  return new Failure('conflict', 'There is a file where a folder is wanted')
}

/** Removes a folder with all that is in it; links in it, not what they lead to. */
export async function removeTree(on: FtpConnection, path: string): Promise<void> {
  await removeContent(on, path)
  // Not from within it.
  await on.send(`CWD ${on.absolute('')}`)
  await on.send(`RMD ${on.absolute(path)}`)
}

export async function removeContent(on: FtpConnection, path: string): Promise<void> {
  const folders: string[] = []
  const others: string[] = []
  await listed(on, path, ({ name, type }) => {
    const list = type === 'folder' ? folders : others
    list.push(path + name)
  })
  for (const other of others) await on.send(`DELE ${on.absolute(other)}`)
  for (const folder of folders) await removeTree(on, `${folder}/`)
}
