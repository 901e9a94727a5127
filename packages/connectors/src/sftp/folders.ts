import { Failure } from '@gatehouse/core'
import type { SftpConnection } from './connection.js'
import { status, statusOf } from './errors.js'
import type { Paths } from './paths.js'
import { requests } from './requests.js'

/** How many files of a folder are removed at a time. */
const atATime = 32

/** False where it was there. Makes missing parents. */
export async function makeFolder(on: SftpConnection, paths: Paths, path: string): Promise<boolean> {
  const real = await paths.real(path)
  const found = real === undefined ? undefined : await requests.lstat(on, real)
  if (found?.isDirectory()) return false
  if (found) throw fileInTheWay()
  const bare = path.replace(/\/$/, '')
  const cut = bare.lastIndexOf('/')
  if (cut > 0) await makeFolder(on, paths, bare.slice(0, cut + 1))
  const place = await paths.place(path)
  if (place === undefined) throw fileInTheWay()
  try {
    await requests.mkdir(on, place)
    return true
  } catch (thrown) {
    // Somebody else may have made it in this moment.
    if (statusOf(thrown) !== status.failure) throw thrown
    if ((await requests.lstat(on, place))?.isDirectory()) return false
    throw fileInTheWay()
  }
}

function fileInTheWay(): Failure {
  return new Failure('conflict', 'There is a file where a folder is wanted')
}

/** Removes a folder of the server with all that is in it; links in it, not what they lead to. */
export async function removeTree(on: SftpConnection, real: string): Promise<void> {
  await removeContent(on, real)
  await requests.rmdir(on, real)
}

export async function removeContent(on: SftpConnection, real: string): Promise<void> {
  const folders: string[] = []
  let files: string[] = []
  const handle = await requests.opendir(on, real)
  try {
    for (;;) {
      const found = await requests.readdir(on, handle)
      if (!found) break
      for (const { filename, attrs } of found) {
        const list = attrs.isDirectory() ? folders : files
        list.push(`${real === '/' ? '' : real}/${filename}`)
      }
    }
  } finally {
    if (on.alive) await requests.close(on, handle)
  }
  for (; files.length > 0; files = files.slice(atATime)) {
    await Promise.all(files.slice(0, atATime).map((file) => requests.unlink(on, file)))
  }
  for (const folder of folders) await removeTree(on, folder)
}
