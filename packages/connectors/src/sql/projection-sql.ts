import type { Projection, ProjectionView, RelatedPlan } from '@gatehouse/core'
import { type Compilation, columnOf, columnSql, type Named } from './compilation.js'
import type { Typed } from './dialect.js'
import { filterSql, joinSql, pathSql } from './filter-sql.js'
import type { ShapeColumn } from './row-shape.js'

const text: Typed = { type: 'text', nativeType: 'text' }

export type Numbers = 'number' | 'string'

/** A select list: SQL and how each column is printed, in the same order. */
export interface Selected {
  readonly sql: string[]
  readonly columns: ShapeColumn[]
}

/** Columns as `restrict` lets them be seen. */
export function projectionSql(
  c: Compilation,
  projections: readonly Projection[],
  named: Named,
  numbers: Numbers,
): Selected {
  const selected: Selected = { sql: [], columns: [] }
  for (const projection of projections) {
    const column = columnOf(named, projection.column)
    const expression = columnSql(c, named, projection.column)
    if (projection.views === undefined) {
      const output = c.dialect.output(expression, column)
      selected.sql.push(output.sql)
      selected.columns.push(shapeColumn(projection.name, output, column, numbers))
      continue
    }
    const [view, ...more] = projection.views
    if (view?.mask && !view.when && more.length === 0) {
      selected.sql.push(maskSql(c, view, expression, column))
      selected.columns.push({ name: projection.name, encoding: 'text' })
      continue
    }
    // Plain for some rows and masked for others: JSON lets a number stay a number and a mask be a text.
    selected.sql.push(viewsSql(c, projection.views, expression, column, named, numbers))
    selected.columns.push({ name: projection.name, encoding: 'json' })
  }
  return selected
}

/** 64-bit integers and decimals may be asked for as strings. */
export function shapeColumn(
  name: string,
  output: { encoding: ShapeColumn['encoding']; scale?: number },
  typed: Typed,
  numbers: Numbers,
): ShapeColumn {
  const wide = typed.type === 'bigint' || typed.type === 'decimal'
  const encoding = numbers === 'string' && wide && output.encoding === 'number' ? 'number_string' : output.encoding
  return output.scale === undefined ? { name, encoding } : { name, encoding, scale: output.scale }
}

function maskSql(c: Compilation, view: ProjectionView, expression: string, column: Typed): string {
  switch (view.mask) {
    case undefined:
      return expression
    case 'null':
      return 'NULL'
    case 'hash':
      return c.dialect.mask(view.mask, expression, column, c.maskKeyParam())
    case 'redact':
    case 'partial':
    case 'last4':
      return c.dialect.mask(view.mask, expression, column, '')
    default:
      return view.mask satisfies never
  }
}

/** The first view whose condition holds, as JSON; NULL where none does. */
function viewsSql(
  c: Compilation,
  views: readonly ProjectionView[],
  expression: string,
  column: Typed,
  named: Named,
  numbers: Numbers,
): string {
  const shown = (view: ProjectionView) => {
    if (view.mask === 'null') return 'NULL'
    const value = view.mask
      ? c.dialect.jsonValue(maskSql(c, view, expression, column), text, numbers)
      : c.dialect.jsonValue(expression, column, numbers)
    return c.dialect.jsonBranch?.(value) ?? value
  }
  // Of nothing but NULLs a CASE has no type.
  if (views.every((view) => view.mask === 'null')) return 'NULL'
  // The placeholders must be counted in the order of the text: each WHEN before its THEN.
  const branches: string[] = []
  let otherwise = 'NULL'
  for (const view of views) {
    if (!view.when) {
      otherwise = shown(view)
      break
    }
    const when = filterSql(c, view.when, named)
    branches.push(`WHEN ${when} THEN ${shown(view)}`)
  }
  return branches.length === 0 ? otherwise : `CASE ${branches.join(' ')} ELSE ${otherwise} END`
}

/** Related records as one JSON value a parent, made by the database. */
export function relatedSql(c: Compilation, plan: RelatedPlan, named: Named, numbers: Numbers): string {
  const { dialect } = c
  const relationship = named.table.relationships.get(plan.relationship)
  if (!relationship) throw new Error(`A plan names a relationship that is not there: ${plan.relationship}`)
  // Placeholders are counted in the order of the text: the object stands before FROM and WHERE, so the join comes last.
  const inner: Named = { table: c.table(relationship.table), as: dialect.quote(c.alias()) }
  const members: (readonly [string, string])[] = []
  for (const projection of plan.columns) {
    const column = columnOf(inner, projection.column)
    const expression = columnSql(c, inner, projection.column)
    const value =
      projection.views === undefined
        ? dialect.jsonValue(expression, column, numbers)
        : viewsSql(c, projection.views, expression, column, inner, numbers)
    members.push([projection.name, value])
  }
  for (const nested of plan.related) members.push([nested.relationship, relatedSql(c, nested, inner, numbers)])
  const object = dialect.jsonObject(members)
  const { from, conditions } = joinSql(c, relationship, named, plan.junctionPolicy, inner.as)
  if (plan.filter) conditions.push(filterSql(c, plan.filter, inner))
  if (plan.policy) conditions.push(filterSql(c, plan.policy, inner))
  const where = conditions.join(' AND ')
  if (relationship.kind === 'belongs_to') {
    return `(SELECT ${object} FROM ${from} WHERE ${where} ${dialect.limit(1, undefined, false)})`
  }
  return dialect.jsonArray({ object, from, where, order: orderSql(c, plan, inner), limit: plan.limit })
}

export function orderSql(c: Compilation, plan: Pick<RelatedPlan, 'order'>, named: Named): string {
  // What is ordered by once is not ordered by again, which some databases refuse.
  const places = new Set<string>()
  const first = plan.order.filter(({ path }) => {
    const place = JSON.stringify([path.column, path.keys])
    return !places.has(place) && places.add(place)
  })
  const terms = first.map((term) => {
    const { sql, typed } = pathSql(c, term.path, named)
    const nullable = term.path.keys.length > 0 || columnOf(named, term.path.column).nullable
    return c.dialect.orderTerm(c.dialect.sortable(sql, typed), term.descending, term.nulls, nullable)
  })
  return terms.join(', ')
}
