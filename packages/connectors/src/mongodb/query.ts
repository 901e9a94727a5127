import type { CompareOp, Filter, FilterValue } from '@gatehouse/core'
import type { Document } from 'mongodb'
import { type Collection, dotted, fieldOfPath } from './collection.js'
import { type Compilation, operands } from './compilation.js'
import { asksRelated, type Condition, conditionOf, type Leaf } from './condition.js'
import { leafExpression, opposite } from './expression.js'
import { patternOf } from './pattern.js'
import { relatedLookup } from './relate.js'

/**
 * A filter as a query document. Every value stands behind an operator of ours (`{name: {$eq: value}}`), so that no
 * value can be one.
 */
export function queryOf(c: Compilation, filter: Filter, collection: Collection): Document {
  return ofCondition(c, conditionOf(filter), collection)
}

/**
 * The stages that select what meets all filters. Each filter is a node of its own, so that none can change what
 * another means. What needs related records comes last: it is looked up for few.
 */
export function matchStages(
  c: Compilation,
  filters: readonly (Filter | undefined)[],
  collection: Collection,
): Document[] {
  const conditions = filters.flatMap((filter) => (filter ? conjuncts(conditionOf(filter)) : []))
  const own = conditions.filter((condition) => !asksRelated(condition))
  const related = conditions.filter(asksRelated)
  const stages: Document[] = []
  for (const group of [own, related]) {
    if (group.length === 0) continue
    const queries = group.map((condition) => ofCondition(c, condition, collection))
    stages.push(...c.taken(), { $match: queries.length === 1 ? queries[0] : { $and: queries } })
  }
  return stages
}

/** The filters as queries, without what needs related records: a write cannot ask for those. */
export function ownQuery(c: Compilation, filters: readonly (Filter | undefined)[], collection: Collection): Document[] {
  return filters
    .flatMap((filter) => (filter ? conjuncts(conditionOf(filter)) : []))
    .filter((condition) => !asksRelated(condition))
    .map((condition) => ofCondition(c, condition, collection))
}

function conjuncts(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.parts.flatMap(conjuncts) : [condition]
}

const nothing: Document = { _id: { $in: [] } }

function ofCondition(c: Compilation, condition: Condition, collection: Collection): Document {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      if (condition.parts.length === 0) return condition.kind === 'and' ? {} : nothing
      const parts = condition.parts.map((part) => ofCondition(c, part, collection))
      return condition.kind === 'and' ? { $and: parts } : { $or: parts }
    }
    case 'constant':
      return condition.value ? {} : nothing
    case 'leaf':
      return ofLeaf(c, condition.leaf, condition.negated, collection)
    default:
      return condition satisfies never
  }
}

function ofLeaf(c: Compilation, leaf: Leaf, negated: boolean, collection: Collection): Document {
  switch (leaf.kind) {
    case 'null':
      return { [dotted(leaf.path)]: negated ? { $ne: null } : { $eq: null } }
    case 'compare':
      if (isClock(leaf.value)) return { $expr: leafExpression(c, leaf, negated, collection, 'typed') }
      return {
        [dotted(leaf.path)]: comparison(
          negated ? opposite[leaf.op] : leaf.op,
          operands(leaf.value, leaf.path, collection),
          negated,
        ),
      }
    case 'between': {
      if (isClock(leaf.low) || isClock(leaf.high)) {
        return { $expr: leafExpression(c, leaf, negated, collection, 'typed') }
      }
      const field = dotted(leaf.path)
      const low = comparison(negated ? '<' : '>=', operands(leaf.low, leaf.path, collection), negated)
      const high = comparison(negated ? '>' : '<=', operands(leaf.high, leaf.path, collection), negated)
      return { [negated ? '$or' : '$and']: [{ [field]: low }, { [field]: high }] }
    }
    case 'in': {
      const values = leaf.values.flatMap((value) => operands(value, leaf.path, collection))
      const unknown = leaf.values.some((value) => value.kind === 'literal' && value.value === null)
      // Whether a value is not NULL cannot be known.
      if (negated && unknown) return nothing
      return { [dotted(leaf.path)]: negated ? { $nin: [...values, null] } : { $in: values } }
    }
    case 'match': {
      if (fieldOfPath(collection, leaf.path)?.kinds.has('objectId')) {
        return { $expr: leafExpression(c, leaf, negated, collection, 'typed') }
      }
      const wanted = leaf.value.kind === 'literal' ? String(leaf.value.value) : ''
      const { pattern, options } = patternOf(leaf.op, wanted)
      const matched = options === '' ? { $regex: pattern } : { $regex: pattern, $options: options }
      const field = dotted(leaf.path)
      return negated
        ? { $and: [{ [field]: { $type: 'string' } }, { [field]: { $not: matched } }] }
        : { [field]: matched }
    }
    case 'related': {
      const as = relatedLookup(c, leaf, collection)
      return { [as]: negated ? { $eq: [] } : { $ne: [] } }
    }
    default:
      return leaf satisfies never
  }
}

function isClock(value: FilterValue): boolean {
  return value.kind !== 'literal'
}

/** `negated`: of an array, no element may be on the other side. */
function comparison(op: CompareOp, values: readonly unknown[], negated: boolean): Document {
  const [value] = values
  if (value === undefined) return { $in: [] }
  switch (op) {
    case '=':
      return values.length === 1 ? { $eq: value } : { $in: values }
    case '!=':
      return { $nin: [...values, null] }
    case '<':
      return negated ? { $lt: value, $not: { $gte: value } } : { $lt: value }
    case '<=':
      return negated ? { $lte: value, $not: { $gt: value } } : { $lte: value }
    case '>':
      return negated ? { $gt: value, $not: { $lte: value } } : { $gt: value }
    case '>=':
      return negated ? { $gte: value, $not: { $lt: value } } : { $gte: value }
    default:
      return op satisfies never
  }
}
