import type { FileEntry } from '@gatehouse/core'
import { afterAll, beforeAll, test } from 'vitest'
import type { FileDriver } from '../../files/driver.js'
import { chunksOf, never } from '../../files/testing/calls.js'

/** Why a server cannot show what its storage's manual promises. */
type Flaw = 'broken uploads' | 'line' | 'copied names' | 'pages' | 'simultaneous writes'

/** A real object storage with an empty place for one test file. */
export interface ObjectStorage {
  /** Where the server is; a line to it may stand in its place. */
  readonly url: string
  /** On the place, with keys below `root`; by another URL where one is given. */
  driver(options?: { readonly root?: string; readonly url?: string }): Promise<FileDriver>
  /** Whose requests put and copy 9 MiB at most, and that has to send more in parts. */
  narrow(): Promise<FileDriver>
  /** With credentials that the server does not know. */
  stranger(): Promise<FileDriver>
  /** On a place that does not exist. */
  lost(): Promise<FileDriver>
  /** What must be in no error. */
  readonly secrets: readonly string[]
  /** Makes an object with any key, as another program would. */
  put(key: string, content: string): Promise<void>
  keys(prefix: string): Promise<readonly string[]>
  /** Parts and uploads that are not complete; absent where the storage does not tell. */
  leftovers?(): Promise<number>
  /** Keys that no path names and that the storage takes as they are. */
  readonly strange: readonly string[]
  /** Objects that it can make and delete in a few seconds. */
  readonly many: number
  readonly flaws: Partial<Readonly<Record<Flaw, string>>>
  close(): Promise<void>
}

export type OpenObjectStorage = () => Promise<ObjectStorage | { readonly skipped: string }>

export interface Opened {
  readonly storage: ObjectStorage
  readonly driver: FileDriver
}

export type Check = (what: string, body: (opened: Opened) => Promise<void>, ...flaws: readonly Flaw[]) => void

/** Opens a storage for the tests around it, which are skipped with the reason where there is none. */
export function withStorage(open: OpenObjectStorage): Check {
  let opened: Opened | undefined
  let skipped = ''
  beforeAll(async () => {
    const storage = await open()
    if ('skipped' in storage) skipped = storage.skipped
    else opened = { storage, driver: await storage.driver({ root: 'the/root' }) }
  })
  afterAll(async () => {
    await opened?.driver.close()
    await opened?.storage.close()
  })
  return (what, body, ...flaws) =>
    test(what, async ({ skip }) => {
      if (!opened) return skip(skipped)
      const [reason] = flaws.flatMap((flaw) => opened?.storage.flaws[flaw] ?? [])
      if (reason !== undefined) return skip(reason)
      await body(opened)
    })
}

export function write(driver: FileDriver, path: string, content: string | Uint8Array, more = {}) {
  return driver.write(path, chunksOf(content), { contentType: 'text/plain', signal: never, ...more })
}

/** Pages of a listing until its end. */
export async function pagesOf(
  driver: FileDriver,
  folder: string,
  deep: boolean,
  limit: number,
): Promise<FileEntry[][]> {
  const pages: FileEntry[][] = []
  for (let from: string | undefined; ; ) {
    const page = await driver.list(folder, { deep, limit, signal: never, ...(from === undefined ? {} : { from }) })
    pages.push([...page.entries])
    if (page.next === undefined) return pages
    from = page.next
  }
}

export async function pathsOf(driver: FileDriver, folder: string, deep: boolean, limit = 100): Promise<string[]> {
  return (await pagesOf(driver, folder, deep, limit)).flat().map(({ path }) => path)
}
