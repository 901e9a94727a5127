import {
  batchFailure,
  Failure,
  isFatal,
  type Outcome,
  type Permitted,
  type Plan,
  printJson,
  type Result,
  stringOf,
} from '@gatehouse/core'
import { elementsOf } from './record-text.js'

/**
 * The failure of a batch some of whose records could not be read: with what became of the others, each in its place.
 * Undefined where all could be read, and where the others failed altogether, which is a failure of its own.
 */
export function withRefused(plan: Permitted<Plan>, others: Result | Failure): Failure | undefined {
  const refused = 'refused' in plan ? plan.refused : undefined
  const outcomes = refused && outcomesOf(plan, others)
  if (!outcomes) return undefined
  const rest = outcomes.values()
  const all = Array.from({ length: outcomes.length + refused.size }, (_, place): Outcome => {
    return refused.get(place) ?? rest.next().value ?? '{}'
  })
  return batchFailure(all)
}

function outcomesOf(plan: Permitted<Plan>, others: Result | Failure): readonly Outcome[] | undefined {
  if (!(others instanceof Failure)) return others.kind === 'written' ? elementsOf(stringOf(others.text)) : undefined
  if (others.batch) return others.batch.records.map((one) => (one instanceof Failure ? one : printJson(one)))
  // A batch of one fails as its record does.
  return recordsIn(plan) === 1 && !isFatal(others) ? [others] : undefined
}

function recordsIn(plan: Permitted<Plan>): number | undefined {
  if (plan.kind === 'insert') return plan.rows.length
  if (plan.kind === 'update') return plan.changes.length
  return plan.kind === 'delete' && plan.targets.by === 'key' ? plan.targets.keys.length : undefined
}
