import { Failure } from '@gatehouse/core'
import { cancelled } from '../connection-pool.js'
import type { FileDriver } from '../files/driver.js'
import { guarded } from '../files/guarded.js'
import { checkTag, requireKind, rootMissing } from '../files/preconditions.js'
import { treePage } from '../files/tree-page.js'
import { turns } from '../files/turns.js'
import { type ClientSettings, webdavClient } from './client.js'
import type { WebdavTarget } from './config.js'
import { toWebdavFailure } from './errors.js'
import { readFile } from './read.js'
import { ask, type Dav, folderReader, makeFolder, statOf } from './resources.js'
import { entryAt, makeParents, moved, storeAtOnce, storeByRename, viaTemporary } from './store.js'

const gone = [200, 202, 204] as const

export function webdavDriver(target: WebdavTarget, settings: ClientSettings): FileDriver {
  const client = webdavClient(target, settings)
  const dav: Dav = { client, root: target.url, timeoutMs: settings.timeoutMs }
  const inTurn = turns()

  /** With what the server says told as failures. */
  const told = async <T>(signal: AbortSignal, body: () => Promise<T>): Promise<T> => {
    try {
      return await body()
    } catch (thrown) {
      throw signal.aborted ? cancelled(thrown) : toWebdavFailure(thrown)
    }
  }

  return guarded({
    abilities: { atomicWrite: true, folders: true, metadata: false, conditionalWrite: false },
    probe: (signal) =>
      told(signal, async () => {
        if ((await statOf(dav, '', signal))?.type === 'folder') return
        throw rootMissing()
      }),
    stat: (path, signal) => told(signal, () => statOf(dav, path, signal)),
    list: (folder, { signal, ...page }) => told(signal, () => treePage(folderReader(dav, signal), folder, page)),
    read: (path, { range, signal }) => told(signal, () => readFile(dav, path, range, signal)),
    write: (path, content, options) =>
      told(options.signal, () =>
        (target.uploads === 'put' ? storeAtOnce : storeByRename)(dav, path, content, options, inTurn),
      ),
    createFolder: (path, signal) => told(signal, () => makeFolder(dav, path, signal)),
    deleteFile: (path, { ifMatch, signal }) =>
      told(signal, () =>
        inTurn(path, async () => {
          checkTag(requireKind(await statOf(dav, path, signal), 'file'), ifMatch)
          await ask(dav, { method: 'DELETE', path, signal }, gone)
        }),
      ),
    deleteFolder: (path, signal) =>
      told(signal, async () => {
        requireKind(await statOf(dav, path.replace(/\/$/, ''), signal), 'folder')
        if (path !== '') return void (await ask(dav, { method: 'DELETE', path, signal }, gone))
        const { entries } = await treePage(folderReader(dav, signal), '', { deep: false, limit: 1_000_000 })
        for (const entry of entries) await ask(dav, { method: 'DELETE', path: entry.path, signal }, gone)
      }),
    copy: (from, to, signal) =>
      told(signal, async () => {
        requireKind(await statOf(dav, from, signal), 'file')
        await makeParents(dav, to, undefined, signal)
        const { entry } = await viaTemporary(dav, to, { signal }, inTurn, async (temporary) => {
          const headers = { destination: client.urlOf(temporary), overwrite: 'F' }
          await ask(dav, { method: 'COPY', path: from, headers, signal }, [201, 204])
        })
        return entry
      }),
    move: (from, to, signal) =>
      told(signal, async () => {
        const source = await statOf(dav, from, signal)
        if (!source) throw new Failure('not_found', 'There is no such file or folder')
        const there = await statOf(dav, to.replace(/\/$/, ''), signal)
        if (there && (there.type === 'folder' || source.type === 'folder')) {
          throw new Failure('conflict', 'There is something at the new path')
        }
        await makeParents(dav, to, there, signal)
        await moved(dav, from, to, there !== undefined, signal)
        await entryAt(dav, to, signal)
      }),
    close: () => client.close(),
  })
}
