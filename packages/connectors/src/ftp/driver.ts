import { Failure, type FileEntry } from '@gatehouse/core'
import { ConnectionPool, cancelled } from '../connection-pool.js'
import { byteSpan } from '../files/byte-span.js'
import { watched } from '../files/content.js'
import type { FileDriver } from '../files/driver.js'
import { guarded } from '../files/guarded.js'
import { checkTag, requireKind, rootMissing } from '../files/preconditions.js'
import { received } from '../files/received.js'
import { treePage } from '../files/tree-page.js'
import { turns } from '../files/turns.js'
import type { FtpTarget } from './config.js'
import { FtpConnection, type FtpServerFacts } from './connection.js'
import { folderReader, statOf } from './entries.js'
import { isRefusal, toFtpFailure } from './errors.js'
import { makeFolder, removeContent, removeTree } from './folders.js'
import { renamed, store } from './store.js'
import { download } from './transfer.js'

export interface FtpSettings {
  /** Connections at most, and at least two: a copy within the storage takes both. */
  readonly max: number
  readonly idleMs: number
  /** Milliseconds that the server may say nothing, and that a caller waits for a connection. */
  readonly timeoutMs: number
}

/** Milliseconds that a caller waits for a connection where the service has no timeout. */
const waitMs = 30_000
/** Milliseconds for removing what an upload left behind whose connection was lost. */
const cleaningMs = 30_000

export function ftpDriver(target: FtpTarget, { max, idleMs, timeoutMs }: FtpSettings): FileDriver {
  let facts: FtpServerFacts | undefined
  const pool = new ConnectionPool<FtpConnection>({
    to: 'storage',
    max: Math.max(max, 2),
    idleMs,
    waitMs: timeoutMs || waitMs,
    async open() {
      const connection = await FtpConnection.open(target, timeoutMs, facts)
      facts = connection.facts
      return connection
    },
  })
  const inTurn = turns()

  const using = async <T>(signal: AbortSignal, body: (on: FtpConnection) => Promise<T>): Promise<T> => {
    try {
      return await pool.use(signal, body)
    } catch (thrown) {
      throw toFtpFailure(thrown)
    }
  }
  /** For a body that looks at the signal itself and leaves the connection in order, which then goes back. */
  const held = async <T>(on: FtpConnection, signal: AbortSignal, body: () => Promise<T>): Promise<T> => {
    try {
      return await body()
    } catch (thrown) {
      throw signal.aborted ? cancelled(thrown) : toFtpFailure(thrown)
    } finally {
      pool.release(on)
    }
  }
  /** Not waited for: whoever wrote has been told, and the server may be away. */
  const orphan = (path: string) => {
    void pool.use(AbortSignal.timeout(cleaningMs), (on) => on.send(`DELE ${on.absolute(path)}`)).catch(() => {})
  }

  const read: FileDriver['read'] = async (path, { range, signal }) => {
    const on = await pool.acquire(signal)
    try {
      const entry = requireKind(await statOf(on, path), 'file')
      const span = byteSpan(entry.size ?? 0, range)
      if (!span) throw new Failure('range_not_satisfiable', 'The file ends before this range')
      const size = span.end - span.start
      const { chunks, leave } = await opened(on, path, span.start)
      return {
        entry,
        chunks: received(told(upTo(chunks, size, range?.end !== undefined)), {
          size,
          signal,
          free: () => void leave().finally(() => pool.release(on)),
        }),
      }
    } catch (thrown) {
      pool.release(on)
      throw signal.aborted ? cancelled(thrown) : toFtpFailure(thrown)
    }
  }

  return guarded({
    abilities: { atomicWrite: true, folders: true, metadata: false, conditionalWrite: false },
    probe: (signal) =>
      using(signal, async (on) => {
        if ((await statOf(on, ''))?.type === 'folder') return
        throw rootMissing()
      }),
    stat: (path, signal) =>
      using(signal, async (on) => {
        const entry = await statOf(on, path)
        return path.endsWith('/') && entry?.type === 'file' ? undefined : entry
      }),
    list: (folder, { signal, ...page }) => using(signal, (on) => treePage(folderReader(on), folder, page)),
    read,
    async write(path, content, options) {
      const on = await pool.acquire(options.signal)
      return held(on, options.signal, () =>
        store(on, { path, content, options, inTurn: (body) => inTurn(path, body) }, orphan),
      )
    },
    createFolder: (path, signal) => using(signal, (on) => makeFolder(on, path)),
    deleteFile: (path, { ifMatch, signal }) =>
      using(signal, async (on) => {
        const entry = requireKind(await statOf(on, path), 'file')
        checkTag(entry, ifMatch)
        await on.send(`DELE ${on.absolute(path)}`)
      }),
    deleteFolder: (path, signal) =>
      using(signal, async (on) => {
        requireKind(await statOf(on, path), 'folder')
        await (path === '' ? removeContent(on, path) : removeTree(on, path))
      }),
    /** One connection reads while another writes. Only one copy at a time waits for both, so that all get on. */
    async copy(from, to, signal, onProgress = () => {}): Promise<FileEntry> {
      const { source, on } = await inTurn('\0copy', async () => {
        const source = await read(from, { signal })
        try {
          return { source, on: await pool.acquire(signal) }
        } catch (thrown) {
          await source.chunks[Symbol.asyncIterator]().return?.()
          throw thrown
        }
      })
      const { size } = source.entry
      const options = { contentType: '', signal, ...(size === undefined ? {} : { size }) }
      const content = watched(source.chunks, onProgress)
      return held(on, signal, async () => {
        const stored = store(on, { path: to, content, options, inTurn: (body) => inTurn(to, body) }, orphan)
        const { entry } = await stored.finally(() => source.chunks[Symbol.asyncIterator]().return?.())
        return entry
      })
    },
    move: (from, to, signal) =>
      using(signal, async (on) => {
        const moved = await statOf(on, from)
        if (!moved) throw new Failure('not_found', 'There is no such file or folder')
        const there = await statOf(on, to.replace(/\/$/, ''))
        if (there && (there.type === 'folder' || moved.type === 'folder')) {
          throw new Failure('conflict', 'There is something at the new path')
        }
        const cut = to.replace(/\/$/, '').lastIndexOf('/')
        if (cut > 0) await makeFolder(on, to.slice(0, cut + 1))
        await renamed(on, from, to)
      }),
    close: () => pool.close(),
  })
}

async function opened(on: FtpConnection, path: string, start: number) {
  try {
    return await download(on, `RETR ${on.absolute(path)}`, start)
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown
    // It was there just before.
    throw new Failure('forbidden', 'The storage does not let Gatehouse read this file', { cause: thrown })
  }
}

/** FTP reads to the end of a file: of a range, what comes behind it is left. */
async function* upTo(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  cut: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = size
  if (cut && left === 0) return
  for await (const chunk of chunks) {
    const piece = cut && chunk.byteLength > left ? chunk.subarray(0, left) : chunk
    left -= piece.byteLength
    yield piece
    if (cut && left === 0) return
  }
}

async function* told(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks
  } catch (thrown) {
    throw toFtpFailure(thrown)
  }
}
