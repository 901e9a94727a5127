import type { ByteRange } from './driver.js'

/** The bytes of a range in a file of this size, `end` not included; undefined where the range lies beyond it. */
export function byteSpan(
  size: number,
  range: ByteRange | undefined,
): { readonly start: number; readonly end: number } | undefined {
  if (!range) return { start: 0, end: size }
  if (range.start >= size) return undefined
  return { start: range.start, end: range.end === undefined ? size : Math.min(range.end + 1, size) }
}
