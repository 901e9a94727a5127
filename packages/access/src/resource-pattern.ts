/** A resource as a grant or a limit names it: exact, a prefix with `*` at its end, or `*`. */
export interface ResourcePattern {
  readonly text: string
  /** How specific it is: an exact name before the longest prefix, that before `*` (which is 0). */
  readonly level: number
  matches(resource: string): boolean
}

export function resourcePattern(text: string): ResourcePattern {
  if (!text.endsWith('*')) {
    return { text, level: Number.POSITIVE_INFINITY, matches: (resource) => resource === text }
  }
  const prefix = text.slice(0, -1)
  return { text, level: prefix.length, matches: (resource) => resource.startsWith(prefix) }
}
