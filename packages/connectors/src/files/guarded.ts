import { Failure } from '@gatehouse/core'
import type { FileDriver } from './driver.js'
import { isTemporaryPath } from './temporary-name.js'

/**
 * A driver that never sees a path upwards, nor one with a line break or NUL in it, which could end a command of a text
 * protocol and begin another, nor one of an upload that is under way: to callers those files are not there, and cannot be made.
 */
export function guarded(driver: FileDriver): FileDriver {
  const { copy, move, setProperties, presign } = driver
  return {
    abilities: driver.abilities,
    probe: (signal) => driver.probe(signal),
    async stat(path, signal) {
      check(path)
      return isTemporaryPath(path) ? undefined : driver.stat(path, signal)
    },
    async list(folder, options) {
      existing(folder)
      return driver.list(folder, options)
    },
    async read(path, options) {
      existing(path)
      return driver.read(path, options)
    },
    async write(path, content, options) {
      target(path)
      return driver.write(path, content, options)
    },
    async createFolder(path, signal) {
      target(path)
      return driver.createFolder(path, signal)
    },
    async deleteFile(path, options) {
      existing(path)
      return driver.deleteFile(path, options)
    },
    async deleteFolder(path, signal) {
      existing(path)
      return driver.deleteFolder(path, signal)
    },
    ...(copy && {
      async copy(from, to, signal, onProgress) {
        existing(from)
        target(to)
        return copy(from, to, signal, onProgress)
      },
    }),
    ...(move && {
      async move(from, to, signal) {
        existing(from)
        target(to)
        return move(from, to, signal)
      },
    }),
    ...(setProperties && {
      async setProperties(path, properties, signal) {
        existing(path)
        return setProperties(path, properties, signal)
      },
    }),
    ...(presign && {
      async presign(path, seconds) {
        existing(path)
        return presign(path, seconds)
      },
    }),
    close: () => driver.close(),
  }
}

function check(path: string): void {
  if (/[\r\n\0]/.test(path)) throw new Failure('invalid', 'A path holds no line breaks and no NUL')
  // Never to come here; a server would follow it, and an account may see more than its root.
  if (/(^|\/)\.\.?(\/|$)/.test(path)) throw new Failure('invalid', 'A path has no dots as names')
}

function existing(path: string): void {
  check(path)
  if (isTemporaryPath(path)) throw new Failure('not_found', 'There is no such file or folder')
}

function target(path: string): void {
  check(path)
  if (isTemporaryPath(path)) throw new Failure('invalid', 'Gatehouse keeps this name for uploads that are under way')
}
