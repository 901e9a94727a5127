import type { ScalarType } from '../catalog/catalog.js'

/**
 * A value bound to a statement, already of its column's type: boolean as boolean; integer and float as number;
 * bigint as bigint; decimal as decimal text; binary as bytes; json as JSON text; all others as text
 * (dates and times in ISO 8601).
 */
export type Scalar = null | boolean | number | bigint | string | Uint8Array

export type FilterValue =
  | { readonly kind: 'literal'; readonly value: Scalar }
  /** `now()` or `today()`, with an offset: resolved by the database's clock at the moment of the call. */
  | { readonly kind: 'clock'; readonly base: 'now' | 'today'; readonly offset?: Interval }
  /** `{user.region}`: the caller's attribute; in policies only, gone after `restrict`. */
  | { readonly kind: 'attribute'; readonly name: string }

export interface Interval {
  readonly amount: number // negative for the past
  readonly unit: 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'
}

/** A column of the table at hand, or a value inside a JSON column. */
export interface Path {
  readonly column: string
  /** Keys or array indexes below a json column; empty for the column itself. */
  readonly keys: readonly (string | number)[]
  /** The type of the value at the path; `text` below a JSON column, unless compared with a number or boolean. */
  readonly type: ScalarType
}

export type CompareOp = '=' | '!=' | '<' | '<=' | '>' | '>='
export type MatchOp = 'like' | 'ilike' | 'contains' | 'starts_with' | 'ends_with' | 'regexp'

/** A condition on the rows of one table, with every name looked up and every value typed. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'compare'; readonly path: Path; readonly op: CompareOp; readonly value: FilterValue }
  | { readonly kind: 'in'; readonly path: Path; readonly values: readonly FilterValue[]; readonly negated: boolean }
  | {
      readonly kind: 'between'
      readonly path: Path
      readonly low: FilterValue
      readonly high: FilterValue
      readonly negated: boolean
    }
  | { readonly kind: 'null'; readonly path: Path; readonly negated: boolean }
  /** Case: `ilike` ignores it, `like` and `regexp` heed it, the others ignore it. `%` and `_` are wild in like only. */
  | {
      readonly kind: 'match'
      readonly path: Path
      readonly op: MatchOp
      readonly value: FilterValue
      readonly negated: boolean
    }
  /** At least one related row meets `filter`. `policy` and `junctionPolicy` are put there by `restrict` alone. */
  | {
      readonly kind: 'related'
      readonly relationship: string
      readonly filter: Filter
      readonly policy?: Filter
      readonly junctionPolicy?: Filter
    }
  | { readonly kind: 'constant'; readonly value: boolean }

/** `a AND b`, leaving out what is not there. */
export function allOf(...filters: readonly (Filter | undefined)[]): Filter | undefined {
  const present = filters.filter((f): f is Filter => f !== undefined)
  return present.length > 1 ? { kind: 'and', filters: present } : present[0]
}

/** `a OR b`; of none: false. */
export function anyOf(filters: readonly Filter[]): Filter {
  const [only] = filters
  if (only && filters.length === 1) return only
  return filters.length === 0 ? { kind: 'constant', value: false } : { kind: 'or', filters }
}

/** The columns of the table at hand that a filter reads (not those of related tables). */
export function columnsOf(filter: Filter): ReadonlySet<string> {
  const columns = new Set<string>()
  visit(filter, (f) => {
    if ('path' in f) columns.add(f.path.column)
  })
  return columns
}

/** Calls `see` for the filter and every filter inside, but not for those on related tables. */
export function visit(filter: Filter, see: (filter: Filter) => void): void {
  see(filter)
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const inner of filter.filters) visit(inner, see)
      return
    case 'not':
      visit(filter.filter, see)
      return
    case 'compare':
    case 'in':
    case 'between':
    case 'null':
    case 'match':
    case 'related':
    case 'constant':
      return
    default:
      filter satisfies never
  }
}
