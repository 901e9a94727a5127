/**
 * Which tables a service shows, by the patterns of its configuration: `*` stands for any text, and a pattern matches
 * the table's name or `schema.name`. Nothing included means everything; what is excluded stays out.
 */
export function tableFilter(
  include: readonly string[],
  exclude: readonly string[],
): (schema: string | undefined, name: string) => boolean {
  const included = include.map(patternOf)
  const excluded = exclude.map(patternOf)
  return (schema, name) => {
    const names = schema === undefined ? [name] : [name, `${schema}.${name}`]
    const meets = (patterns: readonly RegExp[]) => patterns.some((pattern) => names.some((n) => pattern.test(n)))
    return (included.length === 0 || meets(included)) && !meets(excluded)
  }
}

function patternOf(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*')}$`, 'u')
}
