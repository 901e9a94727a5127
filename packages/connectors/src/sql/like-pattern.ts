import type { MatchOp } from '@gatehouse/core'

/** What is bound where a match is a LIKE whose escape is a backslash: `%` and `_` mean themselves but in like and ilike. */
export function likePattern(op: MatchOp, value: string): string {
  switch (op) {
    case 'like':
    case 'ilike':
    case 'regexp':
      return value
    case 'contains':
      return `%${literal(value)}%`
    case 'starts_with':
      return `${literal(value)}%`
    case 'ends_with':
      return `%${literal(value)}`
    default:
      return op satisfies never
  }
}

function literal(value: string): string {
  return value.replace(/[\\%_]/g, '\\$&')
}
