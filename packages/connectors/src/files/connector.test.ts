import {
  type CallContext,
  Failure,
  type FileEntry,
  type FilePlan,
  type FileResult,
  type FileScope,
  type PermittedFilePlan,
  type StorageResult,
} from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { fileConnector } from './connector.js'
import type { FileDriver } from './driver.js'

/*
 * Storages that misbehave as no real one does on demand: they stand still, stop in the middle, or are endless. What
 * real ones do is tested on real ones.
 */
const everything: FileScope = { may: () => true, sees: () => true, mayAll: () => true }
const never = new AbortController().signal

const entry = (path: string, size = 10): FileEntry => ({ path, type: 'file', size, etag: 'x' })
const unused = async (): Promise<never> => {
  throw new Error('It is not asked for this')
}

function connectorOf(driver: Partial<FileDriver>, timeoutMs = 50) {
  const whole: FileDriver = {
    abilities: { atomicWrite: true, folders: true, metadata: false, conditionalWrite: true },
    probe: async () => undefined,
    stat: async (path) => entry(path),
    list: unused,
    read: unused,
    write: unused,
    createFolder: unused,
    deleteFile: unused,
    deleteFolder: unused,
    close: async () => undefined,
    ...driver,
  }
  const settings = {
    name: 'files',
    timeoutMs,
    readOnly: false,
    pool: { max: 1, idleMs: 1 },
    schemas: [],
    tables: { include: ['*'], exclude: [] },
    maskKey: 'key',
  }
  const connector = fileConnector(whole, { max_file_size: '1kb' }, settings)
  return async (plan: FilePlan, context: Partial<CallContext> = {}): Promise<StorageResult> => {
    const identity = { id: 'x', name: 'x', roles: [], attributes: {} }
    // What only `restrict` makes, made here.
    const permitted = { scope: everything, ...plan } as PermittedFilePlan
    if (!connector.executeFiles) throw new Error('It has no files')
    return connector.executeFiles(permitted, { signal: never, requestId: 'x', identity, ...context })
  }
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (thrown: unknown) => (thrown instanceof Failure ? thrown.code : String(thrown)),
  )

async function drain(result: StorageResult): Promise<number> {
  let size = 0
  for await (const chunk of (result as FileResult).chunks ?? []) size += chunk.length
  return size
}

/** Resolves when it is told to stop. */
const standstill = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true }))

const read: FilePlan = { kind: 'file_read', path: 'a.txt' }

describe('fileConnector', () => {
  it('gives up on a storage that stands still, before and in the middle of a file', async () => {
    const before = connectorOf({ read: (_path, { signal }) => standstill(signal) })
    expect(await codeOf(before(read))).toBe('timeout')
    const middle = connectorOf({
      read: async (path, { signal }) => ({
        entry: entry(path),
        chunks: (async function* () {
          yield Buffer.alloc(4)
          await standstill(signal)
        })(),
      }),
    })
    expect(await codeOf(middle(read).then(drain))).toBe('timeout')
    const listing: FilePlan = {
      kind: 'file_list',
      path: '',
      deep: false,
      files: true,
      folders: true,
      limit: 5,
      asList: false,
    }
    expect(await codeOf(connectorOf({ list: (_path, { signal }) => standstill(signal) })(listing))).toBe('timeout')
  })

  it('is patient with a slow reader', async () => {
    const run = connectorOf({
      read: async (path) => ({
        entry: entry(path),
        chunks: (async function* () {
          for (let i = 0; i < 5; i++) yield Buffer.alloc(2)
        })(),
      }),
    })
    const { chunks = [] } = (await run(read)) as FileResult
    let size = 0
    for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
      await new Promise((resolve) => setTimeout(resolve, 80))
      size += chunk.length
    }
    expect(size).toBe(10)
  })

  it('ends in an error where a storage sends another number of bytes than it said', async () => {
    const sending = (sizes: readonly number[]) =>
      connectorOf({
        read: async (path) => ({
          entry: entry(path),
          chunks: (async function* () {
            for (const size of sizes) yield Buffer.alloc(size)
          })(),
        }),
      })
    expect(await drain(await sending([4, 6])(read))).toBe(10)
    for (const sizes of [[4], [], [6, 6]]) expect(await codeOf(sending(sizes)(read).then(drain))).toBe('unavailable')
  })

  it('does nothing for a plan without a scope', async () => {
    const run = connectorOf({ list: async () => ({ entries: [] }) })
    const plan = {
      kind: 'file_list',
      path: '',
      deep: false,
      files: true,
      folders: true,
      limit: 5,
      asList: false,
    } as const
    expect(await codeOf(run({ ...plan, scope: undefined } as unknown as FilePlan))).toBe('internal')
  })

  it('counts an upload without a length, and stops it', async () => {
    let took = 0
    const run = connectorOf({
      write: async (path, content) => {
        for await (const chunk of content) took += chunk.length
        return { entry: entry(path), created: true }
      },
    })
    const endless = (async function* () {
      for (;;) yield Buffer.alloc(100)
    })()
    const plan: FilePlan = { kind: 'file_write', path: 'a.txt', ifNoneMatch: false, checkExist: false }
    expect(await codeOf(run(plan, { content: { chunks: endless } }))).toBe('too_large')
    expect(took).toBeLessThanOrEqual(1024)
  })

  it('pages through a million objects, a page of the storage at a time', async () => {
    const total = 1_000_000
    let most = 0
    const run = connectorOf({
      list: async (_path, { from, limit }) => {
        const start = Number(from ?? 0)
        most = Math.max(most, limit)
        const entries = Array.from({ length: Math.min(limit, total - start) }, (_, i) =>
          entry(`file-${String(start + i).padStart(7, '0')}`),
        )
        return { entries, ...(start + limit < total && { next: String(start + limit) }) }
      },
    })
    const plan = {
      kind: 'file_list',
      path: '',
      deep: true,
      files: true,
      folders: true,
      limit: 1000,
      asList: false,
    } as const
    let seen = 0
    let last = ''
    let cursor: string | undefined
    do {
      const result = await run({ ...plan, ...(cursor !== undefined && { cursor }) })
      if (result.kind !== 'entries') throw new Error('No listing')
      for (const { path } of result.entries) {
        // A million expectations would take longer than a million files.
        if (path <= last) throw new Error(`${path} comes behind ${last}`)
        last = path
      }
      seen += result.entries.length
      cursor = result.next
    } while (cursor !== undefined)
    expect([seen, most]).toEqual([total, 1000])
  }, 60_000)

  it('answers what it has when a search finds little, and where to go on', async () => {
    let asked = 0
    const run = connectorOf({
      list: async (_path, { from, limit }) => {
        const start = Number(from ?? 0)
        asked += limit
        return { entries: Array.from({ length: limit }, (_, i) => entry(`x${start + i}`)), next: String(start + limit) }
      },
    })
    const plan = {
      kind: 'file_list',
      path: '',
      deep: true,
      files: true,
      folders: true,
      limit: 10,
      asList: false,
    } as const
    const result = await run({ ...plan, search: 'none*' })
    expect(result).toMatchObject({ kind: 'entries', entries: [], next: expect.any(String) })
    expect(asked).toBeLessThan(25_000)
  })
})
