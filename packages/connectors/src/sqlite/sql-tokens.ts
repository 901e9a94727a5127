/** A token of SQL as SQLite stores it. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'mark'
  /** Upper case for words; without quotes for names and texts. */
  readonly value: string
  readonly start: number
  readonly end: number
}

const tokenPattern =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|([\p{L}_\d$.]+)|[^\s]/gu

/** Without white space and comments. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = []
  for (const match of sql.matchAll(tokenPattern)) {
    const [all, text, double, back, bracket, word] = match
    if (all.startsWith('--') || all.startsWith('/*')) continue
    const place = { start: match.index, end: match.index + all.length }
    const name = double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`') ?? bracket
    if (text !== undefined) tokens.push({ kind: 'text', value: text.replaceAll("''", "'"), ...place })
    else if (name !== undefined) tokens.push({ kind: 'name', value: name, ...place })
    else if (word !== undefined) tokens.push({ kind: 'word', value: word, ...place })
    else tokens.push({ kind: 'mark', value: all, ...place })
  }
  return tokens
}

/** True for a keyword or a mark; a quoted name is neither. */
export function is(token: Token | undefined, value: string): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && token.value.toUpperCase() === value
}
