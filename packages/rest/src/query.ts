import { Failure } from '@gatehouse/core'

/**
 * Calls `see` with each `name=value` of a query string, decoded (`+` is a space); a name without `=` has no value.
 * Throws `invalid` for a broken percent-encoding.
 */
export function eachParameter(query: string, see: (name: string, value: string | undefined) => void): void {
  let start = 0
  while (start < query.length) {
    let end = query.indexOf('&', start)
    if (end < 0) end = query.length
    if (end > start) {
      const equals = query.indexOf('=', start)
      if (equals < 0 || equals >= end) see(decode(query.slice(start, end)), undefined)
      else see(decode(query.slice(start, equals)), decode(query.slice(equals + 1, end)))
    }
    start = end + 1
  }
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw new Failure('invalid', 'The query string has a broken percent-encoding', {
      hint: 'A percent sign itself is written %25',
    })
  }
}
