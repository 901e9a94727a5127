import { Aggregator } from 'mingo/aggregator'
import { Context, evalExpr } from 'mingo/core'
import { Lazy } from 'mingo/lazy'
import * as accumulators from 'mingo/operators/accumulator'
import * as expressions from 'mingo/operators/expression'
import * as pipeline from 'mingo/operators/pipeline'
import * as projection from 'mingo/operators/projection'
import * as queries from 'mingo/operators/query'
import { Query } from 'mingo/query'
import { add, classOf, compare, keyText, mean, typeName, valuesAt } from './values.mjs'

/** @typedef {import('./values.mjs').Doc} Doc */
/** @typedef {(collection: string) => Doc[]} Resolve */

/**
 * Pipelines and queries are mingo's. What it takes for plain JavaScript values is ours: how BSON's numbers, keys and
 * texts compare, sort, add up and join.
 */
const own = {
  query: {
    $eq: test((found, wanted) => equal(found, wanted)),
    $ne: test((found, wanted) => equal(found, wanted), true),
    $in: listed(false),
    $nin: listed(true),
    $lt: test((found, wanted) => alike(found, wanted) && compare(found, wanted) < 0),
    $lte: test((found, wanted) => alike(found, wanted) && compare(found, wanted) <= 0),
    $gt: test((found, wanted) => alike(found, wanted) && compare(found, wanted) > 0),
    $gte: test((found, wanted) => alike(found, wanted) && compare(found, wanted) >= 0),
    $type: test((found, wanted) => typeName(found) === wanted),
  },
  expression: {
    $eq: compared((order) => order === 0),
    $ne: compared((order) => order !== 0),
    $lt: compared((order) => order < 0),
    $lte: compared((order) => order <= 0),
    $gt: compared((order) => order > 0),
    $gte: compared((order) => order >= 0),
    $in: given((value, list) => list.some((/** @type {unknown} */ one) => compare(value, one) === 0)),
    $type: given((value) => typeName(value)),
    $isNumber: given((value) => classOf(value) === 'number'),
    $toString: given((value) => textOf(value)),
    $setDifference: given((a, b) =>
      a.filter((/** @type {unknown} */ x) => !b.some((/** @type {unknown} */ y) => compare(x, y) === 0)),
    ),
    $indexOfCP: given((text, part) => [...String(text).slice(0, String(text).indexOf(part) + 1 || 0)].length - 1),
    $convert: convert,
    // The body of a function is not run here: it has slept before the pipeline began, and answers 1.
    $function: () => 1,
  },
  accumulator: {
    $sum: accumulated(add),
    $avg: accumulated(mean),
    $min: accumulated((values) => extreme(values, -1)),
    $max: accumulated((values) => extreme(values, 1)),
    $addToSet: accumulated((values) => [...new Map(values.map((value) => [keyText(value), value])).values()]),
  },
  pipeline: { $sort: sort, $lookup: lookup },
}

const context = Context.init({
  query: { ...queries, ...own.query },
  expression: { ...expressions, ...own.expression },
  accumulator: { ...accumulators, ...own.accumulator },
  pipeline: { ...pipeline, ...own.pipeline },
  projection: { ...projection },
})

function optionsOf(/** @type {Resolve} */ resolve) {
  return { context, collectionResolver: resolve, scriptEnabled: false }
}

/** Runs a pipeline over documents, which it leaves as they are. @returns {Doc[]} */
export function aggregate(/** @type {Doc[]} */ documents, /** @type {Doc[]} */ stages, /** @type {Resolve} */ resolve) {
  return new Aggregator(stages, optionsOf(resolve)).run(documents)
}

/** @returns {(document: Doc) => boolean} */
export function matcher(/** @type {Doc} */ query, /** @type {Resolve} */ resolve) {
  const made = new Query(query, optionsOf(resolve))
  return (document) => made.test(document)
}

function equal(/** @type {unknown} */ found, /** @type {unknown} */ wanted) {
  return wanted === null ? found === null || found === undefined : compare(found, wanted) === 0
}

function alike(/** @type {unknown} */ a, /** @type {unknown} */ b) {
  return classOf(a) === classOf(b)
}

/** `$in` and `$nin`: long lists are looked up, not gone through. */
function listed(/** @type {boolean} */ negated) {
  return (/** @type {string} */ path, /** @type {unknown[]} */ wanted) => {
    const keys = new Set(wanted.map((value) => keyText(value ?? null)))
    return test((found) => keys.has(keyText(found ?? null)), negated)(path, wanted)
  }
}

