import {
  type AggregatePlan,
  columnNamed,
  Failure,
  type Filter,
  type Having,
  type OrderTerm,
  type RelatedPlan,
  type SelectPlan,
  visit,
} from '@gatehouse/core'
import { copySelect, type Mutable } from './copy-plan.js'
import type { GrantUnion } from './grant-union.js'
import { addColumns, junctionPolicyOf, relationshipOf, requireAcross, restrictFilter } from './restrict-filter.js'
import { restrictProjection } from './restrict-projection.js'
import { atMost, policyOf, type Restriction, tableFor, timed } from './restriction.js'
import { type TableAccess, usable } from './table-access.js'

export function restrictSelect(plan: SelectPlan, restriction: Restriction): SelectPlan {
  const access = tableFor(restriction, plan.table)
  const union = usable(access, 'read', access.verbs.read.plain ? undefined : selectColumns(plan, access))
  const restricted = copySelect(plan)
  restricted.columns = restrictProjection(plan.columns, access, union, 'read', restriction)
  for (const { relationship } of plan.across?.plans ?? []) requireAcross(access, relationship)
  if (plan.related.length > 0) restricted.related = restrictRelated(plan.related, access, restriction)
  if (plan.filter) restricted.filter = restrictFilter(plan.filter, access, restriction)
  if (plan.after) restricted.after = restrictFilter(plan.after, access, restriction)
  const policy = policyOf(union, plan.table, restriction)
  if (policy) restricted.policy = policy
  putBudget(restricted, union, restriction)
  // Estimates come from statistics of all rows, so who sees some of them gets their true count.
  if (plan.count === 'estimated' && restriction.notes.policies) restricted.count = 'exact'
  return restricted
}

/** Lowers limit and time to what the grants allow; `meta` then says what was cut. */
function putBudget(plan: Mutable<SelectPlan | AggregatePlan>, union: GrantUnion, restriction: Restriction): void {
  const { maxRows, timeoutMs } = union
  if (maxRows !== undefined && plan.limit > maxRows) {
    plan.cut = { asked: plan.cut?.asked ?? plan.limit, allowed: maxRows }
    plan.limit = maxRows
  }
  if (timeoutMs !== undefined) plan.timeoutMs = timed(plan, timeoutMs, restriction)
}

function selectColumns(plan: SelectPlan, access: TableAccess): ReadonlySet<string> {
  const columns = new Set<string>()
  addColumns(plan.filter, access, columns)
  addColumns(plan.after, access, columns)
  addOrder(plan.order, columns)
  addLinks(plan.related, access, columns)
  for (const { columns: own } of plan.across?.plans ?? []) for (const column of own) columns.add(column)
  return columns
}

function addOrder(order: readonly OrderTerm[], columns: Set<string>): void {
  for (const term of order) columns.add(term.path.column)
}

/** Nesting records shows which of them belong together, so the columns that link them are read. */
function addLinks(related: readonly RelatedPlan[], access: TableAccess, columns: Set<string>): void {
  for (const plan of related) {
    for (const column of relationshipOf(access, plan.relationship).columns) columns.add(column)
  }
}

function restrictRelated(
  plans: readonly RelatedPlan[],
  parent: TableAccess,
  restriction: Restriction,
): readonly RelatedPlan[] {
  return plans.map((plan) => {
    const relationship = relationshipOf(parent, plan.relationship)
    const access = tableFor(restriction, relationship.table)
    const columns = new Set(relationship.foreignColumns)
    addColumns(plan.filter, access, columns)
    addOrder(plan.order, columns)
    addLinks(plan.related, access, columns)
    const union = usable(access, 'read', columns)
    const policy = policyOf(union, access.table.name, restriction)
    const junctionPolicy = junctionPolicyOf(relationship, restriction)
    const limit = atMost(plan.limit, union.maxRows) ?? plan.limit
    const limited = plan.limited ?? (limit < plan.limit && relationship.kind !== 'belongs_to')
    return {
      relationship: plan.relationship,
      table: relationship.table,
      columns: restrictProjection(plan.columns, access, union, 'read', restriction),
      order: plan.order,
      limit,
      ...(limited && { limited }),
      related: plan.related.length === 0 ? plan.related : restrictRelated(plan.related, access, restriction),
      ...(plan.filter && { filter: restrictFilter(plan.filter, access, restriction) }),
      ...(policy && { policy }),
      ...(junctionPolicy && { junctionPolicy }),
    }
  })
}

export function restrictAggregate(plan: AggregatePlan, restriction: Restriction): AggregatePlan {
  const access = tableFor(restriction, plan.table)
  const columns = new Set<string>()
  addColumns(plan.filter, access, columns)
  const results = new Set<string>()
  for (const term of [...plan.groups, ...plan.aggregates]) {
    if (term.column !== undefined) columns.add(term.column)
    results.add(term.name)
  }
  for (const column of columns) columnNamed(access.seen, column)
  onlyResults(plan.having, plan.order, results)
  const union = usable(access, 'read', columns)
  const { policy: _policy, ...rest } = plan
  const restricted: Mutable<AggregatePlan> = rest
  if (plan.filter) restricted.filter = restrictFilter(plan.filter, access, restriction)
  const policy = policyOf(union, plan.table, restriction)
  if (policy) restricted.policy = policy
  putBudget(restricted, union, restriction)
  return restricted
}

/** Conditions on groups and their order name results, never columns. */
function onlyResults(having: Having | undefined, order: readonly OrderTerm[], results: ReadonlySet<string>): void {
  const check = (name: string) => {
    if (!results.has(name)) throw new Failure('invalid', `\`${name.slice(0, 100)}\` is not one of the results`)
  }
  for (const term of order) check(term.path.column)
  if (!having) return
  visit(having, (part: Filter) => {
    if (part.kind === 'related') check(part.relationship)
    else if ('path' in part) check(part.path.column)
  })
}
