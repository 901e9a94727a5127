import { Failure, type FailureDetails, type JsonValue, type Permitted, type Plan, type Table } from '@gatehouse/core'
import type { View } from './view.js'

/**
 * A source's failure in words that name nothing which the caller may not see: a unique key or a foreign key can lead
 * to hidden columns and tables. Itself where it names none.
 */
export function withoutHiddenNames(failure: Failure, plan: Permitted<Plan>, view: View): Failure {
  const hidden = hiddenNames('table' in plan ? plan.table : undefined, view)
  return hidden === undefined ? failure : cleaned(failure, hidden)
}

function cleaned(failure: Failure, hidden: RegExp): Failure {
  const records = failure.batch?.records.map((record) => (record instanceof Failure ? cleaned(record, hidden) : record))
  const changed = records?.some((record, i) => record !== failure.batch?.records[i]) ?? false
  const speaks = hidden.test(failure.message)
  const hints = failure.hint !== undefined && hidden.test(failure.hint)
  const tells = failure.context !== undefined && hidden.test(JSON.stringify(failure.context))
  if (!changed && !speaks && !hints && !tells) return failure
  const details: { -readonly [K in keyof FailureDetails]: FailureDetails[K] } = { cause: failure.cause }
  if (failure.hint !== undefined && !hints && !tells) details.hint = failure.hint
  if (failure.context !== undefined && !hints && !tells) details.context = failure.context
  if (failure.retryAfter !== undefined) details.retryAfter = failure.retryAfter
  if (failure.batch && records)
    details.batch = { failed: failure.batch.failed, records: records as (JsonValue | Failure)[] }
  return new Failure(failure.code, speaks ? 'The database refused the call' : failure.message, details)
}

// A view lasts as long as its catalog and roles do, and so do the names that it hides.
const known = new WeakMap<View, Map<string, RegExp | undefined>>()

/** Tables that the caller does not see, columns of the table at hand, and those by which other tables refer to it. */
function hiddenNames(table: string | undefined, view: View): RegExp | undefined {
  const byTable = known.get(view) ?? new Map<string, RegExp | undefined>()
  known.set(view, byTable)
  const key = table ?? ''
  if (byTable.has(key)) return byTable.get(key)
  const names = [...view.full.tables.keys()].filter((name) => !view.catalog.tables.has(name))
  const full = view.full.tables.get(key)
  if (full) {
    const seen = view.catalog.tables.get(key)
    names.push(...hiddenColumns(full, seen))
    names.push(...hiddenReferences(key, view).filter((name) => !seen?.columns.has(name)))
  }
  const parts = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  // Names stand inside those of keys as well: `customers_ssn_key`.
  const pattern =
    parts.length === 0 ? undefined : new RegExp(`(?<![\\p{L}\\p{N}])(?:${parts.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
  byTable.set(key, pattern)
  return pattern
}

function hiddenColumns(full: Table, seen: Table | undefined): readonly string[] {
  return [...full.columns.keys()].filter((name) => !seen?.columns.has(name))
}

function hiddenReferences(table: string, view: View): readonly string[] {
  return [...view.full.tables.values()].flatMap((other) => {
    const columns = view.catalog.tables.get(other.name)?.columns
    const referring = other.foreignKeys.filter((key) => key.references === table).flatMap((key) => key.columns)
    return referring.filter((name) => !columns?.has(name))
  })
}
