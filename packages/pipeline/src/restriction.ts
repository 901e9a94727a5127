import type { Filter, Principal } from '@gatehouse/core'
import type { GrantUnion } from './grant-union.js'
import { noTable } from './not-found.js'
import { bindPolicy } from './row-policy.js'
import type { TableAccess } from './table-access.js'
import type { View } from './view.js'

/** One use of `restrict`: for whom, and what the audit is to know of it. */
export interface Restriction {
  readonly view: View
  readonly principal: Principal
  readonly notes: RestrictionNotes
}

/** What restriction did, for the audit event. */
export interface RestrictionNotes {
  /** The row policies by table, as their authors wrote them. */
  policies?: Map<string, string>
  masked?: Set<string>
}

/** Throws `not_found` for a table that is not there, in the same words where the caller may not see it. */
export function tableFor(restriction: Restriction, name: string): TableAccess {
  const access = restriction.view.table(name)
  if (access) return access
  throw noTable(restriction.view, name)
}

/** The rows that the grants allow this caller; undefined for all. Noted for the audit. */
export function policyOf(union: GrantUnion, table: string, restriction: Restriction): Filter | undefined {
  if (union.policy === undefined) return undefined
  const { notes } = restriction
  notes.policies ??= new Map()
  const text = union.text ?? ''
  const noted = notes.policies.get(table)
  if (noted === undefined) notes.policies.set(table, text)
  else if (noted !== text) notes.policies.set(table, `(${noted}) and (${text})`)
  return bindPolicy(union.policy, restriction.principal)
}

/** The smaller of what is asked and what is allowed; undefined: no limit. */
export function atMost(asked: number | undefined, allowed: number | undefined): number | undefined {
  if (asked === undefined || allowed === undefined) return asked ?? allowed
  return Math.min(asked, allowed)
}

/** Milliseconds: what the plan, the grants and the service allow, whichever is least. */
export function timed(plan: { readonly timeoutMs?: number }, granted: number, restriction: Restriction): number {
  return Math.min(plan.timeoutMs ?? granted, granted, restriction.view.service.timeoutMs)
}
