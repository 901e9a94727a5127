import type { Filter, FilterValue, JsonValue, Scalar } from '@gatehouse/core'
import { shop } from './shop.js'

export type Row = Readonly<Record<string, Scalar>>
/** Rows by table. */
export type Rows = Readonly<Record<string, readonly Row[]>>
type Truth = boolean | null

/** What a filter is evaluated against. */
export interface World {
  readonly rows: Rows
  readonly attributes: Readonly<Record<string, JsonValue>>
  /**
   * Which rows of a related table exist for who looks at these columns of it. Default: those that the policies in the
   * filter leave.
   */
  sees?(table: string, row: Row, columns: ReadonlySet<string>): boolean
}

/** A filter over rows in memory, with SQL's three truth values: written for tests, apart from what restriction does. */
export function evaluate(filter: Filter, table: string, row: Row, world: World): Truth {
  switch (filter.kind) {
    case 'and':
      return all(filter.filters.map((inner) => evaluate(inner, table, row, world)))
    case 'or':
      return negate(all(filter.filters.map((inner) => negate(evaluate(inner, table, row, world)))))
    case 'not':
      return negate(evaluate(filter.filter, table, row, world))
    case 'constant':
      return filter.value
    case 'null':
      return (row[filter.path.column] === null) !== filter.negated
    case 'compare':
      return compare(row[filter.path.column] ?? null, filter.op, literal(filter.value, world))
    case 'between': {
      const value = row[filter.path.column] ?? null
      const inside = all([
        compare(value, '>=', literal(filter.low, world)),
        compare(value, '<=', literal(filter.high, world)),
      ])
      return filter.negated ? negate(inside) : inside
    }
    case 'in': {
      const value = row[filter.path.column] ?? null
      const items = filter.values.flatMap((item) => listed(item, world))
      const found = negate(all(items.map((item) => negate(compare(value, '=', item)))))
      return filter.negated ? negate(found) : found
    }
    case 'match': {
      const value = row[filter.path.column] ?? null
      if (value === null) return null
      const part = String(literal(filter.value, world)).toLowerCase()
      return String(value).toLowerCase().includes(part) !== filter.negated
    }
    case 'related':
      return relatedRows(filter.relationship, table, row, world, filter).some(
        ([other, otherRow]) => evaluate(filter.filter, other, otherRow, world) === true,
      )
    default:
      return filter satisfies never
  }
}

/** The rows at the other end of a relationship, as far as the policies (or the world's own sight) let them be seen. */
export function relatedRows(
  name: string,
  table: string,
  row: Row,
  world: World,
  guard: { readonly policy?: Filter; readonly junctionPolicy?: Filter; readonly filter?: Filter },
): readonly (readonly [string, Row])[] {
  const relationship = shop.tables.get(table)?.relationships.get(name)
  if (!relationship) throw new Error(`${table} has no relationship ${name}`)
  const { junction } = relationship
  const seen = (at: string, found: Row, policy: Filter | undefined, columns: ReadonlySet<string>) =>
    world.sees ? world.sees(at, found, columns) : policy === undefined || evaluate(policy, at, found, world) === true
  const others = world.rows[relationship.table] ?? []
  const linked = junction
    ? others.filter((other) =>
        (world.rows[junction.table] ?? []).some(
          (between) =>
            same(row, relationship.columns, between, junction.columns) &&
            same(between, junction.foreignColumns, other, relationship.foreignColumns) &&
            seen(
              junction.table,
              between,
              guard.junctionPolicy,
              new Set([...junction.columns, ...junction.foreignColumns]),
            ),
        ),
      )
    : others.filter((other) => same(row, relationship.columns, other, relationship.foreignColumns))
  const columns = new Set([...relationship.foreignColumns, ...columnsRead(guard.filter, relationship.table)])
  return linked
    .filter((other) => seen(relationship.table, other, guard.policy, columns))
    .map((other) => [relationship.table, other])
}

/** The columns of the table at hand that a filter looks at, those that link it to others among them. */
export function columnsRead(filter: Filter | undefined, table: string): ReadonlySet<string> {
  if (!filter) return new Set()
  switch (filter.kind) {
    case 'constant':
      return new Set()
    case 'and':
    case 'or':
      return new Set(filter.filters.flatMap((inner) => [...columnsRead(inner, table)]))
    case 'not':
      return columnsRead(filter.filter, table)
    case 'related':
      return new Set(shop.tables.get(table)?.relationships.get(filter.relationship)?.columns)
    default:
      return new Set([filter.path.column])
  }
}

function same(a: Row, as: readonly string[], b: Row, bs: readonly string[]): boolean {
  return as.every((name, i) => (a[name] ?? null) !== null && a[name] === b[bs[i] ?? ''])
}

function all(parts: readonly Truth[]): Truth {
  if (parts.includes(false)) return false
  return parts.includes(null) ? null : true
}

function negate(truth: Truth): Truth {
  return truth === null ? null : !truth
}

function literal(value: FilterValue, world: World): Scalar {
  return listed(value, world)[0] ?? null
}

function listed(value: FilterValue, world: World): readonly Scalar[] {
  if (value.kind === 'literal') return [value.value]
  if (value.kind === 'clock') throw new Error('No clock in memory')
  const known = world.attributes[value.name]
  return (Array.isArray(known) ? known : [known]) as readonly Scalar[]
}

function compare(a: Scalar, op: string, b: Scalar): Truth {
  if (a === null || b === null) return null
  switch (op) {
    case '=':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    default:
      return a >= b
  }
}
