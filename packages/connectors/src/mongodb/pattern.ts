import type { MatchOp } from '@gatehouse/core'

/** A regular expression of the server (PCRE), of which JavaScript understands the same. */
export interface Pattern {
  readonly pattern: string
  /** `s`: a point is any character. `i`: case does not count. */
  readonly options: 's' | 'is' | ''
}

/** The very end: `$` would also match before a line break there. */
const end = '(?![\\s\\S])'

export function patternOf(op: MatchOp, value: string): Pattern {
  switch (op) {
    case 'like':
      return { pattern: `^${wild(value)}${end}`, options: 's' }
    case 'ilike':
      return { pattern: `^${wild(value)}${end}`, options: 'is' }
    case 'contains':
      return { pattern: literal(value), options: 'is' }
    case 'starts_with':
      return { pattern: `^${literal(value)}`, options: 'is' }
    case 'ends_with':
      return { pattern: `${literal(value)}${end}`, options: 'is' }
    case 'regexp':
      return { pattern: value, options: '' }
    default:
      return op satisfies never
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/#-]/g, '\\$&')
}

/** `%` is any text and `_` any character; a backslash takes the meaning from what follows. */
function wild(text: string): string {
  return text.replace(/\\([\s\S])|%|_|[^\\%_]+|\\$/g, (part, escaped?: string) => {
    if (escaped !== undefined) return literal(escaped)
    if (part === '%') return '.*'
    return part === '_' ? '.' : literal(part)
  })
}
