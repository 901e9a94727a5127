import type {
  AggregatePlan,
  Filter,
  FilterValue,
  OrderTerm,
  Projection,
  RelatedPlan,
  Scalar,
  SelectPlan,
} from '@gatehouse/core'
import type { ValueNode } from './compilation.js'
import { paddedLength } from './filter-sql.js'

/**
 * What of a plan makes its statement (the key) and what is a value of this call only (the nodes). Plans with equal keys
 * have equal statements, and their nodes are the values of the same placeholders.
 */
export class Shape {
  key: string
  readonly nodes: ValueNode[] = []

  constructor(kind: string) {
    this.key = kind
  }

  add(part: string | number | undefined): this {
    this.key += `|${part ?? ''}`
    return this
  }

  names(names: readonly string[]): this {
    this.key += '|'
    for (const name of names) this.key += quoted(name)
    return this
  }

  value(value: Scalar): ValueNode {
    const node: ValueNode = { kind: 'literal', value }
    this.nodes.push(node)
    return node
  }

  filter(filter: Filter | undefined): this {
    this.key += '|'
    if (filter) this.condition(filter)
    return this
  }

  order(order: readonly OrderTerm[]): this {
    this.key += '|'
    for (const term of order) {
      this.path(term.path)
      this.key += `${term.descending ? '-' : '+'}${term.nulls === 'first' ? 'f' : 'l'}`
    }
    return this
  }

  projections(projections: readonly Projection[]): this {
    const { key, conditional } = projectionKey(projections)
    this.key += `|${key}`
    for (const { views } of conditional) for (const view of views ?? []) if (view.when) this.condition(view.when)
    return this
  }

  related(plans: readonly RelatedPlan[]): this {
    for (const plan of plans) {
      this.key += `{${quoted(plan.relationship)}${plan.limit}`
      this.projections(plan.columns)
        .filter(plan.filter)
        .filter(plan.policy)
        .filter(plan.junctionPolicy)
        .order(plan.order)
      this.related(plan.related)
      this.key += '}'
    }
    return this
  }

  private condition(filter: Filter): void {
    switch (filter.kind) {
      case 'and':
      case 'or':
        this.key += filter.kind === 'and' ? '&(' : 'v('
        for (const inner of filter.filters) this.condition(inner)
        this.key += ')'
        return
      case 'not':
        this.key += '!('
        this.condition(filter.filter)
        this.key += ')'
        return
      case 'constant':
        this.key += filter.value ? 'T' : 'F'
        return
      case 'null':
        this.path(filter.path)
        this.key += filter.negated ? 'N' : 'n'
        return
      case 'compare':
        this.path(filter.path)
        this.key += filter.op
        this.operand(filter.value)
        return
      case 'between':
        this.path(filter.path)
        this.key += filter.negated ? 'B' : 'b'
        this.operand(filter.low)
        this.operand(filter.high)
        return
      case 'in':
        this.path(filter.path)
        this.key += `${filter.negated ? 'I' : 'i'}${paddedLength(filter.values.length)}`
        for (const value of filter.values) this.operand(value)
        // The padding repeats the last value, so it has no nodes of its own.
        return
      case 'match':
        this.path(filter.path)
        this.key += `${filter.negated ? 'M' : 'm'}${filter.op}`
        this.operand(filter.value)
        return
      case 'related':
        this.key += `e${quoted(filter.relationship)}(`
        this.condition(filter.filter)
        this.filter(filter.policy).filter(filter.junctionPolicy)
        this.key += ')'
        return
      default:
        filter satisfies never
    }
  }

  private operand(value: FilterValue): void {
    if (value.kind === 'literal') {
      this.key += '?'
      this.nodes.push(value)
    } else if (value.kind === 'clock') {
      this.key += `${value.base}${value.offset ? `${value.offset.amount}${value.offset.unit}` : ''};`
    }
  }

  private path(path: OrderTerm['path']): void {
    this.key += quoted(path.column)
    if (path.keys.length > 0) this.key += `${JSON.stringify(path.keys)}${path.type}`
  }
}

/** Names as JSON texts, which no other part of a key can be taken for; the same ones come again and again. */
const quotedNames = new Map<string, string>()
function quoted(name: string): string {
  let text = quotedNames.get(name)
  if (text === undefined) {
    text = JSON.stringify(name)
    if (quotedNames.size >= mostKept) quotedNames.clear()
    quotedNames.set(name, text)
  }
  return text
}

interface ProjectionKey {
  /** Short, since it is part of a key that is hashed for each call; equal for equal lists. */
  readonly key: string
  /** Those that are shown for some rows only, by conditions that have values of their own. */
  readonly conditional: readonly Projection[]
}
const projectionKeys = new WeakMap<readonly Projection[], ProjectionKey>()
const projectionNumbers = new Map<string, number>()
let lastNumber = 0
const mostKept = 5000

/** A number for each text. Numbers are never used again, so a text that was forgotten just gets another one. */
function numberOf(text: string): number {
  let number = projectionNumbers.get(text)
  if (number === undefined) {
    number = ++lastNumber
    if (projectionNumbers.size >= mostKept) projectionNumbers.clear()
    projectionNumbers.set(text, number)
  }
  return number
}

/** Lists of projections are immutable and mostly made once, so their key is made once too. */
function projectionKey(projections: readonly Projection[]): ProjectionKey {
  const known = projectionKeys.get(projections)
  if (known) return known
  const parts = projections.map(({ name, column, views }) => [
    name,
    column,
    views?.map((view) => [view.mask, view.when !== undefined]),
  ])
  const made = {
    key: `p${numberOf(JSON.stringify(parts))}`,
    conditional: projections.filter(({ views }) => views?.some((view) => view.when)),
  }
  projectionKeys.set(projections, made)
  return made
}

export function shapeOfSelect(plan: SelectPlan): { shape: Shape; offset: ValueNode | undefined } {
  const shape = new Shape('select')
    .add(quoted(plan.table))
    .add(plan.limit)
    .add(plan.shape)
    .add(plan.format)
    .add(plan.numbers)
  shape.add(plan.keyset ? 'k' : '').add(plan.stream ? 's' : '')
  shape.projections(plan.columns).related(plan.related)
  shape.filter(plan.filter).filter(plan.policy).filter(plan.after).order(plan.order)
  return { shape, offset: plan.offset > 0 ? shape.add('o').value(plan.offset) : undefined }
}

export function shapeOfCount(plan: SelectPlan): Shape {
  return new Shape('count').add(quoted(plan.table)).filter(plan.filter).filter(plan.policy)
}

export function shapeOfAggregate(plan: AggregatePlan): { shape: Shape; offset: ValueNode | undefined } {
  const shape = new Shape('aggregate').add(quoted(plan.table)).add(plan.limit).add(plan.format).add(plan.numbers)
  shape.add(JSON.stringify([plan.groups, plan.aggregates]))
  shape.filter(plan.filter).filter(plan.policy).filter(plan.having).order(plan.order)
  return { shape, offset: plan.offset > 0 ? shape.add('o').value(plan.offset) : undefined }
}
