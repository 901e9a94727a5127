/** Quotes one identifier. Backticks work in every sql_mode, with ANSI_QUOTES too. */
export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** A text as SQL. Sessions run with NO_BACKSLASH_ESCAPES, so a quote is all that has to be doubled. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
