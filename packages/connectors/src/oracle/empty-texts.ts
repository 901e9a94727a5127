import { anyOf, type DataPlan, type Filter, type FilterValue, type Path, type Permitted } from '@gatehouse/core'

/**
 * Oracle holds an empty text as NULL, so what a caller asks of empty texts is asked of NULL: `name = ''` finds the
 * records whose name is NULL. Policies stay as they are: one whose attribute is empty lets nothing through.
 */
export function withoutEmptyTexts(plan: Permitted<DataPlan>): Permitted<DataPlan> {
  switch (plan.kind) {
    case 'select':
      return { ...plan, ...filterOf(plan), related: plan.related.map(relatedOf) }
    case 'aggregate':
      return { ...plan, ...filterOf(plan), ...(plan.having ? { having: rewritten(plan.having) } : {}) }
    case 'update':
      return {
        ...plan,
        changes: plan.changes.map((change) => (change.by === 'filter' ? { ...change, ...filterOf(change) } : change)),
      }
    case 'delete':
      return plan.targets.by === 'filter' ? { ...plan, targets: { ...plan.targets, ...filterOf(plan.targets) } } : plan
    case 'insert':
    case 'call':
      return plan
    default:
      return plan satisfies never
  }
}

function filterOf({ filter }: { readonly filter?: Filter }): { readonly filter?: Filter } {
  return filter ? { filter: rewritten(filter) } : {}
}

function relatedOf<R extends { readonly filter?: Filter; readonly related: readonly R[] }>(related: R): R {
  return { ...related, ...filterOf(related), related: related.related.map(relatedOf) }
}

function rewritten(filter: Filter): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map(rewritten) }
    case 'not':
      return { kind: 'not', filter: rewritten(filter.filter) }
    case 'compare':
      if (!isEmpty(filter.value) || (filter.op !== '=' && filter.op !== '!=')) return filter
      return isNull(filter.path, filter.op === '!=')
    case 'in':
      return withoutEmpty(filter)
    case 'match':
      // The other matches put their wild cards around it, and find every text.
      if (!isEmpty(filter.value) || (filter.op !== 'like' && filter.op !== 'ilike')) return filter
      return isNull(filter.path, filter.negated)
    case 'related':
      return { ...filter, filter: rewritten(filter.filter) }
    case 'between':
    case 'null':
    case 'constant':
      return filter
    default:
      return filter satisfies never
  }
}

function isEmpty(value: FilterValue): boolean {
  return value.kind === 'literal' && value.value === ''
}

function isNull(path: Path, negated: boolean): Filter {
  return { kind: 'null', path, negated }
}

function withoutEmpty(filter: Extract<Filter, { kind: 'in' }>): Filter {
  const values = filter.values.filter((value) => !isEmpty(value))
  if (values.length === filter.values.length) return filter
  const listed = values.length > 0 ? [{ ...filter, values }] : []
  if (filter.negated) return { kind: 'and', filters: [...listed, isNull(filter.path, true)] }
  return anyOf([...listed, isNull(filter.path, false)])
}