/** A query operator: holds where one of the values at the path meets it; negated, where none does. */
function test(/** @type {(found: unknown, wanted: any) => boolean} */ meets, negated = false) {
  return (/** @type {string} */ path, /** @type {unknown} */ wanted) => {
    const keys = path.split('.')
    return (/** @type {Doc} */ document) => valuesAt(document, keys).some((found) => meets(found, wanted)) !== negated
  }
}

function given(/** @type {(...values: any[]) => unknown} */ run) {
  return (/** @type {Doc} */ document, /** @type {unknown} */ parts, /** @type {any} */ options) =>
    run(...(Array.isArray(parts) ? parts : [parts]).map((part) => evalExpr(document, part, options)))
}

function compared(/** @type {(order: number) => boolean} */ holds) {
  return given((a, b) => holds(compare(a, b)))
}

function textOf(/** @type {any} */ value) {
  if (value === null || value === undefined) return null
  switch (classOf(value)) {
    case 'object':
    case 'array':
    case 'binData':
      throw new Error('Unsupported conversion to string')
    case 'date':
      return value.toISOString()
    default:
      return String(value)
  }
}

function convert(
  /** @type {Doc} */ document,
  /** @type {any} */ { input, onError, onNull },
  /** @type {any} */ options,
) {
  try {
    return textOf(evalExpr(document, input, options)) ?? evalExpr(document, onNull, options)
  } catch (error) {
    if (onError === undefined) throw error
    return evalExpr(document, onError, options)
  }
}

function accumulated(/** @type {(values: unknown[]) => unknown} */ run) {
  return (/** @type {Doc[]} */ documents, /** @type {unknown} */ expression, /** @type {any} */ options) =>
    run(accumulators.$push(documents, /** @type {any} */ (expression), options))
}

function extreme(/** @type {unknown[]} */ values, /** @type {number} */ sign) {
  let found
  for (const value of values) {
    if (value === null || value === undefined) continue
    if (found === undefined || compare(value, found) * sign > 0) found = value
  }
  return found ?? null
}

function sort(/** @type {any} */ source, /** @type {Record<string, number>} */ keys) {
  const terms = Object.entries(keys).map(([path, direction]) => ({ keys: path.split('.'), direction }))
  const keyOf = (/** @type {Doc} */ document, /** @type {typeof terms[0]} */ term) => {
    const values = valuesAt(document, term.keys).filter((value) => !Array.isArray(value))
    return values.reduce((a, b) => (compare(a, b) * term.direction <= 0 ? a : b), values[0])
  }
  return source.transform((/** @type {Doc[]} */ documents) => {
    const keyed = documents.map((document) => ({ document, keys: terms.map((term) => keyOf(document, term)) }))
    keyed.sort((a, b) => {
      for (const [i, { direction }] of terms.entries()) {
        const order = compare(a.keys[i], b.keys[i])
        if (order !== 0) return order * direction
      }
      return 0
    })
    return Lazy(keyed.map(({ document }) => document))
  })
}

/** Joins what is missing with what is missing, as a server does. */
function lookup(
  /** @type {any} */ source,
  /** @type {any} */ { from, localField, foreignField, let: variables = {}, pipeline: stages = [], as },
  /** @type {any} */ options,
) {
  const others = /** @type {Doc[]} */ (options.collectionResolver(from))
  const index = foreignField === undefined ? undefined : indexed(others, foreignField.split('.'))
  return source.map((/** @type {Doc} */ document) => {
    let found = others
    if (index) {
      const keys = new Set(valuesAt(document, localField.split('.')).map((value) => keyText(value ?? null)))
      found = [...new Set([...keys].flatMap((key) => index.get(key) ?? []))]
    }
    const values = Object.fromEntries(
      Object.entries(variables).map(([name, expression]) => [name, evalExpr(document, expression, options)]),
    )
    const inner = options.options ?? options
    const run = new Aggregator(stages, { ...inner, variables: { ...inner.variables, ...values } })
    return { ...document, [as]: run.run(found) }
  })
}

function indexed(/** @type {Doc[]} */ documents, /** @type {string[]} */ keys) {
  /** @type {Map<string, Doc[]>} */
  const index = new Map()
  for (const document of documents) {
    for (const key of new Set(valuesAt(document, keys).map((value) => keyText(value ?? null)))) {
      const known = index.get(key)
      if (known) known.push(document)
      else index.set(key, [document])
    }
  }
  return index
}
