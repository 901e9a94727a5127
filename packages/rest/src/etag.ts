import { Failure } from '@gatehouse/core'

/**
 * The tag that a record must still have, without its quotes; undefined for `*`, since a write to one record finds it
 * or fails anyway. Throws `invalid` for several tags.
 */
export function ifMatchTag(header: string): string | undefined {
  const tags = entityTags(header)
  const [only] = tags
  if (only === '*') return undefined
  if (only === undefined || only === '' || tags.length > 1) {
    throw new Failure('invalid', 'If-Match takes one entity tag', { hint: 'Send the ETag of the record as it came' })
  }
  return only
}

/** True where If-None-Match names the tag, by weak comparison (RFC 9110, 13.1.2). */
export function noneMatchNames(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return entityTags(header).some((tag) => tag === '*' || tag === etag)
}

function entityTags(header: string): readonly string[] {
  return header
    .split(',')
    .map((part) => part.trim().replace(/^W\//, ''))
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('"') && part.endsWith('"') && part.length > 1 ? part.slice(1, -1) : part))
}
