import { type Grant, parseDuration, type Surface, type Verb } from '@gatehouse/core'
import { type ResourcePattern, resourcePattern } from './resource-pattern.js'
import { type GrantConfig, type RoleConfig, surfaces, verbs } from './roles-config.js'

/** One entry of a role, ready to be asked. */
export interface Entry {
  readonly service: string
  readonly resource: ResourcePattern
  readonly surfaces: ReadonlySet<Surface>
  readonly verbs: ReadonlySet<Verb>
  readonly deny: boolean
  /** What the entry restricts besides verbs; absent of a denial. */
  readonly terms: Omit<Grant, 'role' | 'verbs'>
  /** Equal for entries with the same terms, so that their verbs are united. */
  readonly termsKey: string
}

/** The entries of a role in an order that does not depend on how they were written down. */
export function compileRole(role: RoleConfig): readonly Entry[] {
  return role.grants
    .map(compileEntry)
    .sort((a, b) => compare(a.termsKey, b.termsKey) || compare([...a.verbs].join(), [...b.verbs].join()))
}

function compileEntry(grant: GrantConfig): Entry {
  const { allow, deny, mask } = grant.fields ?? {}
  const timeoutMs = grant.timeout === undefined ? undefined : parseDuration(grant.timeout)
  const masked = Object.entries(mask ?? {}).sort(([a], [b]) => compare(a, b))
  const allowed = allow && [...allow].sort()
  const denied = deny && [...deny].sort()
  const granted = new Set(grant.verbs ?? (grant.deny === true ? verbs : []))
  return {
    service: grant.service,
    resource: resourcePattern(grant.resource),
    surfaces: new Set(grant.surfaces ?? surfaces),
    verbs: new Set(verbs.filter((verb) => granted.has(verb))),
    deny: grant.deny === true,
    terms: {
      ...(allowed && { allow: new Set(allowed) }),
      ...(denied && { deny: new Set(denied) }),
      mask: new Map(masked),
      ...(grant.rows !== undefined && { rows: grant.rows }),
      ...(grant.max_rows !== undefined && { maxRows: grant.max_rows }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
    termsKey: JSON.stringify([allowed, denied ?? [], masked, grant.rows, grant.max_rows, timeoutMs]),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
