import { copyFile, lstat, realpath, rename, rm, unlink } from 'node:fs/promises'
import { Failure, isFolder, nameOf, parentOf } from '@gatehouse/core'
import type { FileDriver } from '../files/driver.js'
import { entryOf } from './entry.js'
import { codeOf, localFailure } from './errors.js'
import { listLocal } from './list.js'
import { makeFolder, makePlace, openFile, openPlace, pathOfOpen, trueName } from './place.js'
import { readChunks } from './read.js'
import { cleanWork, createTurns, fileHere, notMet, temporaryName, workFolder, writeLocal } from './write.js'

/**
 * A folder of this machine. Symbolic links below the root are neither followed nor listed: grants are by path, and a
 * link is a second path to the same file.
 */
export function localFiles(folder: string): FileDriver {
  // The root itself may be reached by links; its true name is looked up again with each probe.
  let found: Promise<string> | undefined
  const root = () => {
    found ??= realpath(folder)
    found.catch(() => {
      found = undefined
    })
    return found
  }
  /** Where the root itself has gone, nothing is known of what is in it. */
  const requireRoot = async () => {
    try {
      await lstat(await root())
    } catch (cause) {
      throw new Failure('unavailable', 'The root folder is not there', { retryAfter: 5, cause })
    }
  }
  const inTurn = createTurns()
  const driver: FileDriver = {
    abilities: { atomicWrite: true, folders: true, metadata: false, conditionalWrite: false },
    async probe() {
      found = undefined
      try {
        const place = await openPlace(await root(), '')
        await place.close()
      } catch (cause) {
        throw new Failure('unavailable', 'The root folder cannot be opened', {
          hint: 'It must exist and be readable',
          cause,
        })
      }
      // A storage that cannot be written to can still be read.
      await cleanWork(await root()).catch(() => undefined)
    },
    async stat(path) {
      try {
        const handle = isFolder(path)
          ? (await openPlace(await root(), path)).handle
          : await openFile(await root(), path)
        try {
          const entry = entryOf(path, await handle.stat({ bigint: true }))
          return entry && isFolder(path) === (entry.type === 'folder') ? entry : undefined
        } finally {
          await handle.close()
        }
      } catch (thrown) {
        if (!isNothing(thrown)) throw thrown
        await requireRoot()
        return undefined
      }
    },
    list: async (path, { deep, limit, from, signal }) =>
      listLocal(path, { root: await root(), deep, limit, from: from ?? '', signal }),
    async read(path, { range, signal }) {
      const handle = await openFile(await root(), path)
      try {
        const entry = entryOf(path, await handle.stat({ bigint: true }))
        if (entry?.type !== 'file') throw new Failure('not_found', 'There is no file at this path')
        const size = entry.size ?? 0
        const start = range?.start ?? 0
        const end = Math.min(range?.end ?? size - 1, size - 1)
        if (range && start > end) throw new Failure('range_not_satisfiable', 'The range is behind the end of the file')
        return { entry, chunks: readChunks(handle, start, end, signal) }
      } catch (thrown) {
        await handle.close()
        throw thrown
      }
    },
    write: async (path, content, options) => writeLocal(await root(), path, content, options, inTurn),
    createFolder: async (path) => makeFolder(await root(), path),
    async deleteFile(path, { ifMatch }) {
      const parent = await openPlace(await root(), parentOf(path))
      try {
        await inTurn(path, async () => {
          const there = await fileHere(parent.at(nameOf(path)), path)
          if (!there) throw new Failure('not_found', 'There is no file at this path')
          if (ifMatch !== undefined && there.etag !== ifMatch) throw notMet()
          await unlink(parent.at(nameOf(path)))
        })
      } finally {
        await parent.close()
      }
    },
    async deleteFolder(path) {
      const parent = await openPlace(await root(), parentOf(path))
      const work = await makePlace(await root(), workFolder)
      try {
        const stats = await lstat(parent.at(nameOf(path)))
        if (!stats.isDirectory()) throw new Failure('not_found', 'There is no folder at this path')
        // Gone in one step; what takes time happens where nobody looks.
        const doomed = temporaryName()
        await rename(parent.at(nameOf(path)), work.at(doomed))
        await rm(work.at(doomed), { recursive: true, force: true })
      } finally {
        await work.close()
        await parent.close()
      }
    },
    async copy(from, to, signal) {
      const source = await openFile(await root(), from)
      const work = await makePlace(await root(), workFolder)
      const parent = await makePlace(await root(), parentOf(to))
      const temporary = temporaryName()
      try {
        await copyFile(pathOfOpen(source, trueName(await root(), from)), work.at(temporary))
        signal.throwIfAborted()
        return await inTurn(to, async () => {
          await fileHere(parent.at(nameOf(to)), to)
          await rename(work.at(temporary), parent.at(nameOf(to)))
          const entry = entryOf(to, await lstat(parent.at(nameOf(to)), { bigint: true }))
          if (!entry) throw new Failure('conflict', 'Something else took the place of the file')
          return entry
        })
      } finally {
        await rm(work.at(temporary), { force: true })
        await source.close()
        await work.close()
        await parent.close()
      }
    },
    async move(from, to) {
      const source = await openPlace(await root(), parentOf(from))
      const target = await makePlace(await root(), parentOf(to)).catch(async (thrown: unknown) => {
        await source.close()
        throw thrown
      })
      try {
        const entry = entryOf(from, await lstat(source.at(nameOf(from)), { bigint: true }))
        if (!entry || (entry.type === 'folder') !== isFolder(from))
          throw new Failure('not_found', 'There is nothing to move')
        await inTurn(to, async () => {
          if (!isFolder(to)) await fileHere(target.at(nameOf(to)), to)
          await rename(source.at(nameOf(from)), target.at(nameOf(to)))
        })
      } finally {
        await source.close()
        await target.close()
      }
    },
    close: async () => undefined,
  }
  return withFailures(driver, requireRoot)
}

function isNothing(thrown: unknown): boolean {
  const code = codeOf(thrown)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO' || code === 'not_found'
}

/** Every method of the driver, with the system's errors as failures. */
function withFailures(driver: FileDriver, requireRoot: () => Promise<void>): FileDriver {
  const guarded = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      try {
        return await run(...args)
      } catch (thrown) {
        const failure = localFailure(thrown)
        if (failure.code === 'not_found') await requireRoot()
        throw failure
      }
    }
  }
  return {
    ...driver,
    stat: guarded(driver.stat),
    list: guarded(driver.list),
    read: guarded(driver.read),
    write: guarded(driver.write),
    createFolder: guarded(driver.createFolder),
    deleteFile: guarded(driver.deleteFile),
    deleteFolder: guarded(driver.deleteFolder),
    ...(driver.copy && { copy: guarded(driver.copy) }),
    ...(driver.move && { move: guarded(driver.move) }),
  }
}
