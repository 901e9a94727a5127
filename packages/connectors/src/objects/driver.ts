import { Failure, type FileEntry, isFolder } from '@gatehouse/core'
import type { FileDriver } from '../files/driver.js'
import { received } from '../files/received.js'
import { createBuffers } from './buffers.js'
import { fileEntry, folderEntry, keySpace } from './keys.js'
import { listPage } from './list.js'
import type { ObjectStore, StoredObject } from './store.js'
import { partBytes, upload } from './upload.js'

/** Uploads of unknown length that may collect a part at the same time: 80 MiB for all of them. */
const buffersAtMost = 16
/** Keys of one request that deletes. */
const deletedAtOnce = 1000
/** How the consoles of these storages mark a folder that is empty. */
const folderType = 'application/x-directory'

/**
 * Files and folders on a flat space of keys. `root`: the prefix of all keys, empty or ending in `/`. A folder is there
 * while a key begins with its path; an empty one has a marker, an object of no bytes whose key ends in `/`.
 */
export function objectDriver(store: ObjectStore, root: string): FileDriver {
  const space = keySpace(root)
  const buffers = createBuffers(partBytes, buffersAtMost)
  const { presign } = store

  const folder = async (path: string, signal: AbortSignal): Promise<FileEntry | undefined> => {
    const page = await store.list({ prefix: space.keyOf(path), delimited: false, limit: 1, signal })
    return path === '' || page.objects.length > 0 ? folderEntry(path) : undefined
  }

  const fileIfThere = async (path: string, signal: AbortSignal): Promise<StoredObject | undefined> => {
    const object = await store.head(space.keyOf(path), signal)
    return object?.folder ? undefined : object
  }

  const file = async (path: string, signal: AbortSignal): Promise<StoredObject> => {
    const object = await fileIfThere(path, signal)
    if (object === undefined) throw await absent(path, signal)
    return object
  }

  /** What is said of a file that is not there; a folder of its name may be. */
  const absent = async (path: string, signal: AbortSignal): Promise<Failure> =>
    (await folder(`${path}/`, signal)) === undefined
      ? new Failure('not_found', 'There is no such file')
      : new Failure('conflict', 'There is a folder of this name, and no file')

  const stat = async (path: string, signal: AbortSignal): Promise<FileEntry | undefined> => {
    if (isFolder(path)) return folder(path, signal)
    const object = await fileIfThere(path, signal)
    return object === undefined ? folder(`${path}/`, signal) : fileEntry(path, object)
  }

  /** Whether the file is there, which the storage is asked only where its own check does not answer it. */
  const checked = async (path: string, expected: Expected, signal: AbortSignal): Promise<boolean> => {
    const asked = expected.ifMatch !== undefined || expected.ifNoneMatch === true
    if (asked && store.conditional) return expected.ifMatch !== undefined
    const before = await fileIfThere(path, signal)
    if (expected.ifNoneMatch && before !== undefined) throw changed()
    if (expected.ifMatch !== undefined && before?.etag !== expected.ifMatch) throw changed()
    return before !== undefined
  }

  return {
    abilities: { atomicWrite: true, folders: false, metadata: true, conditionalWrite: store.conditional },
    async probe(signal) {
      await folder('', signal)
    },
    stat,
    list: (folder, options) => listPage(store, space, folder, options),

    async read(path, { range, signal }) {
      const asked = { ...(range === undefined ? {} : { range }), signal }
      const { object, length, body } = await store.get(space.keyOf(path), asked).catch(async (thrown) => {
        throw thrown instanceof Failure && thrown.code === 'not_found' ? await absent(path, signal) : thrown
      })
      const free = () => body.destroy()
      if (object.folder) {
        free()
        throw await absent(path, signal)
      }
      // Storages differ in whether the byte behind the last one is a range.
      if (range !== undefined && range.start >= object.size) {
        free()
        throw new Failure('range_not_satisfiable', 'The range begins beyond the end of the file')
      }
      // What it says when nobody listens any more must not end the process.
      body.on('error', () => {})
      const size = range?.end === undefined ? length : Math.min(length, range.end - range.start + 1)
      const chunks = received(firstBytes(withFailures(body), size), { size, signal, free })
      return { entry: fileEntry(path, object), chunks }
    },

    async write(path, content, { size, ...options }) {
      const existed = await checked(path, options, options.signal)
      const { contentType, metadata } = options
      let bytes = 0
      const counted = async function* () {
        for await (const chunk of content) {
          bytes += chunk.byteLength
          yield chunk
        }
      }
      const sizes = size === undefined ? {} : { size }
      const written = await upload(store, buffers, space.keyOf(path), counted(), { ...options, ...sizes }).catch(
        (thrown) => {
          // Of the file that must have this entity tag and is not there at all.
          const gone = options.ifMatch !== undefined && thrown instanceof Failure && thrown.code === 'not_found'
          throw gone ? changed() : thrown
        },
      )
      const properties = { contentType, ...(metadata === undefined ? {} : { metadata }) }
      return { entry: fileEntry(path, { size: bytes, ...properties, ...written }), created: !existed }
    },

    async createFolder(path, signal) {
      if ((await stat(path, signal)) !== undefined) return false
      const nothing = { bytes: new Uint8Array(0), length: 0 }
      await store.put(space.keyOf(path), nothing, { contentType: folderType, signal })
      return true
    },

    async deleteFile(path, { ifMatch, signal }) {
      const object = await file(path, signal)
      if (ifMatch !== undefined && object.etag !== ifMatch) throw changed()
      await store.delete(object.key, { ...(ifMatch === undefined ? {} : { ifMatch }), signal })
    },

    async deleteFolder(path, signal) {
      let left = 0
      let from: string | undefined
      do {
        const page = await store.list({
          prefix: space.keyOf(path),
          delimited: false,
          limit: deletedAtOnce,
          ...(from === undefined ? {} : { from }),
          signal,
        })
        const keys = page.objects.map(({ key }) => key).filter((key) => space.pathOf(key) !== undefined)
        left += page.objects.length - keys.length
        if (keys.length > 0) await store.deleteMany(keys, signal)
        from = page.next
      } while (from !== undefined)
      if (left > 0) {
        throw new Failure('conflict', 'The folder has objects in it whose names are no paths; they were left', {
          context: { left },
        })
      }
    },

    async copy(from, to, signal) {
      return fileEntry(to, await store.copy(await file(from, signal), space.keyOf(to), signal))
    },

    async setProperties(path, properties, signal) {
      const object = await file(path, signal)
      const metadata = properties.metadata && { ...object.metadata, ...properties.metadata }
      const { contentType } = properties
      return fileEntry(
        path,
        await store.setProperties(
          object,
          { ...(contentType === undefined ? {} : { contentType }), ...(metadata === undefined ? {} : { metadata }) },
          signal,
        ),
      )
    },

    ...(presign === undefined
      ? {}
      : { presign: (path: string, seconds: number) => presign(space.keyOf(path), seconds) }),

    async close() {
      store.close()
    },
  }
}

async function* withFailures(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no code'
    throw new Failure('unavailable', 'The storage stopped in the middle of the file', {
      retryAfter: 5,
      cause: new Error(`The connection broke: ${code}`),
    })
  }
}

/** A storage may send more than it was asked for, if it says so: from the same byte on, that is no harm. */
async function* firstBytes(
  content: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = most
  for await (const chunk of content) {
    yield chunk.subarray(0, left)
    left -= chunk.byteLength
    if (left <= 0) return
  }
}

interface Expected {
  readonly ifMatch?: string
  readonly ifNoneMatch?: boolean
}

function changed(): Failure {
  return new Failure('precondition_failed', 'The file is not, or no longer, as the request expects it')
}
