import type { AcrossRelationship, Table } from '@gatehouse/core'

/** The relationship to another service with which a path begins, and what of the path is behind it. */
export function acrossIn(
  table: Table,
  path: string,
): { readonly relationship: AcrossRelationship; readonly rest: string } | undefined {
  for (const relationship of table.across?.values() ?? []) {
    const { name } = relationship
    if (path === name) return { relationship, rest: '' }
    if (path.startsWith(`${name}.`)) return { relationship, rest: path.slice(name.length + 1) }
  }
  return undefined
}
