/** Whether a table is to be seen, by its schema (undefined where the database has none) and name. */
export type TableFilter = (schema: string | undefined, name: string) => boolean

/**
 * Globs on table names: `*` is any text, `?` any character. A pattern meets `name` or `schema.name`, heeding case.
 * A table is seen when an include meets it (none given: all) and no exclude does.
 */
export function tableFilter(include: readonly string[], exclude: readonly string[]): TableFilter {
  const included = include.map(globPattern)
  const excluded = exclude.map(globPattern)
  return (schema, name) => {
    const names = schema === undefined ? [name] : [name, `${schema}.${name}`]
    const meets = (patterns: readonly RegExp[]) => patterns.some((pattern) => names.some((n) => pattern.test(n)))
    return (included.length === 0 || meets(included)) && !meets(excluded)
  }
}

function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|[\]\\*?]/g, (sign) =>
    sign === '*' ? '[\\s\\S]*' : sign === '?' ? '[\\s\\S]' : `\\${sign}`,
  )
  return new RegExp(`^${source}$`, 'u')
}
