/** Quotes one identifier, whatever is in it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as SQL. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
