import { Failure, type FileEntry } from '@gatehouse/core'
import { ConnectionPool, cancelled } from '../connection-pool.js'
import { byteSpan } from '../files/byte-span.js'
import { watched } from '../files/content.js'
import type { FileDriver } from '../files/driver.js'
import { guarded } from '../files/guarded.js'
import { checkTag, requireKind, rootMissing } from '../files/preconditions.js'
import { received } from '../files/received.js'
import { treePage } from '../files/tree-page.js'
import type { SftpTarget } from './config.js'
import { SftpConnection } from './connection.js'
import { entryOf, folderReader, statOf } from './entries.js'
import { toSftpFailure } from './errors.js'
import { makeFolder, removeContent, removeTree } from './folders.js'
import { type Paths, pathsOn } from './paths.js'
import { requests } from './requests.js'
import { store } from './store.js'
import { readAhead } from './transfer.js'

export interface SftpSettings {
  readonly max: number
  readonly idleMs: number
  /** Milliseconds of one request, and of waiting for a connection. */
  readonly timeoutMs: number
}

/** Milliseconds that a caller waits for a connection where the service has no timeout. */
const waitMs = 30_000
/** Milliseconds for removing what an upload left behind whose connection was lost. */
const cleaningMs = 30_000

export function sftpDriver(target: SftpTarget, { max, idleMs, timeoutMs }: SftpSettings): FileDriver {
  const pool = new ConnectionPool<SftpConnection>({
    to: 'storage',
    max,
    idleMs,
    waitMs: timeoutMs || waitMs,
    open: () => SftpConnection.open(target, timeoutMs),
  })
  const known = new WeakMap<SftpConnection, Promise<Paths>>()
  const pathsOf = (on: SftpConnection): Promise<Paths> => {
    const paths = known.get(on) ?? pathsOn(on, target.root)
    known.set(on, paths)
    return paths
  }

  /** On one connection, with what the server says told as failures. */
  const using = async <T>(signal: AbortSignal, body: (on: SftpConnection, paths: Paths) => Promise<T>): Promise<T> => {
    try {
      return await pool.use(signal, async (on) => body(on, await pathsOf(on)))
    } catch (thrown) {
      throw toSftpFailure(thrown)
    }
  }
  /** The same for a body that looks at the signal itself and leaves the connection in order. */
  const holding = async <T>(
    signal: AbortSignal,
    body: (on: SftpConnection, paths: Paths) => Promise<T>,
  ): Promise<T> => {
    const on = await pool.acquire(signal)
    try {
      return await body(on, await pathsOf(on))
    } catch (thrown) {
      throw signal.aborted ? cancelled(thrown) : toSftpFailure(thrown)
    } finally {
      pool.release(on)
    }
  }
  /** Not waited for: whoever wrote has been told, and the server may be away. */
  const orphan = (place: string) => {
    void pool.use(AbortSignal.timeout(cleaningMs), (on) => requests.unlink(on, place)).catch(() => {})
  }

  return guarded({
    abilities: { atomicWrite: true, folders: true, metadata: false, conditionalWrite: false },
    probe: (signal) =>
      using(signal, async (on, paths) => {
        if ((await statOf(on, paths, ''))?.type === 'folder') return
        throw rootMissing()
      }),
    stat: (path, signal) =>
      using(signal, async (on, paths) => {
        const entry = await statOf(on, paths, path)
        return path.endsWith('/') && entry?.type === 'file' ? undefined : entry
      }),
    list: (folder, { signal, ...page }) =>
      using(signal, async (on, paths) => {
        requireKind(await statOf(on, paths, folder), 'folder')
        return treePage(folderReader(on, paths), folder, page)
      }),
    async read(path, { range, signal }) {
      const on = await pool.acquire(signal)
      try {
        const { handle, entry } = await openFile(on, await pathsOf(on), path)
        const closed = () => requests.close(on, handle).catch(() => {})
        const span = byteSpan(entry.size ?? 0, range)
        if (!span) {
          await closed()
          throw new Failure('range_not_satisfiable', 'The file ends before this range')
        }
        const free = () => void closed().finally(() => pool.release(on))
        const chunks = told(readAhead(on, handle, span.start, span.end))
        return { entry, chunks: received(chunks, { size: span.end - span.start, signal, free }) }
      } catch (thrown) {
        pool.release(on)
        throw signal.aborted ? cancelled(thrown) : toSftpFailure(thrown)
      }
    },
    write: (path, content, options) =>
      holding(options.signal, (on, paths) => {
        return store(on, paths, path, content, options, orphan)
      }),
    createFolder: (path, signal) =>
      using(signal, (on, paths) => {
        return makeFolder(on, paths, path)
      }),
    deleteFile: (path, { ifMatch, signal }) =>
      using(signal, async (on, paths) => {
        const entry = await statOf(on, paths, path)
        const place = await paths.place(path)
        checkTag(requireKind(entry, 'file'), ifMatch)
        if (place === undefined) throw notFound()
        await requests.unlink(on, place)
      }),
    deleteFolder: (path, signal) =>
      using(signal, async (on, paths) => {
        const entry = await statOf(on, paths, path)
        const place = await paths.place(path)
        requireKind(entry, 'folder')
        if (place === undefined) throw notFound()
        if (path === '') return removeContent(on, (await paths.real('')) ?? place)
        await removeTree(on, place)
      }),
    copy: (from, to, signal, onProgress = () => {}) =>
      holding(signal, async (on, paths): Promise<FileEntry> => {
        const { handle, entry } = await openFile(on, paths, from)
        try {
          const size = entry.size ?? 0
          const content = watched(readAhead(on, handle, 0, size), onProgress)
          const { entry: copy } = await store(on, paths, to, content, { contentType: '', size, signal }, orphan)
          return copy
        } finally {
          if (on.alive) await requests.close(on, handle).catch(() => {})
        }
      }),
    move: (from, to, signal) =>
      using(signal, async (on, paths) => {
        const [moved, there] = [await statOf(on, paths, from), await statOf(on, paths, to)]
        if (!moved) throw notFound()
        if (there && (there.type === 'folder' || moved.type === 'folder')) {
          throw new Failure('conflict', 'There is something at the new path')
        }
        const cut = to.replace(/\/$/, '').lastIndexOf('/')
        if (cut > 0) await makeFolder(on, paths, to.slice(0, cut + 1))
        const [source, goal] = [await paths.place(from), await paths.place(to)]
        if (source === undefined || goal === undefined) throw notFound()
        await requests.replace(on, source, goal)
      }),
    close: () => pool.close(),
  })
}

async function openFile(on: SftpConnection, paths: Paths, path: string): Promise<{ handle: Buffer; entry: FileEntry }> {
  const real = await paths.real(path)
  if (real === undefined) throw notFound()
  const handle = await requests.open(on, real, 'r')
  try {
    const entry = entryOf(path, await requests.fstat(on, handle))
    return { handle, entry: requireKind(entry, 'file') }
  } catch (thrown) {
    await requests.close(on, handle).catch(() => {})
    throw thrown
  }
}

async function* told(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks
  } catch (thrown) {
    throw toSftpFailure(thrown)
  }
}

function notFound(): Failure {
  return new Failure('not_found', 'There is no such file or folder')
}
