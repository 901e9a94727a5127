import { filterConditions } from './filter-conditions.js'
import { type FilterToken, filterTokens, unquoted } from './filter-tokens.js'
import type { RedactedNames } from './redacted-names.js'

export const redacted = '[redacted]'

/** No filter that is accepted is longer. */
const maxFilterLength = 65_536

export interface RedactedFilter {
  readonly text: string
  /** Parameters (`:name`) whose values belong to a redacted condition. */
  readonly params: ReadonlySet<string>
  /** The values that were taken out. */
  readonly values: readonly string[]
}

/**
 * Takes the values out of conditions on redacted names: `ssn = '123' and total > 5` becomes
 * `ssn = '[redacted]' and total > 5`. When a filter cannot be understood, rather too much is taken out.
 * Undefined when it mentions none of the names.
 */
export function redactFilter(text: string, names: RedactedNames): RedactedFilter | undefined {
  if (names.none) return undefined
  if (text.length > maxFilterLength) return { text: redacted, params: new Set(), values: [] }
  if (!names.mayMention(text)) return undefined
  const params = new Set<string>()
  const values: string[] = []
  let hiding = false
  const parts = filterConditions(filterTokens(text)).map(({ kind, tokens }) => {
    if (kind === 'between') return print(tokens)
    const path = pathLength(tokens)
    // Values that stand alone continue the condition before them.
    hiding = path === 0 ? hiding || mentions(tokens, names) : mentions(tokens, names)
    if (!hiding) return print(tokens)
    return (
      print(tokens.slice(0, path)) +
      tokens
        .slice(path)
        .map((token) => hide(token, params, values))
        .join('')
    )
  })
  return { text: parts.join(''), params, values }
}

/** How many tokens make up the path that a condition begins with. */
function pathLength(tokens: readonly FilterToken[]): number {
  let length = 0
  let expectName = true
  for (const [i, token] of tokens.entries()) {
    if (token.kind === 'space') continue
    if (expectName) {
      const isName = token.kind === 'word' || (token.kind === 'quoted' && !token.text.startsWith("'"))
      // Behind `->` a key may be a number or any quoted text.
      if (!isName && (length === 0 || token.kind === 'symbol')) return length
    } else if (token.kind !== 'arrow' && token.text !== '.') return length
    expectName = !expectName
    length = i + 1
  }
  return length
}

function mentions(tokens: readonly FilterToken[], names: RedactedNames): boolean {
  return tokens.some(
    ({ kind, text }) => (kind === 'word' && names.has(text)) || (kind === 'quoted' && names.has(unquoted(text))),
  )
}

function hide(token: FilterToken, params: Set<string>, values: string[]): string {
  const { kind, text } = token
  if (kind === 'param') params.add(text.slice(1))
  if (kind === 'space' || kind === 'param' || kind === 'arrow' || kind === 'symbol') return text
  if (kind === 'bare' && !/[\p{L}\p{N}]/u.test(text)) return text
  if (kind === 'word' && keywords.has(text.toUpperCase())) return text
  if (kind === 'quoted' && unquoted(text) === redacted) return text
  values.push(kind === 'quoted' ? unquoted(text) : text)
  return `'${redacted}'`
}

function print(tokens: readonly FilterToken[]): string {
  return tokens.map(({ text }) => text).join('')
}

const keywords = new Set(
  'AND OR NOT IN BETWEEN IS NULL LIKE ILIKE CONTAINS STARTS ENDS WITH REGEXP EQ NE GT GTE LT LTE NOW TODAY'.split(' '),
)
