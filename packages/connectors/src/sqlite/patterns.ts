/**
 * Whether a text meets a pattern of LIKE: `%` is any text, `_` any character, a backslash takes the next as it is.
 * Takes time in proportion to both lengths at the most: only the last `%` is ever tried again.
 */
export function likeMatcher(pattern: string): (text: string) => boolean {
  const tokens = parseLike(pattern)
  return (text) => {
    const characters = [...text]
    let t = 0
    let p = 0
    let star = -1
    let mark = 0
    while (t < characters.length) {
      const token = tokens[p]
      if (token === anyText) {
        star = p++
        mark = t
      } else if (token !== undefined && (token === anyCharacter || token === characters[t])) {
        p++
        t++
      } else if (star >= 0) {
        p = star + 1
        t = ++mark
      } else {
        return false
      }
    }
    while (tokens[p] === anyText) p++
    return p === tokens.length
  }
}

const anyText = Symbol('%')
const anyCharacter = Symbol('_')
type Token = string | typeof anyText | typeof anyCharacter

function parseLike(pattern: string): Token[] {
  const tokens: Token[] = []
  let escaped = false
  for (const character of pattern) {
    if (escaped) {
      tokens.push(character)
      escaped = false
    } else if (character === '\\') escaped = true
    else if (character === '%') {
      if (tokens.at(-1) !== anyText) tokens.push(anyText)
    } else tokens.push(character === '_' ? anyCharacter : character)
  }
  if (escaped) tokens.push('\\')
  return tokens
}

/** The GLOB pattern, which heeds case, of a LIKE pattern. */
export function globOf(pattern: string): string {
  return parseLike(pattern)
    .map((token) => {
      if (token === anyText) return '*'
      if (token === anyCharacter) return '?'
      return token === '*' || token === '?' || token === '[' ? `[${token}]` : token
    })
    .join('')
}
