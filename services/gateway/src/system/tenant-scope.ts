import { type AggregatePlan, allOf, type Filter, type RelatedPlan, type SelectPlan } from '@gatehouse/core'

/** Puts the tenant into every question on the store's tables: of the rows asked for, and of all that they lead to. */
export interface TenantScope {
  select(plan: SelectPlan): SelectPlan
  aggregate(plan: AggregatePlan): AggregatePlan
  /** `policy` and that the row is the tenant's. */
  policy(policy: Filter | undefined): Filter
  filter(filter: Filter): Filter
}

/** `others`: names under which rows of the tenant may stand too; those of callers who were not known, in old events. */
export function tenantScope(tenant: string, others: readonly string[] = []): TenantScope {
  const path = { column: 'tenant', keys: [], type: 'text' } as const
  const values = [tenant, ...others].map((value) => ({ kind: 'literal', value }) as const)
  const [only] = values
  const own: Filter =
    only && values.length === 1
      ? { kind: 'compare', path, op: '=', value: only }
      : { kind: 'in', path, values, negated: false }

  const policy = (given: Filter | undefined): Filter => allOf(given && filter(given), own) ?? own

  function filter(given: Filter): Filter {
    switch (given.kind) {
      case 'and':
      case 'or':
        return { kind: given.kind, filters: given.filters.map(filter) }
      case 'not':
        return { kind: 'not', filter: filter(given.filter) }
      case 'related':
        return { ...given, filter: filter(given.filter), policy: policy(given.policy) }
      case 'compare':
      case 'in':
      case 'between':
      case 'null':
      case 'match':
      case 'constant':
        return given
      default:
        return given satisfies never
    }
  }

  const related = (plan: RelatedPlan): RelatedPlan => ({
    ...plan,
    ...(plan.filter && { filter: filter(plan.filter) }),
    policy: policy(plan.policy),
    related: plan.related.map(related),
  })

  return {
    policy,
    filter,
    select: (plan) => ({
      ...plan,
      ...(plan.filter && { filter: filter(plan.filter) }),
      policy: policy(plan.policy),
      related: plan.related.map(related),
    }),
    aggregate: (plan) => ({
      ...plan,
      ...(plan.filter && { filter: filter(plan.filter) }),
      policy: policy(plan.policy),
    }),
  }
}
