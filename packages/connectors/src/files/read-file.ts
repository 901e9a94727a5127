import {
  type CallContext,
  Failure,
  type FileEntry,
  type FileReadPlan,
  type FileResult,
  isTextType,
  noSuchPath,
  type RangeAsked,
} from '@gatehouse/core'
import { type Clock, clocked } from './clock.js'
import type { FileDriver } from './driver.js'
import { mediaTypeOf, unknownType } from './media-types.js'

interface Range {
  readonly start: number
  readonly end: number
}

/** A file or a range of it, as a stream that never ends early without an error. */
export async function readFile(
  driver: FileDriver,
  plan: FileReadPlan,
  { headOnly = false }: CallContext,
  clock: Clock,
): Promise<FileResult> {
  const { path } = plan
  const known = headOnly || looksFirst(plan) ? await fileAt(driver, path, clock) : undefined
  if (known && isUnchanged(plan, known)) return { kind: 'file', entry: known, unchanged: true }
  const range = known && rangeOf(plan, known)
  if (known && headOnly) return { kind: 'file', entry: known, unchanged: false, ...(range && { range }) }
  clock.step()
  const read = await driver.read(path, { signal: clock.signal, ...(range && { range }) })
  const entry = withType(read.entry)
  const expected = range ? range.end - range.start + 1 : entry.size
  const chunks = clocked(whole(read.chunks, expected), clock)
  return { kind: 'file', entry, chunks, unchanged: false, ...(range && { range }) }
}

function looksFirst(plan: FileReadPlan): boolean {
  const { range, ifNoneMatch, ifModifiedSince, textOffset } = plan
  return Boolean(range ?? ifNoneMatch ?? ifModifiedSince) || (textOffset ?? 0) > 0
}

/** The entry of a file. Throws `not_found`. */
export async function fileAt(driver: FileDriver, path: string, clock: Clock): Promise<FileEntry> {
  const entry = await driver.stat(path, clock.signal)
  if (entry?.type !== 'file') throw noSuchPath(path)
  return withType(entry)
}

/** What storages say of a file that nobody gave a type. */
const unknown: ReadonlySet<string> = new Set(['', unknownType, 'binary/octet-stream'])

export function withType(entry: FileEntry): FileEntry {
  if (entry.type === 'folder' || !unknown.has(entry.contentType ?? '')) return entry
  return { ...entry, contentType: mediaTypeOf(entry.path) }
}

function isUnchanged({ ifNoneMatch, ifModifiedSince }: FileReadPlan, { etag, modified }: FileEntry): boolean {
  if (ifNoneMatch) return ifNoneMatch.some((tag) => tag === '*' || tag === etag)
  if (!ifModifiedSince || !modified) return false
  // Seconds are all that the header can say.
  return Math.floor(modified.getTime() / 1000) <= Math.floor(ifModifiedSince.getTime() / 1000)
}

/** Throws `range_not_satisfiable` with the size, for a range that begins behind the file's end. */
function rangeOf(plan: FileReadPlan, { size, etag, contentType = '' }: FileEntry): Range | undefined {
  if (size === undefined) return undefined
  if (plan.textOffset) {
    if (!isTextType(contentType)) return undefined
    return satisfied({ start: plan.textOffset }, size)
  }
  if (!plan.range) return undefined
  // A strong comparison (RFC 9110, 13.1.5).
  if (plan.ifRange !== undefined && plan.ifRange.replace(/^"(.*)"$/, '$1') !== etag) return undefined
  return satisfied(plan.range, size)
}

function satisfied(asked: RangeAsked, size: number): Range {
  const start = 'last' in asked ? Math.max(0, size - asked.last) : asked.start
  const end = 'last' in asked ? size - 1 : Math.min(asked.end ?? size - 1, size - 1)
  if (start <= end && !('last' in asked && asked.last === 0)) return { start, end }
  throw new Failure('range_not_satisfiable', `The file has ${size} bytes, and none in this range`, {
    context: { size },
  })
}

/** A storage that stops in the middle must not look as if the file had ended there. */
async function* whole(chunks: AsyncIterable<Uint8Array>, expected: number | undefined): AsyncGenerator<Uint8Array> {
  let sent = 0
  for await (const chunk of chunks) {
    sent += chunk.length
    if (expected !== undefined && sent > expected) break
    yield chunk
  }
  if (expected !== undefined && sent !== expected) {
    throw new Failure('unavailable', 'The storage sent another number of bytes than it had said', { retryAfter: 5 })
  }
}
