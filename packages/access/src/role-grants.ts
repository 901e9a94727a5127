import type { Surface, Verb } from '@gatehouse/core'
import type { Entry } from './compile-role.js'

/** What one role allows on one resource: verbs under the same terms. */
export interface RoleGrant {
  readonly termsKey: string
  readonly terms: Entry['terms']
  readonly verbs: ReadonlySet<Verb>
}

/**
 * Resolves the entries of one role for one resource:
 * 1. Of the entries that allow something, those with the most specific resource govern alone. Among these, an entry
 *    that names the service goes before one for `*`, so that a service can be narrowed below what all services get.
 * 2. A denial takes its verbs away where its resource is as specific or more specific, whether it names the service
 *    or `*`: in doubt the denial wins.
 * 3. Entries with the same terms (fields, rows, budgets) unite their verbs; entries with different terms stay apart,
 *    since a wide row policy for reading must not become one for writing.
 */
export function roleGrants(
  entries: readonly Entry[],
  service: string,
  resource: string,
  surface: Surface,
): readonly RoleGrant[] {
  const asked = entries.filter(
    (entry) =>
      (entry.service === service || entry.service === '*') &&
      entry.surfaces.has(surface) &&
      entry.resource.matches(resource),
  )
  const allowing = asked.filter((entry) => !entry.deny)
  const level = Math.max(...allowing.map((entry) => entry.resource.level))
  const atLevel = allowing.filter((entry) => entry.resource.level === level)
  const named = atLevel.filter((entry) => entry.service !== '*')
  const governing = named.length > 0 ? named : atLevel
  const denied = new Set(
    asked.filter((entry) => entry.deny && entry.resource.level >= level).flatMap((entry) => [...entry.verbs]),
  )
  const united = new Map<string, { terms: Entry['terms']; verbs: Set<Verb> }>()
  for (const { termsKey, terms, verbs } of governing) {
    const grant = united.get(termsKey) ?? { terms, verbs: new Set<Verb>() }
    united.set(termsKey, grant)
    for (const verb of verbs) if (!denied.has(verb)) grant.verbs.add(verb)
  }
  return [...united].filter(([, { verbs }]) => verbs.size > 0).map(([termsKey, grant]) => ({ termsKey, ...grant }))
}

/** True when the role allows something in the service: some entry that a denial of the very same resource leaves. */
export function roleReaches(entries: readonly Entry[], service: string, surface: Surface): boolean {
  return entries.some((entry) => {
    if (entry.deny || (entry.service !== service && entry.service !== '*') || !entry.surfaces.has(surface)) return false
    const denied = new Set(
      entries
        .filter(
          (other) =>
            other.deny &&
            (other.service === service || other.service === '*') &&
            other.surfaces.has(surface) &&
            other.resource.text === entry.resource.text,
        )
        .flatMap((other) => [...other.verbs]),
    )
    return [...entry.verbs].some((verb) => !denied.has(verb))
  })
}
