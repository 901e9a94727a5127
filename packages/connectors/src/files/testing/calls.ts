import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { FileEntry } from '@gatehouse/core'
import { expect } from 'vitest'
import { failureOf } from '../../testing/failure-of.js'
import type { FileDriver, ListPage } from '../driver.js'

export const never: AbortSignal = new AbortController().signal
// One for all calls, unlike a real one.
setMaxListeners(0, never)
export const mebibyte = 1024 * 1024

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await failureOf(promise)).code
}

export async function* chunksOf(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text
}

export async function put(driver: FileDriver, path: string, content: string | Uint8Array, more = {}) {
  return driver.write(path, chunksOf(content), { contentType: 'application/octet-stream', signal: never, ...more })
}

export async function get(driver: FileDriver, path: string, range?: { start: number; end?: number }): Promise<Buffer> {
  const { chunks } = await driver.read(path, { signal: never, ...(range ? { range } : {}) })
  return Buffer.concat(await collected(chunks))
}

export async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return parts
}

/** All pages of a listing. */
export async function all(driver: FileDriver, folder: string, deep: boolean, limit: number): Promise<FileEntry[]> {
  const entries: FileEntry[] = []
  for (let from: string | undefined; ; ) {
    const page: ListPage = await driver.list(folder, { deep, limit, signal: never, ...(from ? { from } : {}) })
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    entries.push(...page.entries)
    if (page.next === undefined) return entries
    from = page.next
  }
}

export const pathsOf = (entries: readonly FileEntry[]) => entries.map(({ path }) => path)

/** Waits for what takes the server a moment: noticing that a session is over. */
export async function settled<T>(read: () => T, wanted: T): Promise<T> {
  for (let i = 0; i < 400 && read() !== wanted; i++) await pause(50)
  return read()
}
