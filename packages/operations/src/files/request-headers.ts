import type { RangeAsked } from '@gatehouse/core'

/**
 * The range of `bytes=0-99`, `bytes=100-` or `bytes=-50`. Undefined for several ranges and for anything else: such a
 * header is passed over (RFC 9110, 14.2).
 */
export function rangeOf(header: string | undefined): RangeAsked | undefined {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '')
  if (!match) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? undefined : { last: Number(last) }
  if (last === '') return { start: Number(first) }
  return Number(last) < Number(first) ? undefined : { start: Number(first), end: Number(last) }
}

/** The tags of `"a", W/"b"`, without quotes and marks of weakness; `*` as it is. */
export function entityTags(header: string): readonly string[] {
  return header
    .split(',')
    .map((part) => part.trim().replace(/^W\//, ''))
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('"') && part.endsWith('"') && part.length > 1 ? part.slice(1, -1) : part))
}

export function httpDate(header: string | undefined): Date | undefined {
  const time = header === undefined ? Number.NaN : Date.parse(header)
  return Number.isNaN(time) ? undefined : new Date(time)
}
