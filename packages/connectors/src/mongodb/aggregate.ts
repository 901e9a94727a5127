import {
  type AggregateFunction,
  type AggregatePlan,
  type AggregateTerm,
  type CallContext,
  type Column,
  Failure,
  type GroupTerm,
  type Path,
  type Permitted,
  type Result,
} from '@gatehouse/core'
import type { Document } from 'mongodb'
import { type Collection, collectionOf } from './collection.js'
import { Compilation } from './compilation.js'
import { anything, type Field } from './field.js'
import { sortStages } from './projection.js'
import { matchStages } from './query.js'
import { recordWriter } from './record-writer.js'
import { type Runner, reading, sessionOptions } from './runner.js'
import { inSession } from './session.js'

export async function runAggregate(
  runner: Runner,
  plan: Permitted<AggregatePlan>,
  context: CallContext,
): Promise<Result> {
  if (plan.dryRun) return { kind: 'dry_run' }
  const collection = collectionOf(runner.collections, plan.table)
  const { grouping, finishing, shape, empty } = aggregateStages(runner, plan, collection)
  const found = await inSession(runner.client, sessionOptions(runner, plan.timeoutMs, context), async (limits) => {
    const options = { ...reading, allowDiskUse: true, ...limits }
    const source = runner.database.collection(collection.table.source.name)
    if (plan.groups.length > 0) return source.aggregate([...grouping, ...finishing], options).toArray()
    // Without groups there is one result even of nothing, which a server does not make.
    const some = await source.aggregate(grouping, options).toArray()
    const whole = [{ $documents: { $literal: some.length > 0 ? some : [empty] } }, ...finishing]
    return runner.database.aggregate(whole, options).toArray()
  })
  const more = found.length > plan.limit
  const rows = more ? found.slice(0, plan.limit) : found
  const writer = recordWriter(shape, { format: plan.format, numbers: plan.numbers, maskKey: runner.maskKey })
  const text = writer.begin + rows.map(writer.record).join(writer.separator) + writer.end
  return { kind: 'page', format: plan.format, text, rows: rows.length, more }
}

/** Results are numbered fields: what they are called is the caller's text. */
function aggregateStages(runner: Runner, plan: AggregatePlan, collection: Collection) {
  const c = new Compilation(runner.collections)
  const fields = new Map<string, string>()
  const columns = new Map<string, Column>()
  const key: Document = {}
  const accumulators: Document = {}
  const results: Document = { _id: 0 }
  const empty: Document = {}
  const shape = [...plan.groups, ...plan.aggregates].map((term, i) => {
    const field = `c${i}`
    fields.set(term.name, field)
    columns.set(field, resultColumn(field, term, collection))
    if ('function' in term) {
      const { accumulator, result, none } = accumulated(term, field)
      Object.assign(accumulators, accumulator)
      results[field] = result
      empty[field] = none
    } else {
      key[field] = groupKey(term)
      results[field] = `$_id.${field}`
    }
    const wide = 'function' in term && term.function !== 'min' && term.function !== 'max'
    return { name: term.name, field, wide, hash: 'never' as const }
  })
  const of = <T extends { readonly path: Path }>(part: T): T => {
    const field = fields.get(part.path.column) ?? part.path.column
    return { ...part, path: { ...part.path, column: field } }
  }
  const grouped: Collection = {
    table: { ...collection.table, columns, relationships: new Map() },
    indexes: new Map(),
    fields: { ...anything, members: new Map([...columns.keys()].map((field): [string, Field] => [field, anything])) },
  }
  const grouping = [
    ...matchStages(c, [plan.filter, plan.policy], collection),
    { $group: { _id: plan.groups.length > 0 ? key : null, ...accumulators } },
    { $project: results },
  ]
  const having = plan.having && renamed(plan.having, of)
  const finishing = [
    ...matchStages(c, [having], grouped),
    ...sortStages(plan.order.map(of), grouped),
    ...(plan.offset > 0 ? [{ $skip: plan.offset }] : []),
    { $limit: plan.limit + 1 },
  ]
  return { grouping, finishing, shape: { columns: shape, related: [] }, empty }
}

type Having = NonNullable<AggregatePlan['having']>

/** A condition on groups with the names of fields for those of results. */
function renamed(having: Having, of: <T extends { readonly path: Path }>(part: T) => T): Having {
  switch (having.kind) {
    case 'and':
    case 'or':
      return { ...having, filters: having.filters.map((inner) => renamed(inner, of)) }
    case 'not':
      return { ...having, filter: renamed(having.filter, of) }
    case 'constant':
    case 'related':
      return having
    default:
      return of(having)
  }
}

function resultColumn(name: string, term: GroupTerm | AggregateTerm, { table }: Collection): Column {
  const type = (term.column === undefined ? undefined : table.columns.get(term.column)?.type) ?? 'bigint'
  return { name, type, nativeType: type, nullable: true, generated: false, identity: false }
}

const formats = { year: '%Y-01-01', month: '%Y-%m-01', day: '%Y-%m-%d' } as const

/** A date for a bucket of days, a date and time for one of hours; NULL and missing are one group. */
function groupKey({ column, bucket }: GroupTerm): unknown {
  const value = `$${column}`
  if (bucket === undefined) return { $ifNull: [value, null] }
  const date = { $cond: [{ $eq: [{ $type: value }, 'date'] }, value, null] }
  if (bucket === 'hour') return { $dateTrunc: { date, unit: 'hour' } }
  if (bucket === 'quarter' || bucket === 'week') {
    const start = { $dateTrunc: { date, unit: bucket, ...(bucket === 'week' ? { startOfWeek: 'monday' } : {}) } }
    return { $dateToString: { date: start, format: formats.day } }
  }
  return { $dateToString: { date, format: formats[bucket] } }
}

/** The parts of `$group`, what is made of them, and what comes of no documents. */
function accumulated(term: AggregateTerm, field: string): { accumulator: Document; result: unknown; none: unknown } {
  if (term.column === undefined) return { accumulator: { [field]: { $sum: 1 } }, result: `$${field}`, none: 0 }
  const value = `$${term.column}`
  const there = { $ne: [{ $ifNull: [value, null] }, null] }
  const counted = `n_${field}`
  if (term.distinct && term.function !== 'min' && term.function !== 'max') {
    const set = { $setDifference: [`$${field}`, [null]] }
    const accumulator = { [field]: { $addToSet: { $ifNull: [value, null] } } }
    if (term.function === 'count') return { accumulator, result: { $size: set }, none: 0 }
    const some = { $gt: [{ $size: set }, 0] }
    return { accumulator, result: { $cond: [some, { [accumulatorOf(term.function)]: set }, null] }, none: null }
  }
  switch (term.function) {
    case 'count':
      return { accumulator: { [field]: { $sum: { $cond: [there, 1, 0] } } }, result: `$${field}`, none: 0 }
    case 'sum':
      // Of nothing, a server's sum is 0 and SQL's is NULL.
      return {
        accumulator: { [field]: { $sum: value }, [counted]: { $sum: { $cond: [there, 1, 0] } } },
        result: { $cond: [{ $gt: [`$${counted}`, 0] }, `$${field}`, null] },
        none: null,
      }
    default:
      return { accumulator: { [field]: { [accumulatorOf(term.function)]: value } }, result: `$${field}`, none: null }
  }
}

function accumulatorOf(name: Exclude<AggregateFunction, 'count'>): string {
  switch (name) {
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
      return `$${name}`
    case 'stddev':
      return '$stdDevSamp'
    case 'median':
      throw new Failure('unsupported', 'This database computes no exact median')
    default:
      return name satisfies never
  }
}
