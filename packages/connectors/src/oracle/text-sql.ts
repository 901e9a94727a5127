/** Quotes one identifier. A name cannot hold a quotation mark in Oracle, so doubling it only keeps it a name that is not there. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as SQL. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The placeholder of the nth value. Each is used once: the driver counts uses and not names. */
export function placeholder(position: number): string {
  return `:${position}`
}

export function isPlaceholder(sql: string): boolean {
  return /^:\d+$/.test(sql)
}
