import {
  type AggregateFunction,
  type AggregatePlan,
  type AggregateTerm,
  allOf,
  type Column,
  Failure,
  type GroupTerm,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type OrderTerm,
  type PageLimits,
  parseHaving,
  suggest,
} from '@gatehouse/core'
import { type Named, readAggregate, readCall, readGroup } from './aggregate-terms.js'
import { arrayIn, flagOf, listOf, paramsOf, splitList, textOf, unquoted, wholeOf } from './arguments.js'
import { filterOf, orderText } from './clauses.js'
import { formatOf, limitOf } from './page.js'
import type { PreparedTable } from './prepared-table.js'
import { numbersOf } from './select.js'
import type { Source } from './source.js'

export interface Terms {
  readonly groups: readonly Named<GroupTerm>[]
  readonly aggregates: readonly Named<AggregateTerm>[]
}

/** `aggregates` and `group_by`. One of them must be there. */
export function planAggregate(
  source: Source,
  prepared: PreparedTable,
  input: JsonObject,
  limits: PageLimits,
): AggregatePlan {
  const { table } = prepared
  const functions: readonly AggregateFunction[] = source.service.connector.capabilities.aggregates
  const aggregates = itemsOf(input.aggregates, 'aggregates').map((item) => readAggregate(item, table, functions))
  const groups = itemsOf(input.group_by, 'group_by').map((item) => readGroup(item, table))
  if (aggregates.length + groups.length === 0) {
    throw new Failure('invalid', '`aggregates` is empty: there is nothing to compute', {
      hint: 'For example [{"function":"count"}], or use get_table_data for the records themselves',
    })
  }
  return planTerms(source, prepared, { groups, aggregates }, input, limits)
}

/** What `aggregate_data` and the grouped list share. */
export function planTerms(
  source: Source,
  prepared: PreparedTable,
  terms: Terms,
  input: JsonObject,
  limits: PageLimits,
): AggregatePlan {
  const params = paramsOf(input.params)
  const results = resultsOf(terms)
  const filter = allOf(filterOf(source, prepared, textOf(input.filter), params))
  const having = textOf(input.having)
  const asked = orderOf(orderText(input.order), results)
  const named = new Set(asked.map((t) => t.path.column))
  const format = formatOf(input)
  return {
    kind: 'aggregate',
    table: prepared.table.name,
    ...(filter && { filter }),
    groups: terms.groups.map((g) => g.term),
    aggregates: terms.aggregates.map((a) => a.term),
    ...(having !== undefined && { having: parseHaving(having, results, resultIn(results), params) }),
    // The groups behind what was asked for make paging stable.
    order: [...asked, ...terms.groups.filter((g) => !named.has(g.term.name)).map((g) => ascending(g.result))],
    ...limitOf(wholeOf(input.limit), limits),
    offset: wholeOf(input.offset) ?? 0,
    format,
    numbers: numbersOf(input),
    ...(flagOf(input.dry_run) && { dryRun: true }),
  }
}

const mostTerms = 100

function itemsOf(value: JsonValue | undefined, name: string): readonly JsonValue[] {
  if (value === undefined || value === null) return []
  const items = typeof value === 'string' ? (arrayIn(value) ?? listOf(value, name) ?? []) : value
  if (!Array.isArray(items)) return isJsonObject(items) ? [items] : []
  if (items.length <= mostTerms) return items
  throw new Failure('invalid', `\`${name}\` has ${items.length} entries; ${mostTerms} are allowed`)
}

function resultsOf(terms: Terms): ReadonlyMap<string, Column> {
  const results = new Map<string, Column>()
  for (const { result } of [...terms.groups, ...terms.aggregates]) {
    if (results.has(result.name)) {
      throw new Failure('invalid', `Two results are named \`${result.name}\``, { hint: 'Give one of them an `alias`' })
    }
    results.set(result.name, result)
  }
  return results
}

/** The result that a call stands for in a condition. */
function resultIn(results: ReadonlyMap<string, Column>) {
  return (call: string) => resultNamed(call, results, 'in `having`')
}

/** Order by the names of results; `SUM(total)` stands for the result of that call. Throws `invalid`. */
function orderOf(text: string | undefined, results: ReadonlyMap<string, Column>): readonly OrderTerm[] {
  if (text === undefined) return []
  return splitList(text).map((part) => {
    const words = part.split(/\s+/)
    const last = (back: number) => words[words.length - back]?.toLowerCase()
    let nulls: string | undefined
    if (words.length > 2 && last(2) === 'nulls' && (last(1) === 'first' || last(1) === 'last')) {
      nulls = last(1)
      words.length -= 2
    }
    const direction = words.length > 1 && (last(1) === 'asc' || last(1) === 'desc') ? words.pop()?.toLowerCase() : 'asc'
    const result = resultNamed(words.join(' '), results, 'to order by')
    const descending = direction === 'desc'
    return {
      path: { column: result.name, keys: [], type: result.type },
      descending,
      nulls: nulls === 'first' || (nulls === undefined && descending) ? 'first' : 'last',
    }
  })
}

function resultNamed(name: string, results: ReadonlyMap<string, Column>, where: string): Column {
  const plain = results.get(unquoted(name))
  if (plain) return plain
  const call = readCall(name)
  const field = call && (call.argument === '*' ? '' : `_${call.distinct ? 'distinct_' : ''}${call.argument}`)
  const found =
    call &&
    (results.get(`${call.name}${field}`) ??
      results.get(`${call.name.toUpperCase()}${call.argument === '*' ? '_ALL' : field}`))
  if (found) return found
  throw new Failure('invalid', `There is no result \`${name.slice(0, 100)}\` ${where}`, {
    hint: suggest(name, 'Results', results.keys()),
  })
}

function ascending(result: Column): OrderTerm {
  return { path: { column: result.name, keys: [], type: result.type }, descending: false, nulls: 'last' }
}
