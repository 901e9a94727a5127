import { Failure, type Mask, type OrderTerm, type Projection, type RelatedPlan } from '@gatehouse/core'
import type { Document } from 'mongodb'
import { type Collection, collectionOf, dotted, valueAt } from './collection.js'
import type { Compilation } from './compilation.js'
import { expressionOf } from './expression.js'
import { maskExpression } from './masks.js'
import { matchStages } from './query.js'
import { joined, relationshipOf } from './relate.js'

/** How one column of the documents that come back is printed. Their fields are numbered, so that any alias will do. */
export interface ShapeColumn {
  readonly name: string
  readonly field: string
  /** 64-bit integers and decimals, which may be asked for as strings. */
  readonly wide: boolean
  /** `always`: the value is to be hashed. `marked`: it is `{h}` where it is to be, else `{v}`. */
  readonly hash: 'never' | 'always' | 'marked'
}
interface ShapeRelated {
  readonly name: string
  readonly field: string
  /** One record or null, not an array. */
  readonly one: boolean
  readonly shape: Shape
}
export interface Shape {
  readonly columns: readonly ShapeColumn[]
  readonly related: readonly ShapeRelated[]
}

/** The last stages of a pipeline: what to show of each document, as `restrict` lets it be seen. */
export function projectStages(
  c: Compilation,
  projections: readonly Projection[],
  related: readonly RelatedPlan[],
  collection: Collection,
  more: Document = {},
): { stages: Document[]; shape: Shape } {
  const fields: Document = { _id: 0 }
  const columns = projections.map((projection, i) => {
    const column = collection.table.columns.get(projection.column)
    if (!column) throw new Failure('internal', 'A plan names a column that is not there')
    const field = `c${i}`
    const { value, hash } = viewed(c, projection, collection)
    fields[field] = value
    return { name: projection.name, field, wide: column.type === 'bigint' || column.type === 'decimal', hash }
  })
  const stages = c.taken()
  const nested = related.map((plan, i) => {
    const field = `r${i}`
    const { lookup, shape, one } = nest(c, plan, collection, field)
    stages.push(lookup)
    fields[field] = 1
    return { name: plan.relationship, field, one, shape }
  })
  stages.push({ $project: { ...fields, ...more } })
  return { stages, shape: { columns, related: nested } }
}

function nest(c: Compilation, plan: RelatedPlan, collection: Collection, as: string) {
  const relationship = relationshipOf(collection, plan.relationship)
  const other = collectionOf(c.collections, relationship.table)
  const one = relationship.kind === 'belongs_to'
  const selected = matchStages(c, [plan.filter, plan.policy], other)
  const page = [...sortStages(plan.order, other), { $limit: Math.max(1, one ? 1 : plan.limit) }]
  const { stages, shape } = projectStages(c, plan.columns, plan.related, other)
  // A limit of 0 is one that no server takes.
  const none: Document[] = plan.limit === 0 && !one ? [{ $match: { _id: { $in: [] } } }] : []
  const lookup = joined(c, relationship, [...none, ...selected], [...page, ...stages], as, plan.junctionPolicy)
  return { lookup, shape, one }
}

function viewed(c: Compilation, projection: Projection, collection: Collection) {
  const value = valueAt({ column: projection.column, keys: [] })
  const { views } = projection
  if (views === undefined) return { value, hash: 'never' as const }
  const [view, ...more] = views
  if (view && !view.when && more.length === 0) {
    return { value: shown(view.mask, value), hash: view.mask === 'hash' ? ('always' as const) : ('never' as const) }
  }
  const marked = views.some(({ mask }) => mask === 'hash')
  const branches: Document[] = []
  let otherwise: unknown = { $literal: null }
  for (const { when, mask } of views) {
    const plain = shown(mask, value)
    const then = marked ? { [mask === 'hash' ? 'h' : 'v']: plain } : plain
    if (!when) {
      otherwise = then
      break
    }
    branches.push({ case: expressionOf(c, when, collection, 'typed'), then })
  }
  const hash = marked ? ('marked' as const) : ('never' as const)
  return { value: branches.length === 0 ? otherwise : { $switch: { branches, default: otherwise } }, hash }
}

function shown(mask: Mask | undefined, value: unknown): unknown {
  return mask === undefined ? value : maskExpression(mask, value)
}

/** An order with NULLs where the plan wants them: a server has them first ascending and last descending. */
export function sortStages(order: readonly OrderTerm[], collection: Collection): Document[] {
  if (order.length === 0) return []
  const flags: Document = {}
  const sort: [string, 1 | -1][] = []
  order.forEach((term, i) => {
    const nullable = term.path.keys.length > 0 || (collection.table.columns.get(term.path.column)?.nullable ?? true)
    const natural = term.descending ? 'last' : 'first'
    if (nullable && term.nulls !== natural) {
      const flag = `__null${i}`
      flags[flag] = { $cond: [{ $eq: [{ $ifNull: [valueAt(term.path), null] }, null] }, 1, 0] }
      sort.push([flag, term.nulls === 'last' ? 1 : -1])
    }
    sort.push([dotted(term.path), term.descending ? -1 : 1])
  })
  const stage = { $sort: new Map(sort) }
  return Object.keys(flags).length > 0 ? [{ $set: flags }, stage] : [stage]
}
