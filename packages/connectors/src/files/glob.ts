/**
 * True where the whole text fits the glob: `*` is anything but `/`, `**` anything, `?` one character but `/`, all else
 * itself. Takes time by length of text times length of glob at worst: nothing is tried twice.
 */
export function globMatcher(glob: string): (text: string) => boolean {
  const tokens = tokensOf(glob)
  return (text) => matches(tokens, Array.from(text))
}

type Token = { readonly kind: 'star' | 'stars' | 'one' } | { readonly kind: 'is'; readonly character: string }

function tokensOf(glob: string): readonly Token[] {
  const tokens: Token[] = []
  for (const character of glob) {
    const last = tokens.at(-1)
    if (character === '*' && (last?.kind === 'star' || last?.kind === 'stars'))
      tokens[tokens.length - 1] = { kind: 'stars' }
    else if (character === '*') tokens.push({ kind: 'star' })
    else if (character === '?') tokens.push({ kind: 'one' })
    else tokens.push({ kind: 'is', character })
  }
  // `**/x` is also `x`: the slash belongs to the stars.
  return tokens.filter((token, i) => !(token.kind === 'is' && token.character === '/' && isLeading(tokens, i)))
}

function isLeading(tokens: readonly Token[], slash: number): boolean {
  const before = tokens[slash - 2]
  const starts = before === undefined || (before.kind === 'is' && before.character === '/')
  return tokens[slash - 1]?.kind === 'stars' && starts
}

/** All positions in the glob at which the text read so far can be, at once. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let at = new Set<number>()
  add(at, tokens, 0)
  for (const character of text) {
    const next = new Set<number>()
    for (const position of at) {
      const token = tokens[position]
      if (!token) continue
      if (token.kind === 'stars' || (token.kind === 'star' && character !== '/')) add(next, tokens, position)
      else if (token.kind === 'one' ? character !== '/' : token.kind === 'is' && token.character === character) {
        add(next, tokens, position + 1)
      }
    }
    if (next.size === 0) return false
    at = next
  }
  return at.has(tokens.length)
}

/** A position, and those behind it that need no character. */
function add(positions: Set<number>, tokens: readonly Token[], position: number): void {
  for (let i = position; !positions.has(i); i++) {
    positions.add(i)
    const kind = tokens[i]?.kind
    if (kind !== 'star' && kind !== 'stars') return
  }
}
