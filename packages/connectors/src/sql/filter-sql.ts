import { Failure, type Filter, type FilterValue, type Path, type Relationship, type Scalar } from '@gatehouse/core'
import { type Compilation, columnOf, columnSql, type Named } from './compilation.js'
import type { Typed } from './dialect.js'

/** How a filter's paths become expressions: columns of a table, or results of an aggregate. */
export type Resolve = (path: Path) => { readonly sql: string; readonly typed: Typed }

/** A filter as a condition in SQL, in brackets where needed. Names come from the catalog, values are bound. */
export function filterSql(c: Compilation, filter: Filter, named: Named): string {
  return conditionSql(c, filter, (path) => pathSql(c, path, named), named)
}

export function pathSql(c: Compilation, path: Path, named: Named): { sql: string; typed: Typed } {
  const column = columnOf(named, path.column)
  const sql = columnSql(c, named, path.column)
  if (path.keys.length === 0) return { sql, typed: column }
  return { sql: c.dialect.jsonPath(sql, path.keys, path.type), typed: { type: path.type, nativeType: path.type } }
}

/** `named` is absent where relationships make no sense (HAVING). */
export function conditionSql(c: Compilation, filter: Filter, resolve: Resolve, named?: Named): string {
  const { dialect } = c
  switch (filter.kind) {
    case 'and':
    case 'or': {
      if (filter.filters.length === 0) return filter.kind === 'and' ? '1 = 1' : '1 = 0'
      const parts = filter.filters.map((f) => conditionSql(c, f, resolve, named))
      return `(${parts.join(filter.kind === 'and' ? ' AND ' : ' OR ')})`
    }
    case 'not':
      return `NOT (${conditionSql(c, filter.filter, resolve, named)})`
    case 'constant':
      return filter.value ? '1 = 1' : '1 = 0'
    case 'null':
      return `${resolve(filter.path).sql} IS ${filter.negated ? 'NOT ' : ''}NULL`
    case 'compare': {
      const { sql, typed } = resolve(filter.path)
      return dialect.compare(filter.op, sql, valueSql(c, filter.value, typed), typed)
    }
    case 'between': {
      const { sql, typed } = resolve(filter.path)
      const low = dialect.compare('>=', sql, valueSql(c, filter.low, typed), typed)
      const high = dialect.compare('<=', sql, valueSql(c, filter.high, typed), typed)
      return `${filter.negated ? 'NOT ' : ''}(${low} AND ${high})`
    }
    case 'in': {
      const { sql, typed } = resolve(filter.path)
      const params = padded(filter.values).map((value) => valueSql(c, value, typed))
      const listed = dialect.listed?.(sql, params, filter.negated, typed)
      if (listed !== undefined) return listed
      const values = params.map((param) => dialect.input(param, typed))
      const list = values.map((value) => dialect.sortable(value, typed)).join(', ')
      return `${dialect.sortable(sql, typed)} ${filter.negated ? 'NOT ' : ''}IN (${list})`
    }
    case 'match': {
      const { sql, typed } = resolve(filter.path)
      const wrap = (value: Scalar) => dialect.bind(dialect.matchValue(filter.op, String(value)), 'text')
      const param = valueSql(c, filter.value, { type: 'text', nativeType: 'text' }, wrap)
      const matched = dialect.match(filter.op, sql, param, typed)
      return filter.negated ? `NOT (${matched})` : matched
    }
    case 'related': {
      if (!named) throw new Failure('internal', 'A relationship in a condition on groups')
      return existsSql(c, filter, named)
    }
    default:
      return filter satisfies never
  }
}

function valueSql(c: Compilation, value: FilterValue, typed: Typed, bind?: (value: Scalar) => unknown): string {
  switch (value.kind) {
    case 'literal':
      return c.node(value, bind ?? ((scalar) => c.dialect.bind(scalar, typed.type)))
    case 'clock':
      return c.dialect.clock(value.base, value.offset, typed.type)
    case 'attribute':
      throw new Failure('internal', 'A policy reached the database with an attribute that has no value')
    default:
      return value satisfies never
  }
}

/** The list at a length that is a power of two, its last value repeated: few statements serve all lengths. */
function padded(values: readonly FilterValue[]): readonly FilterValue[] {
  const last = values.at(-1)
  const length = paddedLength(values.length)
  return last === undefined ? values : [...values, ...Array<FilterValue>(length - values.length).fill(last)]
}
export function paddedLength(length: number): number {
  return length <= 1 ? length : 2 ** Math.ceil(Math.log2(length))
}

function existsSql(c: Compilation, filter: Extract<Filter, { kind: 'related' }>, named: Named): string {
  const relationship = named.table.relationships.get(filter.relationship)
  if (!relationship) throw new Failure('internal', 'A filter names a relationship that is not there')
  const joined = joinSql(c, relationship, named, filter.junctionPolicy)
  const conditions = [...joined.conditions, filterSql(c, filter.filter, joined.other)]
  if (filter.policy) conditions.push(filterSql(c, filter.policy, joined.other))
  return `EXISTS (SELECT 1 FROM ${joined.from} WHERE ${conditions.join(' AND ')})`
}

/** The other end of a relationship, joined to `named`: FROM, the conditions that join, and what the other end is called. */
export function joinSql(
  c: Compilation,
  relationship: Relationship,
  named: Named,
  junctionPolicy: Filter | undefined,
  as: string = c.dialect.quote(c.alias()),
): { from: string; conditions: string[]; other: Named } {
  const { dialect } = c
  const table = c.table(relationship.table)
  const other: Named = { table, as }
  const equal = (a: Named, as: readonly string[], b: Named, bs: readonly string[]) =>
    as.map((name, i) => `${columnSql(c, a, name)} = ${columnSql(c, b, bs[i] ?? '')}`)
  const { junction } = relationship
  if (!junction) {
    return {
      from: `${dialect.qualified(table.source)} ${other.as}`,
      conditions: equal(other, relationship.foreignColumns, named, relationship.columns),
      other,
    }
  }
  const between: Named = { table: c.table(junction.table), as: dialect.quote(c.alias()) }
  const on = equal(between, junction.foreignColumns, other, relationship.foreignColumns).join(' AND ')
  const conditions = equal(between, junction.columns, named, relationship.columns)
  if (junctionPolicy) conditions.push(filterSql(c, junctionPolicy, between))
  return {
    from: `${dialect.qualified(between.table.source)} ${between.as} JOIN ${dialect.qualified(table.source)} ${other.as} ON ${on}`,
    conditions,
    other,
  }
}
