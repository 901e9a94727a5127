import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '@gatehouse/core'
import type { Row } from './access-columns.js'
import type { StoredRole } from './access-rows.js'

/** Works out only what is new among rows that are read again and again. */
export function remembering<T>(work: (row: Row) => T): (rows: readonly Row[]) => T[] {
  let known = new Map<string, { readonly row: Row; readonly value: T }>()
  return (rows) => {
    const next: typeof known = new Map()
    for (const row of rows) {
      const id = String(row.id)
      const before = known.get(id)
      next.set(id, before && sameRow(before.row, row) ? before : { row, value: work(row) })
    }
    known = next
    return [...next.values()].map(({ value }) => value)
  }
}

function sameRow(before: Row, row: Row): boolean {
  for (const name in row) {
    const value = row[name]
    // PostgreSQL's driver has parsed JSON already.
    if (before[name] !== value && !(typeof value === 'object' && isDeepStrictEqual(before[name], value))) return false
  }
  return true
}

/** A role is the same where its row and each of its grants are. */
export function rememberedRoles(): (
  rows: readonly Row[],
  grants: ReadonlyMap<string, readonly JsonObject[]>,
) => StoredRole[] {
  let known = new Map<string, StoredRole>()
  return (rows, grants) => {
    const next: typeof known = new Map()
    for (const { id, name, description } of rows) {
      const role: StoredRole = {
        name: String(name),
        ...(typeof description === 'string' && { description }),
        grants: grants.get(String(id)) ?? [],
      }
      const before = known.get(String(id))
      next.set(String(id), before && sameRole(before, role) ? before : role)
    }
    known = next
    return [...next.values()]
  }
}

function sameRole(before: StoredRole, { name, description, grants }: StoredRole): boolean {
  if (before.name !== name || before.description !== description || before.grants.length !== grants.length) return false
  return grants.every((grant, i) => grant === before.grants[i])
}
