import {
  type CallContext,
  type EntryResult,
  Failure,
  type FileContent,
  type FileWritePlan,
  isFilePath,
} from '@gatehouse/core'
import type { Clock } from './clock.js'
import type { FileDriver, WriteOptions } from './driver.js'
import { mediaTypeOf, unknownType } from './media-types.js'
import { withType } from './read-file.js'
import { scopeOf } from './scope-of.js'

/** Writes a file as a whole. What the caller may not do with what is there, the storage is told not to do. */
export async function writeFile(
  driver: FileDriver,
  plan: FileWritePlan,
  context: CallContext,
  maxFileSize: number,
  clock: Clock,
): Promise<EntryResult> {
  const { path } = plan
  const scope = scopeOf(plan)
  const content = contentOf(plan, context)
  if ((content.size ?? 0) > maxFileSize) throw tooLarge(maxFileSize)
  const mayReplace = scope.may(path, 'update')
  const onlyNew = plan.ifNoneMatch || plan.checkExist || !mayReplace
  if (onlyNew && plan.ifMatch !== undefined) {
    throw new Failure('invalid', 'A file cannot be new and have an entity tag', { hint: 'Send one of the conditions' })
  }
  const ifMatch = await tagToMatch(driver, plan, scope.may(path, 'create'), clock)
  const options: WriteOptions = {
    contentType: plan.contentType ?? contentType(content, path),
    signal: clock.signal,
    ...(content.size !== undefined && { size: content.size }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(onlyNew && { ifNoneMatch: true }),
  }
  try {
    const { entry, created } = await driver.write(path, limited(content.chunks, maxFileSize, clock), options)
    return { kind: 'entry', entry: withType(entry), created }
  } catch (thrown) {
    if (!onlyNew || plan.ifNoneMatch || !(thrown instanceof Failure) || thrown.code !== 'precondition_failed')
      throw thrown
    if (plan.checkExist) throw new Failure('conflict', 'The file exists already')
    throw new Failure('forbidden', 'Your roles do not allow you to replace this file', { hint: 'Choose another name' })
  }
}

/** The tag that the file must have: the one that was asked for, or that of the file that is there. */
async function tagToMatch(
  driver: FileDriver,
  { path, ifMatch }: FileWritePlan,
  mayCreate: boolean,
  clock: Clock,
): Promise<string | undefined> {
  if (ifMatch !== undefined && ifMatch !== '*') return ifMatch
  if (ifMatch === undefined && mayCreate) return undefined
  const there = await driver.stat(path, clock.signal)
  clock.step()
  if (there) return there.etag
  throw ifMatch === undefined
    ? new Failure('forbidden', 'Your roles do not allow you to create this file')
    : new Failure('precondition_failed', 'The file does not exist')
}

function contentOf({ content }: FileWritePlan, context: CallContext): FileContent {
  if (content) return { chunks: once(content), size: content.length }
  if (context.content) return context.content
  throw new Failure('invalid', 'There is no content', { hint: 'An empty file needs an empty content' })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

/** Types that clients send when they know none. */
const meaningless: ReadonlySet<string> = new Set([unknownType, 'application/x-www-form-urlencoded', ''])

function contentType(content: FileContent, path: string): string {
  const given = content.contentType ?? ''
  return meaningless.has(given.split(';', 1)[0]?.trim().toLowerCase() ?? '') ? mediaTypeOf(path) : given
}

/** Counts what passes. Throws `too_large` as soon as it is. */
export async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > most) throw tooLarge(most)
    clock.step()
    yield chunk
  }
  clock.step()
}

function tooLarge(most: number): Failure {
  return new Failure('too_large', `The file is larger than ${most} bytes`, {
    hint: 'The service takes no larger files',
    context: { limit: most },
  })
}

/** A path that was put together here. Throws `invalid` where that has made it too long. */
export function requirePath(path: string): string {
  if (isFilePath(path)) return path
  throw new Failure('invalid', 'A path in it is not allowed')
}
