import { isDeepStrictEqual } from 'node:util'
import type { StoredEvent } from '@gatehouse/core'
import type { Problem } from './chain-check.js'

/** Columns that no longer say what the event's text says. The text is what the hash protects. */
export function* changedColumns(
  { chain, seq, columns }: StoredEvent,
  members: Readonly<Record<string, unknown>>,
): Generator<Problem> {
  for (const [name, value] of Object.entries(columns ?? {})) {
    if (sameValue(value, members[name])) continue
    const message = `Event ${seq} of ${chain} has a changed column: ${name}`
    yield { chain, seq, kind: 'changed', message }
  }
}

function sameValue(column: string | number | null, member: unknown): boolean {
  if (member === undefined || member === null) return column === null
  // A database may keep JSON in another order and with other spaces.
  if (typeof member === 'object') return isDeepStrictEqual(parsed(column), member)
  return column === member
}

function parsed(column: string | number | null): unknown {
  try {
    return JSON.parse(String(column))
  } catch {
    return undefined
  }
}
