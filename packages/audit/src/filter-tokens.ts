export interface FilterToken {
  readonly kind: 'space' | 'word' | 'quoted' | 'param' | 'arrow' | 'symbol' | 'bare'
  readonly text: string
}

/**
 * Splits a filter, also a malformed one: nothing is lost, and a quote that is never closed takes all that follows.
 * Every pattern is sticky and without alternatives that overlap, so it takes linear time.
 */
export function filterTokens(text: string): readonly FilterToken[] {
  const tokens: FilterToken[] = []
  for (let position = 0; position < text.length; ) {
    const token = tokenAt(text, position)
    tokens.push(token)
    position += token.text.length
  }
  return tokens
}

const patterns: readonly (readonly [FilterToken['kind'], RegExp])[] = [
  ['space', /\s+/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['quoted', /'[^']*(?:''[^']*)*(?:'|$)/y],
  ['quoted', /"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['quoted', /`[^`]*(?:``[^`]*)*(?:`|$)/y],
  ['param', /:[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['arrow', /->/y],
  ['symbol', /&&|\|\||[()!.,=<>{}]/y],
  ['bare', /[^\s()'"`,&|!=<>{}]+/y],
]

function tokenAt(text: string, position: number): FilterToken {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position
    const found = pattern.exec(text)?.[0]
    if (found) return { kind, text: found }
  }
  return { kind: 'symbol', text: text.slice(position, position + 1) }
}

/** What a quoted token says, without its quotes. */
export function unquoted(text: string): string {
  const quote = text[0] ?? ''
  const end = text.length > 1 && text.endsWith(quote) ? -1 : text.length
  return text.slice(1, end).replaceAll(quote + quote, quote)
}
