import { Failure } from '@gatehouse/core'

/** Where record routes begin. */
export const basePath = '/api/v2'

export interface Target {
  /** Below the base path, decoded once; a trailing slash adds none. */
  readonly segments: readonly string[]
  /** The path ends in a slash: that of a folder. */
  readonly slash: boolean
  /** Behind the question mark, still encoded. */
  readonly query: string
}

/** True for a request target that is the base path or below it. */
export function isBelowBase(url: string): boolean {
  if (!url.startsWith(basePath)) return false
  const next = url.charCodeAt(basePath.length)
  return Number.isNaN(next) || next === 47 || next === 63
}

/** Takes a request target below the base path apart. Throws `invalid` for a broken percent-encoding. */
export function readTarget(url: string): Target {
  const mark = url.indexOf('?')
  const end = mark < 0 ? url.length : mark
  const segments: string[] = []
  let start = basePath.length + 1
  while (start < end) {
    let slash = url.indexOf('/', start)
    if (slash < 0 || slash > end) slash = end
    segments.push(decodeSegment(url.slice(start, slash)))
    start = slash + 1
  }
  return { segments, slash: end > 0 && url.charCodeAt(end - 1) === 47, query: mark < 0 ? '' : url.slice(mark + 1) }
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Failure('invalid', 'The path has a broken percent-encoding', {
      hint: 'Encode names as UTF-8, as encodeURIComponent does',
    })
  }
}
