import {
  type CallContext,
  type Catalog,
  type Connector,
  Failure,
  type FilePlan,
  type JsonObject,
  noSuchPath,
  type ServiceSettings,
  type StorageResult,
} from '@gatehouse/core'
import { type Clock, startClock } from './clock.js'
import { maxFileSizeOf } from './config.js'
import { copyPath } from './copy-path.js'
import { deletePath } from './delete-path.js'
import type { FileDriver } from './driver.js'
import { extractZip } from './extract-zip.js'
import { listFolder } from './list-folder.js'
import { fileAt, readFile, withType } from './read-file.js'
import { type CursorSeal, createCursorSeal } from './sealed-cursor.js'
import { writeFile } from './write-file.js'
import { zipFolder } from './zip-folder.js'

/** What the operations of one storage share. */
interface Storage {
  readonly driver: FileDriver
  readonly cursors: CursorSeal
  /** Bytes. */
  readonly maxFileSize: number
}

/** A storage has no tables; what is in it is asked for when it is wanted. */
const catalog: Catalog = { tables: new Map(), routines: new Map(), version: 'files' }

/**
 * A connector of what a storage's driver can do: the same listing, paging, ranges, conditions, copies, archives and
 * limits for all. `config` has the service's own keys, `max_file_size` among them.
 */
export function fileConnector(driver: FileDriver, config: JsonObject, settings: ServiceSettings): Connector {
  const maxFileSize = maxFileSizeOf(config)
  const storage: Storage = { driver, maxFileSize, cursors: createCursorSeal(settings.maskKey) }
  return {
    capabilities: {
      transactions: false,
      upsert: false,
      aggregates: [],
      routines: false,
      regexp: false,
      related: false,
      files: {
        writable: !settings.readOnly,
        metadata: driver.setProperties !== undefined,
        presign: driver.presign !== undefined,
        maxFileSize,
      },
    },
    async introspect(signal) {
      await driver.probe(signal)
      return catalog
    },
    async execute() {
      throw new Failure('unsupported', 'A storage has no records')
    },
    async executeFiles(plan, context) {
      if (settings.readOnly && !readingPlans.has(plan.kind)) throw new Failure('forbidden', 'The service is read-only')
      const clock = startClock(context.signal, plan.timeoutMs ?? settings.timeoutMs)
      let streams = false
      try {
        const result = await run(storage, plan, context, clock)
        streams = 'chunks' in result && result.chunks !== undefined
        return result
      } catch (thrown) {
        throw inOneWord(clock.failure(thrown), plan)
      } finally {
        if (!streams) clock.stop()
      }
    },
    close: () => driver.close(),
  }
}

const readingPlans: ReadonlySet<FilePlan['kind']> = new Set([
  'file_list',
  'file_read',
  'file_stat',
  'folder_zip',
  'file_presign',
])

async function run(storage: Storage, plan: FilePlan, context: CallContext, clock: Clock): Promise<StorageResult> {
  const { driver, maxFileSize } = storage
  const { path } = plan
  const { signal } = clock
  switch (plan.kind) {
    case 'file_list':
      return listFolder(driver, plan, storage.cursors, clock)
    case 'file_read':
      return readFile(driver, plan, context, clock)
    case 'file_stat': {
      const entry = await driver.stat(path, signal)
      if (!entry) throw noSuchPath(path)
      return { kind: 'entry', entry: withType(entry) }
    }
    case 'file_write':
      return writeFile(driver, plan, context, maxFileSize, clock)
    case 'folder_create': {
      const created = await driver.createFolder(path, signal)
      if (!created && plan.checkExist) throw new Failure('conflict', 'The folder exists already')
      const entry = (await driver.stat(path, signal)) ?? { path, type: 'folder' }
      return { kind: 'entry', entry, created }
    }
    case 'file_delete':
      await deletePath(driver, plan, clock)
      return { kind: 'removed', path }
    case 'file_copy':
      return copyPath(driver, plan, clock)
    case 'file_properties': {
      if (!driver.setProperties) throw new Failure('unsupported', 'This storage keeps no properties')
      const { contentType, metadata } = plan
      const properties = { ...(contentType !== undefined && { contentType }), ...(metadata && { metadata }) }
      return { kind: 'entry', entry: withType(await driver.setProperties(path, properties, signal)) }
    }
    case 'folder_zip':
      return zipFolder(driver, plan, clock)
    case 'folder_extract':
      return extractZip(driver, plan, context, maxFileSize, clock)
    case 'file_presign': {
      if (!driver.presign) throw new Failure('unsupported', 'This storage makes no URLs of its own')
      await fileAt(driver, path, clock)
      const expires = new Date(Date.now() + plan.seconds * 1000)
      return { kind: 'presigned', url: await driver.presign(path, plan.seconds), expires }
    }
    default:
      return plan satisfies never
  }
}

/** What is not there is said in the same words as what the caller may not see. */
function inOneWord(thrown: unknown, plan: FilePlan): unknown {
  if (!(thrown instanceof Failure)) return thrown
  // A file where a folder was asked for is nothing, to whoever only looks.
  const nothing = thrown.code === 'not_found' || (thrown.code === 'conflict' && readingPlans.has(plan.kind))
  if (!nothing) return thrown
  return noSuchPath(plan.kind === 'file_copy' ? plan.source : plan.path, thrown.cause ?? thrown)
}
