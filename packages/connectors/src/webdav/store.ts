import { Failure, type FileEntry } from '@gatehouse/core'
import { checkedContent } from '../files/content.js'
import type { WriteOptions } from '../files/driver.js'
import { checkTarget } from '../files/preconditions.js'
import { temporaryName } from '../files/temporary-name.js'
import { ask, type Dav, makeFolder, statOf } from './resources.js'

export type InTurn = <T>(key: string, body: () => Promise<T>) => Promise<T>
type Written = { readonly entry: FileEntry; readonly created: boolean }

/** Milliseconds for removing what an upload left behind. */
const cleaningMs = 10_000

const done = [200, 201, 204] as const

/** Under another name first: so a write that breaks off leaves what was there, on every server. */
export async function storeByRename(
  dav: Dav,
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: WriteOptions,
  inTurn: InTurn,
): Promise<Written> {
  const { signal } = options
  await prepare(dav, path, options)
  return viaTemporary(dav, path, options, inTurn, async (temporary) => {
    await ask(dav, putting(temporary, content, options), done)
    const stored = await statOf(dav, temporary, signal)
    if (options.size === undefined || stored?.size === undefined || stored.size === options.size) return
    throw new Failure('unavailable', 'The storage did not keep the whole file', {
      retryAfter: 1,
      cause: new Error(`${options.size} bytes were sent, ${stored.size} are there`),
    })
  })
}

/** Fills a temporary name and puts it in place; removes it when either fails. */
export async function viaTemporary(
  dav: Dav,
  path: string,
  options: Pick<WriteOptions, 'ifMatch' | 'ifNoneMatch' | 'signal'>,
  inTurn: InTurn,
  fill: (temporary: string) => Promise<void>,
): Promise<Written> {
  const { signal } = options
  const temporary = `${path.slice(0, path.lastIndexOf('/') + 1)}${temporaryName()}`
  try {
    await fill(temporary)
    return await inTurn(path, async () => {
      const now = checkTarget(await statOf(dav, path, signal), options)
      await moved(dav, temporary, path, now !== undefined, signal)
      return { entry: await entryAt(dav, path, signal), created: now === undefined }
    })
  } catch (thrown) {
    const cleaning = AbortSignal.timeout(cleaningMs)
    await ask(dav, { method: 'DELETE', path: temporary, signal: cleaning }, [200, 204, 404]).catch(() => {})
    throw thrown
  }
}

/** At once, for servers that show a file only when it is whole. What they check of conditions, they check beforehand. */
export async function storeAtOnce(
  dav: Dav,
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: WriteOptions,
  inTurn: InTurn,
): Promise<Written> {
  const before = await prepare(dav, path, options)
  const put = () => ask(dav, putting(path, content, options, options.ifNoneMatch ? { 'if-none-match': '*' } : {}), done)
  const checked = async () => {
    checkTarget(await statOf(dav, path, options.signal), options)
    return put()
  }
  const conditional = options.ifMatch !== undefined || options.ifNoneMatch === true
  const status = conditional ? await inTurn(path, checked) : await put()
  return { entry: await entryAt(dav, path, options.signal), created: before === undefined && status === 201 }
}

/** What is at the path, if it may be written; its folder is there afterwards. */
async function prepare(dav: Dav, path: string, options: WriteOptions): Promise<FileEntry | undefined> {
  const before = checkTarget(await statOf(dav, path, options.signal), options)
  await makeParents(dav, path, before, options.signal)
  return before
}

export async function makeParents(
  dav: Dav,
  path: string,
  there: FileEntry | undefined,
  signal: AbortSignal,
): Promise<void> {
  const cut = path.replace(/\/$/, '').lastIndexOf('/')
  if (there || cut <= 0) return
  const folder = path.slice(0, cut)
  if ((await statOf(dav, folder, signal))?.type !== 'folder') await makeFolder(dav, folder, signal)
}

function putting(
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: WriteOptions,
  conditions: Readonly<Record<string, string>> = {},
) {
  const { contentType, size, signal } = options
  return {
    method: 'PUT',
    path,
    headers: { ...(contentType === '' ? {} : { 'content-type': contentType }), ...conditions },
    body: checkedContent(content, options),
    ...(size === undefined ? {} : { size }),
    signal,
  }
}

export async function moved(dav: Dav, from: string, to: string, replaces: boolean, signal: AbortSignal): Promise<void> {
  const headers = { destination: dav.client.urlOf(to), overwrite: replaces ? 'T' : 'F' }
  await ask(dav, { method: 'MOVE', path: from, headers, signal }, [201, 204])
}

export async function entryAt(dav: Dav, path: string, signal: AbortSignal): Promise<FileEntry> {
  const entry = await statOf(dav, path, signal)
  if (entry) return entry
  throw new Failure('conflict', 'The file was removed meanwhile')
}
