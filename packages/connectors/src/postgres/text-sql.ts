/** An identifier, whatever is in it (a NUL character cannot be in one). */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as SQL; standard_conforming_strings is on, so a backslash is one. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
