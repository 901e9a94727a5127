import { Failure, type FileEntry } from '@gatehouse/core'
import type { WriteOptions } from './driver.js'

/** What is at the path that is to be written, if it may be; else throws `conflict` or `precondition_failed`. */
export function checkTarget(
  there: FileEntry | undefined,
  { ifMatch, ifNoneMatch }: Pick<WriteOptions, 'ifMatch' | 'ifNoneMatch'>,
): FileEntry | undefined {
  if (there?.type === 'folder') throw new Failure('conflict', 'There is a folder at this path')
  if (ifNoneMatch && there) throw alreadyThere()
  checkTag(there, ifMatch)
  return there
}

/** Throws `precondition_failed` where another version than the one that is meant is there, or none. */
export function checkTag(there: FileEntry | undefined, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && there?.etag !== ifMatch) {
    throw new Failure('precondition_failed', 'The file has changed meanwhile')
  }
}

export function alreadyThere(): Failure {
  return new Failure('precondition_failed', 'The file exists already')
}

/** What is to be read, removed or moved: throws `not_found` where nothing is, `conflict` where the other kind is. */
export function requireKind(there: FileEntry | undefined, type: FileEntry['type']): FileEntry {
  if (!there) throw new Failure('not_found', 'There is no such file or folder')
  if (there.type === type) return there
  throw new Failure('conflict', type === 'file' ? 'This is a folder, not a file' : 'This is a file, not a folder')
}

/** Of a storage that can be reached, and has no folder where the configuration says. */
export function rootMissing(): Failure {
  return new Failure('unavailable', 'The folder of the service is not there', {
    retryAfter: 60,
    cause: new Error('The storage was reached, but has no such folder, or does not show it to this account'),
  })
}
