import {
  type AggregateFunction,
  type AggregateTerm,
  type Column,
  columnNamed,
  type DateBucket,
  Failure,
  type GroupTerm,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ScalarType,
  suggest,
  type Table,
} from '@gatehouse/core'
import { flagOf, textOf, unquoted } from './arguments.js'

export const dateBuckets: readonly DateBucket[] = ['year', 'quarter', 'month', 'week', 'day', 'hour']

const numeric: ReadonlySet<ScalarType> = new Set<ScalarType>(['integer', 'bigint', 'decimal', 'float'])
const ranked: ReadonlySet<ScalarType> = new Set<ScalarType>([
  ...numeric,
  'text',
  'date',
  'time',
  'datetime',
  'datetimetz',
])
const dated: ReadonlySet<ScalarType> = new Set<ScalarType>(['date', 'datetime', 'datetimetz'])
const groupable = (type: ScalarType) => type !== 'json' && type !== 'array' && type !== 'binary'

/** A term with the column that its result is like, for `having` and `order`. */
export interface Named<T> {
  readonly term: T
  readonly result: Column
}

/** `sum(total)`, `count(distinct customer_id)`, `COUNT(*)` taken apart; undefined for a plain name. */
export function readCall(text: string): { name: string; argument: string; distinct: boolean } | undefined {
  const open = text.indexOf('(')
  if (open < 1 || !text.endsWith(')')) return undefined
  const inner = text.slice(open + 1, -1).trim()
  const distinct = /^distinct\s/i.test(inner)
  const argument = distinct ? inner.slice(8).trim() : inner
  return { name: text.slice(0, open).trim().toLowerCase(), argument: unquoted(argument), distinct }
}

/** One of `aggregates`: `{function, field, alias, distinct}` or `sum(total)`. Throws `invalid`. */
export function readAggregate(
  value: JsonValue,
  table: Table,
  functions: readonly AggregateFunction[],
): Named<AggregateTerm> {
  if (typeof value === 'string') {
    const call = readCall(value)
    if (!call) throw badAggregate()
    return aggregateTerm(call.name, call.argument, call.distinct, undefined, table, functions)
  }
  if (!isJsonObject(value)) throw badAggregate()
  const name = textOf(value.function)
  if (name === undefined) throw badAggregate()
  onlyMembers(value, ['function', 'field', 'alias', 'distinct'], 'An aggregate')
  const field = textOf(value.field) ?? '*'
  return aggregateTerm(name.toLowerCase(), field, flagOf(value.distinct), textOf(value.alias), table, functions)
}

export function aggregateTerm(
  name: string,
  field: string,
  distinct: boolean,
  alias: string | undefined,
  table: Table,
  functions: readonly AggregateFunction[],
): Named<AggregateTerm> {
  const fn = functions.find((f) => f === name)
  if (!fn) {
    throw new Failure('invalid', `There is no aggregate function \`${name.slice(0, 60)}\``, {
      hint: suggest(name, 'Functions', functions),
    })
  }
  if (field === '*') {
    if (fn !== 'count' || distinct) {
      throw new Failure('invalid', `\`${fn}\` needs a column in \`field\``, {
        hint: suggest('', 'Columns', table.columns.keys()),
      })
    }
    const all = checkedName(alias ?? 'count')
    return { term: { name: all, function: fn, distinct: false }, result: resultColumn(all, 'bigint') }
  }
  const column = columnNamed(table, field)
  const allowed =
    fn === 'count'
      ? groupable(column.type) || !distinct
      : fn === 'min' || fn === 'max'
        ? ranked.has(column.type)
        : numeric.has(column.type)
  if (!allowed) {
    throw new Failure('invalid', `\`${fn}\` cannot take \`${field}\`: its type is ${column.type}`, {
      hint: suggest('', 'Columns', columnsFor(table, fn)),
      context: { column: field },
    })
  }
  const result = checkedName(alias ?? `${fn}_${distinct ? 'distinct_' : ''}${field}`)
  return {
    term: { name: result, function: fn, column: column.name, distinct },
    result: resultColumn(result, resultType(fn, column.type)),
  }
}

/** One of `group_by`: a column, `month(order_date)`, or `{field, bucket, alias}`. Throws `invalid`. */
export function readGroup(value: JsonValue, table: Table): Named<GroupTerm> {
  if (typeof value === 'string') {
    if (table.columns.has(value)) return groupTerm(value, undefined, undefined, table)
    const call = readCall(value)
    return call
      ? groupTerm(call.argument, call.name, undefined, table)
      : groupTerm(unquoted(value), undefined, undefined, table)
  }
  const field = isJsonObject(value) ? textOf(value.field) : undefined
  if (!isJsonObject(value) || field === undefined) {
    throw new Failure('invalid', '`group_by` takes columns, `month(column)`, or {field, bucket, alias}')
  }
  onlyMembers(value, ['field', 'bucket', 'alias'], 'A group')
  return groupTerm(field, textOf(value.bucket)?.toLowerCase(), textOf(value.alias), table)
}

function groupTerm(field: string, unit: string | undefined, alias: string | undefined, table: Table): Named<GroupTerm> {
  const column = columnNamed(table, field)
  if (unit === undefined) {
    if (!groupable(column.type)) {
      throw new Failure('invalid', `\`${field}\` cannot be grouped by: its type is ${column.type}`)
    }
    const name = alias === undefined ? field : checkedName(alias)
    return { term: { name, column: column.name }, result: { ...column, name } }
  }
  const bucket = dateBuckets.find((b) => b === unit)
  if (!bucket) {
    throw new Failure('invalid', `There is no date bucket \`${unit.slice(0, 60)}\``, {
      hint: suggest(unit, 'Buckets', dateBuckets),
    })
  }
  if (!dated.has(column.type) || (bucket === 'hour' && column.type === 'date')) {
    throw new Failure('invalid', `\`${field}\` has no ${bucket}: its type is ${column.type}`)
  }
  const name = checkedName(alias ?? `${bucket}_${field}`)
  return { term: { name, column: column.name, bucket }, result: resultColumn(name, column.type) }
}

function resultType(fn: AggregateFunction, type: ScalarType): ScalarType {
  switch (fn) {
    case 'count':
      return 'bigint'
    case 'min':
    case 'max':
      return type
    case 'sum':
      return type === 'float' ? 'float' : 'decimal'
    case 'avg':
    case 'stddev':
    case 'median':
      return type === 'float' ? 'float' : 'decimal'
    default:
      return fn satisfies never
  }
}

function resultColumn(name: string, type: ScalarType): Column {
  return { name, type, nativeType: type, nullable: true, generated: false, identity: false }
}

function columnsFor(table: Table, fn: AggregateFunction): string[] {
  const types = fn === 'min' || fn === 'max' ? ranked : numeric
  return [...table.columns.values()].filter((c) => types.has(c.type)).map((c) => c.name)
}

/** An alias becomes a name in the answer and in SQL, so it is kept plain. */
function checkedName(name: string): string {
  if (name.length > 0 && name.length <= 120 && !/[\p{C}"`]/u.test(name)) return name
  throw new Failure('invalid', 'An alias has 1 to 120 characters, without quotes')
}

function onlyMembers(value: JsonObject, members: readonly string[], what: string): void {
  for (const name in value) {
    if (members.includes(name)) continue
    throw new Failure('invalid', `${what} has no \`${name.slice(0, 60)}\``, { hint: suggest(name, 'It has', members) })
  }
}

function badAggregate(): Failure {
  return new Failure('invalid', '`aggregates` takes objects such as {"function":"sum","field":"total"}', {
    hint: 'Without a field, count counts the records',
  })
}
