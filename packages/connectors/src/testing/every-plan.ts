import type { DataPlan, Permitted } from '@gatehouse/core'
import { filters } from './plans/filter-plans.js'
import { groups } from './plans/group-plans.js'
import { pages, projections, relations } from './plans/read-plans.js'
import type { PlanMatrix } from './plans/samples.js'
import { writes } from './plans/write-plans.js'

/** A plan with a name that says what it is for. */
export interface NamedPlan {
  readonly name: string
  readonly plan: Permitted<DataPlan>
}

/**
 * One plan for everything that a SQL connector can be asked: each operator with each type, orders and pages, related
 * records of each kind, masks and policies, aggregates, and writes of every form. They are made here and not by
 * `restrict`, which is why they are called permitted.
 */
export function everyPlan(matrix: PlanMatrix): NamedPlan[] {
  const made = [filters, pages, projections, relations, groups, writes].flatMap((family) => [...family(matrix)])
  return made.map(({ name, plan }) => ({ name, plan: plan as Permitted<DataPlan> }))
}
