import type { CompareOp, Filter, FilterValue, Path } from '@gatehouse/core'
import { type Collection, fieldOfPath, valueAt } from './collection.js'
import { type Compilation, operandExpression, operands } from './compilation.js'
import { type Condition, conditionOf, type Leaf } from './condition.js'
import { patternOf } from './pattern.js'
import { relatedLookup } from './relate.js'

/**
 * How values of different kinds compare. `typed`: they do not, as in a query document. `total`: as a sort places them,
 * so that a cursor leaves nothing out.
 */
export type Comparison = 'typed' | 'total'

/** A filter as an aggregation expression. */
export function expressionOf(c: Compilation, filter: Filter, collection: Collection, comparison: Comparison): unknown {
  return ofCondition(c, conditionOf(filter), collection, comparison)
}

function ofCondition(c: Compilation, condition: Condition, collection: Collection, comparison: Comparison): unknown {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => ofCondition(c, part, collection, comparison))
      if (parts.length === 1) return parts[0]
      return condition.kind === 'and' ? { $and: parts } : { $or: parts }
    }
    case 'constant':
      return { $literal: condition.value }
    case 'leaf':
      return leafExpression(c, condition.leaf, condition.negated, collection, comparison)
    default:
      return condition satisfies never
  }
}

export function leafExpression(
  c: Compilation,
  leaf: Leaf,
  negated: boolean,
  collection: Collection,
  comparison: Comparison,
): unknown {
  switch (leaf.kind) {
    case 'null': {
      const absent = { $eq: [{ $ifNull: [valueAt(leaf.path), null] }, null] }
      return negated ? { $not: [absent] } : absent
    }
    case 'compare':
      return compareExpression(leaf.path, negated ? opposite[leaf.op] : leaf.op, leaf.value, collection, comparison)
    case 'between': {
      const low = compareExpression(leaf.path, negated ? '<' : '>=', leaf.low, collection, comparison)
      const high = compareExpression(leaf.path, negated ? '>' : '<=', leaf.high, collection, comparison)
      return negated ? { $or: [low, high] } : { $and: [low, high] }
    }
    case 'in': {
      const unknown = leaf.values.some((value) => value.kind === 'literal' && value.value === null)
      const value = valueAt(leaf.path)
      const literals = leaf.values.flatMap((item) => operands(item, leaf.path, collection))
      if (!negated) return { $in: [value, { $literal: literals }] }
      // Whether a value is not NULL cannot be known.
      if (unknown) return { $literal: false }
      return { $and: [present(value), { $not: [{ $in: [value, { $literal: literals }] }] }] }
    }
    case 'match': {
      const value = valueAt(leaf.path)
      const text = fieldOfPath(collection, leaf.path)?.kinds.has('objectId') ? { $toString: value } : value
      const readable = { $in: [{ $type: value }, ['string', 'objectId']] }
      const wanted = leaf.value.kind === 'literal' ? String(leaf.value.value) : ''
      const { pattern, options } = patternOf(leaf.op, wanted)
      const matched = { $regexMatch: { input: text, regex: { $literal: pattern }, options } }
      return { $cond: [readable, negated ? { $not: [matched] } : matched, false] }
    }
    case 'related': {
      const as = relatedLookup(c, leaf, collection)
      const some = { $gt: [{ $size: `$${as}` }, 0] }
      return negated ? { $not: [some] } : some
    }
    default:
      return leaf satisfies never
  }
}

export const opposite: Readonly<Record<CompareOp, CompareOp>> = {
  '=': '!=',
  '!=': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
}
const operators = { '=': '$eq', '!=': '$ne', '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const

/** Neither NULL nor missing. */
function present(value: unknown): unknown {
  return { $ne: [{ $ifNull: [value, null] }, null] }
}

function compareExpression(
  path: Path,
  op: CompareOp,
  operand: FilterValue,
  collection: Collection,
  comparison: Comparison,
): unknown {
  const value = valueAt(path)
  if ((op === '=' || op === '!=') && operand.kind === 'literal') {
    const literals = operands(operand, path, collection)
    if (literals.length === 0) return { $literal: false }
    const equal =
      literals.length === 1 ? { $eq: [value, { $literal: literals[0] }] } : { $in: [value, { $literal: literals }] }
    return op === '=' ? equal : { $and: [present(value), { $not: [equal] }] }
  }
  const other = operandExpression(operand, path, collection)
  const compared = { [operators[op]]: [value, other] }
  // NULL and what is missing sort below everything, so what is greater is there.
  if (comparison === 'total') return op === '<' || op === '<=' ? { $and: [present(value), compared] } : compared
  return { $and: [sameKind(value, other), compared] }
}

function sameKind(a: unknown, b: unknown): unknown {
  return {
    $or: [{ $eq: [{ $type: a }, { $type: b }] }, { $and: [{ $isNumber: a }, { $isNumber: b }] }],
  }
}
