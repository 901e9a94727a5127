import { type AggregatePlan, type Column, Failure, type Path, type SelectPlan } from '@gatehouse/core'
import { type Compilation, columnOf, columnSql, type Named, type ValueNode } from './compilation.js'
import type { Typed } from './dialect.js'
import { conditionSql, filterSql, pathSql } from './filter-sql.js'
import { orderSql, projectionSql, relatedSql, shapeColumn } from './projection-sql.js'
import type { RowShape } from './row-shape.js'

/** A statement's text and what it yields. */
export interface Made {
  readonly text: string
  readonly shape: RowShape
}

export function selectSql(c: Compilation, plan: SelectPlan, offset: ValueNode | undefined): Made {
  const { dialect } = c
  const named: Named = { table: c.table(plan.table), as: dialect.quote(c.alias()) }
  const selected = projectionSql(c, plan.columns, named, plan.numbers)
  for (const related of plan.related) {
    selected.sql.push(relatedSql(c, related, named, plan.numbers))
    selected.columns.push({ name: related.relationship, encoding: 'json' })
  }
  const hidden = plan.keyset ? plan.order.map((term) => keysetSql(c, term.path, named)) : []
  const list = [...selected.sql, ...hidden]
  const from = `${dialect.qualified(named.table.source)} ${named.as}`
  const where = whereSql(c, [plan.filter, plan.policy, plan.after], named)
  const order = plan.order.length > 0 ? ` ORDER BY ${orderSql(c, plan, named)}` : ''
  // One row more than asked for tells whether a next page exists.
  const limit = plan.shape === 'one' || plan.stream ? plan.limit : plan.limit + 1
  const bound = Number.isSafeInteger(limit) && limit < Number.MAX_SAFE_INTEGER
  const query = `SELECT ${listSql(c, list)} FROM ${from}${where}${order}`
  return {
    text:
      bound || offset
        ? pageSql(c, query, list.length, bound ? limit : Number.MAX_SAFE_INTEGER, offset, order !== '')
        : query,
    shape: { format: plan.format, columns: selected.columns, hidden: hidden.length },
  }
}

function keysetSql(c: Compilation, path: Path, named: Named): string {
  const { sql, typed } = pathSql(c, path, named)
  return c.dialect.output(sql, typed).sql
}

/** A select list, its columns named where the database wants names. */
function listSql({ dialect }: Compilation, list: readonly string[]): string {
  const { columnName } = dialect
  const shown = list.length > 0 ? list : ['NULL']
  return (columnName ? shown.map((sql, i) => `${sql} AS ${dialect.quote(columnName(i))}`) : shown).join(', ')
}

function pageSql(
  c: Compilation,
  query: string,
  columns: number,
  limit: number,
  offset: ValueNode | undefined,
  ordered: boolean,
): string {
  const { dialect } = c
  const start = offset && (() => c.node(offset, (value) => dialect.bind(value, 'bigint')))
  if (!dialect.page) return `${query} ${dialect.limit(limit, start?.(), ordered)}`
  const { columnName = String } = dialect
  const names = Array.from({ length: Math.max(1, columns) }, (_, i) => dialect.quote(columnName(i)))
  return dialect.page(query, names, limit, start)
}

/** Each part is a node of its own, so that none can change what another means. */
export function whereSql(c: Compilation, filters: readonly (SelectPlan['filter'] | undefined)[], named: Named): string {
  const parts: string[] = []
  for (const filter of filters) if (filter) parts.push(`(${filterSql(c, filter, named)})`)
  return parts.length > 0 ? ` WHERE ${parts.join(' AND ')}` : ''
}

export function countSql(c: Compilation, plan: SelectPlan): Made {
  const named: Named = { table: c.table(plan.table), as: c.dialect.quote(c.alias()) }
  const where = whereSql(c, [plan.filter, plan.policy], named)
  const { sql } = c.dialect.aggregate('count', undefined, false, undefined)
  return {
    text: `SELECT ${sql} FROM ${c.dialect.qualified(named.table.source)} ${named.as}${where}`,
    shape: { format: 'json', columns: [{ name: 'count', encoding: 'number' }], hidden: 0 },
  }
}

export function aggregateSql(c: Compilation, plan: AggregatePlan, offset: ValueNode | undefined): Made {
  const { dialect } = c
  const named: Named = { table: c.table(plan.table), as: dialect.quote(c.alias()) }
  const results = new Map<string, { sql: string; typed: Typed }>()
  const groups: string[] = []
  for (const group of plan.groups) {
    const column: Column = columnOf(named, group.column)
    const expression = columnSql(c, named, group.column)
    const bucket = group.bucket && dialect.bucket(expression, group.bucket, column)
    const result = bucket
      ? { sql: bucket.sql, typed: { type: bucket.type, nativeType: bucket.type } }
      : { sql: expression, typed: column }
    groups.push(result.sql)
    results.set(group.name, result)
  }
  for (const term of plan.aggregates) {
    const column = term.column === undefined ? undefined : columnOf(named, term.column)
    const expression = term.column === undefined ? undefined : columnSql(c, named, term.column)
    const { sql, result } = dialect.aggregate(term.function, expression, term.distinct, column)
    results.set(term.name, { sql, typed: result })
  }
  const resolve = (path: Path) => {
    const result = results.get(path.column)
    if (!result) throw new Failure('internal', 'A plan names a result that is not there')
    return result
  }
  const selected = [...results].map(([name, { sql, typed }]) => {
    const output = dialect.output(sql, typed)
    return { sql: output.sql, column: shapeColumn(name, output, typed, plan.numbers) }
  })
  const where = whereSql(c, [plan.filter, plan.policy], named)
  const groupBy = groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : ''
  // The values of the condition are of the path's type, which the database's own type of a sum may be narrower than.
  const compared = (path: Path) => {
    const result = resolve(path)
    return result.typed.type === path.type ? result : { ...result, typed: { type: path.type, nativeType: path.type } }
  }
  const having = plan.having ? ` HAVING ${conditionSql(c, plan.having, compared)}` : ''
  const terms = plan.order.map((term) => {
    const { sql, typed } = resolve(term.path)
    return dialect.orderTerm(dialect.sortable(sql, typed), term.descending, term.nulls, true)
  })
  const order = terms.length > 0 ? ` ORDER BY ${terms.join(', ')}` : ''
  const from = `${dialect.qualified(named.table.source)} ${named.as}`
  const list = selected.map((s) => s.sql)
  const query = `SELECT ${listSql(c, list)} FROM ${from}${where}${groupBy}${having}${order}`
  return {
    text: pageSql(c, query, list.length, plan.limit + 1, offset, order !== ''),
    shape: { format: plan.format, columns: selected.map((s) => s.column), hidden: 0 },
  }
}
