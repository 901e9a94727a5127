import type { Grant, Mask } from '@gatehouse/core'

/** How a grant shows a column. */
export type Sight = 'plain' | 'hidden' | Mask

export function sightOf(grant: Grant, column: string): Sight {
  if (grant.allow && !grant.allow.has(column)) return 'hidden'
  if (grant.deny?.has(column)) return 'hidden'
  return grant.mask.get(column) ?? 'plain'
}

/** True where the grant shows each of the columns as it is. */
export function showsPlainly(grant: Grant, columns: Iterable<string>): boolean {
  for (const column of columns) if (sightOf(grant, column) !== 'plain') return false
  return true
}
