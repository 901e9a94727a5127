import {
  type AggregateFunction,
  type AggregatePlan,
  Failure,
  type JsonObject,
  type PageLimits,
  type Table,
} from '@gatehouse/core'
import { planTerms, type Terms } from './aggregate.js'
import { aggregateTerm, readCall, readGroup } from './aggregate-terms.js'
import { listOf, unquoted } from './arguments.js'
import type { PreparedTable } from './prepared-table.js'
import type { Source } from './source.js'

/** True for a list that asks for groups or functions: `group=status&fields=status,COUNT(*)`. */
export function isGrouped(table: Table, input: JsonObject): boolean {
  const { group, fields } = input
  if (group !== undefined && group !== '') return true
  if (typeof fields === 'string') return fields.includes('(') && callsIn(table, fields).length > 0
  return Array.isArray(fields) && callsIn(table, fields).length > 0
}

function callsIn(table: Table, fields: JsonObject['fields']): readonly string[] {
  return (listOf(fields, 'fields') ?? []).filter((f) => f.includes('(') && !table.columns.has(f) && readCall(f))
}

/** Older clients' form of an aggregate: its results are named `COUNT_ALL` and `SUM_total`. Throws `invalid`. */
export function planGroupedList(
  source: Source,
  prepared: PreparedTable,
  input: JsonObject,
  limits: PageLimits,
): AggregatePlan {
  const { table } = prepared
  for (const other of ['related', 'cursor', 'ids', 'include_count', 'count_only', 'file'] as const) {
    if (input[other] !== undefined && input[other] !== false) {
      throw new Failure('invalid', `\`${other}\` does not go with \`group\` or functions in \`fields\``)
    }
  }
  return planTerms(source, prepared, termsOf(source, table, input), input, limits)
}

function termsOf(source: Source, table: Table, input: JsonObject): Terms {
  const functions: readonly AggregateFunction[] = source.service.connector.capabilities.aggregates
  const groups = (listOf(input.group, 'group') ?? []).map((item) => readGroup(item, table))
  const aggregates: Terms['aggregates'][number][] = []
  for (const field of listOf(input.fields, 'fields') ?? []) {
    const call = table.columns.has(field) ? undefined : readCall(field)
    const name = unquoted(field)
    if (groups.some((g) => g.term.name === name || g.term.column === name || sameBucket(g.term, call))) continue
    if (!call) {
      throw new Failure('invalid', `\`${name}\` is neither grouped nor inside a function`, {
        hint: `Add it to \`group\`, or ask for a function of it: MIN(${name})`,
      })
    }
    const alias = `${call.name.toUpperCase()}_${call.argument === '*' ? 'ALL' : `${call.distinct ? 'distinct_' : ''}${call.argument}`}`
    aggregates.push(aggregateTerm(call.name, call.argument, call.distinct, alias, table, functions))
  }
  if (groups.length + aggregates.length > 100) {
    throw new Failure('invalid', 'At most 100 groups and functions are allowed')
  }
  return { groups, aggregates }
}

function sameBucket(
  group: { readonly column: string; readonly bucket?: string },
  call: ReturnType<typeof readCall>,
): boolean {
  return call !== undefined && group.bucket === call.name && group.column === call.argument
}
