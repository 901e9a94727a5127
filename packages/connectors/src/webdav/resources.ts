import { Failure, type FileEntry } from '@gatehouse/core'
import { isTemporaryName } from '../files/temporary-name.js'
import type { ReadFolder } from '../files/tree-page.js'
import { bodyOf, drained, type WebdavClient, type WebdavRequest } from './client.js'
import { toWebdavFailure, WebdavRefusal } from './errors.js'
import { entryOf, parseMultistatus, pathOf, propfindBody, type Resource } from './multistatus.js'

/** The server, and what the requests to it need beside. */
export interface Dav {
  readonly client: WebdavClient
  readonly root: URL
  readonly timeoutMs: number
}

/** Sends a request and answers its status; throws what is not among those that are expected. */
export async function ask({ client }: Dav, request: WebdavRequest, expected: readonly number[]): Promise<number> {
  const response = await client.send(request)
  const status = response.statusCode ?? 0
  await drained(response)
  if (expected.includes(status)) return status
  throw new WebdavRefusal(request.method, status)
}

const propfind = (path: string, depth: '0' | '1', signal: AbortSignal): WebdavRequest => ({
  method: 'PROPFIND',
  path,
  headers: { depth, 'content-type': 'application/xml; charset=utf-8' },
  body: propfindBody,
  signal,
})

/** Hands over the resources of a PROPFIND; false where nothing is at the path. */
async function each(
  dav: Dav,
  path: string,
  depth: '0' | '1',
  signal: AbortSignal,
  take: (resource: Resource) => void,
): Promise<boolean> {
  const response = await dav.client.send(propfind(path, depth, signal))
  const status = response.statusCode ?? 0
  if (status !== 207) {
    await drained(response)
    // Apache answers 400 where a part on the way is a file.
    if (status === 404 || status === 410 || (status === 400 && path !== '')) return false
    const elsewhere = status >= 301 && status <= 308 && !path.endsWith('/') && path !== ''
    // Some send who asks for a folder without its slash there; nobody is followed anywhere else.
    if (elsewhere && response.headers.location?.endsWith('/')) return each(dav, `${path}/`, depth, signal, take)
    throw new WebdavRefusal('PROPFIND', status)
  }
  try {
    for await (const resource of parseMultistatus(bodyOf(response, dav.timeoutMs, signal))) take(resource)
  } catch (thrown) {
    throw toWebdavFailure(thrown)
  }
  return true
}

/** What is at a path; a path with a slash at its end asks for a folder only. */
export async function statOf(dav: Dav, path: string, signal: AbortSignal): Promise<FileEntry | undefined> {
  let found: Resource | undefined
  // Asked for with a slash, a file is no error on some servers.
  await each(dav, path.replace(/\/$/, ''), '0', signal, (resource) => {
    found ??= resource
  })
  if (!found) return undefined
  const entry = entryOf(path, found)
  return entry.type === 'file' && path.endsWith('/') ? undefined : entry
}

/** Reads a folder for `treePage`. */
export function folderReader(dav: Dav, signal: AbortSignal): ReadFolder {
  return async (folder, take) => {
    let isFile = false
    const there = await each(dav, folder, '1', signal, (resource) => {
      const path = pathOf(resource.href, dav.root)
      if (path === undefined || !path.startsWith(folder)) return
      const name = path.slice(folder.length).replace(/\/$/, '')
      if (name === '' && !resource.folder) isFile = true
      if (isName(name) && !isTemporaryName(name)) take(entryOf(folder + name, resource))
    })
    if (!there) throw new Failure('not_found', 'There is no such folder')
    if (isFile) throw new Failure('conflict', 'This is a file, not a folder')
  }
}

/** A name that a path can hold; a server may say anything. Nothing is the folder itself. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\r\n\0]/.test(name)
}

/** False where it was there. Makes missing parents. */
export async function makeFolder(dav: Dav, path: string, signal: AbortSignal): Promise<boolean> {
  const bare = path.replace(/\/$/, '')
  const status = await ask(dav, { method: 'MKCOL', path: `${bare}/`, signal }, [201, 400, 403, 404, 405, 409])
  if (status === 201) return true
  const there = await statOf(dav, bare, signal)
  if (there?.type === 'folder') return false
  if (there && status !== 403) throw new Failure('conflict', 'There is a file where a folder is wanted')
  const cut = bare.lastIndexOf('/')
  if (there || cut < 0) throw new WebdavRefusal('MKCOL', status === 403 ? status : 409)
  // Not there, so its parent is missing, or is a file.
  if (!(await makeFolder(dav, bare.slice(0, cut), signal))) throw new WebdavRefusal('MKCOL', status)
  await ask(dav, { method: 'MKCOL', path: `${bare}/`, signal }, [201, 405])
  return true
}
