import type { Filter } from '@gatehouse/core'

/** A test of one value or of related records. */
export type Leaf = Extract<Filter, { kind: 'compare' | 'in' | 'between' | 'null' | 'match' | 'related' }>

/**
 * A filter without NOT: it is pushed down to the leaves, each of which is true only where it is known to be. That is
 * how SQL selects rows (`NOT x = 1` does not hold for a NULL), while a server's `$not` and `$nor` would.
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'leaf'; readonly leaf: Leaf; readonly negated: boolean }

export function conditionOf(filter: Filter, negated = false): Condition {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return {
        kind: (filter.kind === 'and') === negated ? 'or' : 'and',
        parts: filter.filters.map((inner) => conditionOf(inner, negated)),
      }
    case 'not':
      return conditionOf(filter.filter, !negated)
    case 'constant':
      return { kind: 'constant', value: filter.value !== negated }
    case 'compare':
    case 'related':
      return { kind: 'leaf', leaf: filter, negated }
    case 'in':
    case 'between':
    case 'null':
    case 'match':
      return { kind: 'leaf', leaf: { ...filter, negated: false }, negated: filter.negated !== negated }
    default:
      return filter satisfies never
  }
}

/** Whether related records are asked for somewhere inside. */
export function asksRelated(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.some(asksRelated)
    case 'leaf':
      return condition.leaf.kind === 'related'
    case 'constant':
      return false
    default:
      return condition satisfies never
  }
}
