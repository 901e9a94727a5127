import { type CallPlan, type CatalogPlan, type ControlPlan, Failure, type Permitted, type Plan } from '@gatehouse/core'
import { largestOf } from './grant-union.js'
import { routineResource } from './narrow.js'
import { missing } from './not-found.js'
import { restrictFile } from './restrict-file.js'
import { restrictAggregate, restrictSelect } from './restrict-select.js'
import { restrictDelete, restrictInsert, restrictUpdate } from './restrict-write.js'
import { atMost, type Restriction, tableFor, timed } from './restriction.js'

/**
 * Narrows a plan to what the caller may see and change. Nothing that the plan says of policies, checks and views is
 * believed: they are made here, from the grants and the service's whole catalog.
 *
 * Throws `not_found` and `invalid` as for names that do not exist, where the caller may not see them; `forbidden` where
 * it sees and may not; `internal` where a row policy does not parse.
 */
export function restrict(plan: Plan, restriction: Restriction): Permitted<Plan> {
  return permit(narrowed(plan, restriction))
}

function narrowed(plan: Plan, restriction: Restriction): Plan {
  switch (plan.kind) {
    case 'select':
      return restrictSelect(plan, restriction)
    case 'aggregate':
      return restrictAggregate(plan, restriction)
    case 'insert':
      return restrictInsert(plan, restriction)
    case 'update':
      return restrictUpdate(plan, restriction)
    case 'delete':
      return restrictDelete(plan, restriction)
    case 'call':
      return restrictCall(plan, restriction)
    case 'catalog':
      return restrictCatalog(plan, restriction)
    case 'control':
      return restrictControl(plan, restriction)
    default:
      return restrictFile(plan, restriction)
  }
}

/** The one place where a plan becomes a permitted one. */
function permit<P extends Plan>(plan: P): Permitted<P> {
  return plan as Permitted<P>
}

/** Routines cannot be restricted by rows, so they are granted by name alone. */
function restrictCall(plan: CallPlan, restriction: Restriction): CallPlan {
  const { view } = restriction
  const { routine } = plan
  const grants = view.grants(routineResource(routine)).filter((grant) => grant.verbs.has('execute'))
  if (grants.length === 0 || !view.catalog.routines.get(routine.name)?.includes(routine)) {
    const visible = [...view.catalog.routines].filter(([, all]) => all.some(({ kind }) => kind === routine.kind))
    throw missing(
      routine.kind,
      routine.name,
      view,
      visible.map(([name]) => name),
    )
  }
  const timeoutMs = largestOf(grants.map((grant) => grant.timeoutMs))
  return {
    ...plan,
    limit: atMost(plan.limit, largestOf(grants.map((grant) => grant.maxRows))) ?? plan.limit,
    ...(timeoutMs !== undefined && { timeoutMs: timed(plan, timeoutMs, restriction) }),
  }
}

/** Answered from the catalog as the caller sees it, so that only the table is left to check. */
function restrictCatalog(plan: CatalogPlan, restriction: Restriction): CatalogPlan {
  if (plan.table !== undefined) tableFor(restriction, plan.table)
  return plan
}

function restrictControl(plan: ControlPlan, restriction: Restriction): ControlPlan {
  if (restriction.view.service.family === 'system') return plan
  throw new Failure('forbidden', 'Only the system service acts on Gatehouse itself')
}
