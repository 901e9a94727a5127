import type { CompareOp, Filter, Scalar } from './filter/filter.js'
import type { OrderTerm } from './plan.js'

/** A page's end as an opaque token: the order it belongs to, and the last record's values in that order. */
export function encodeCursor(order: readonly OrderTerm[], last: readonly Scalar[]): string {
  const values = last.map((v) =>
    typeof v === 'bigint' ? { i: v.toString() } : v instanceof Uint8Array ? { b: toBase64(v) } : v,
  )
  return Buffer.from(JSON.stringify([orderKey(order), ...values])).toString('base64url')
}

/** The values of a token made for the same order, or undefined for anything else. */
export function decodeCursor(order: readonly OrderTerm[], token: string): readonly Scalar[] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
  if (!Array.isArray(parsed) || parsed[0] !== orderKey(order) || parsed.length !== order.length + 1) return undefined
  const values: Scalar[] = []
  for (const item of parsed.slice(1) as unknown[]) {
    const value = toScalar(item)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function toScalar(item: unknown): Scalar | undefined {
  if (item === null || typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return item
  if (typeof item !== 'object') return undefined
  if ('i' in item && typeof item.i === 'string' && /^-?\d{1,20}$/.test(item.i)) return BigInt(item.i)
  if ('b' in item && typeof item.b === 'string') return new Uint8Array(Buffer.from(item.b, 'base64'))
  return undefined
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function orderKey(order: readonly OrderTerm[]): string {
  return order.map((t) => `${t.path.column}${t.path.keys.join('.')}${t.descending ? '-' : '+'}${t.nulls[0]}`).join()
}

/**
 * The rows behind `last` in `order`, as a filter: for each term, equal in all terms before it and behind in this one.
 * NULLs are placed as the order places them.
 */
export function after(
  order: readonly OrderTerm[],
  last: readonly Scalar[],
  nullable: (column: string) => boolean,
): Filter {
  const alternatives: Filter[] = []
  const equal: Filter[] = []
  order.forEach((term, i) => {
    const value = last[i] ?? null
    const behind = behindIn(term, value, nullable(term.path.column))
    if (behind) alternatives.push({ kind: 'and', filters: [...equal, behind] })
    equal.push(
      value === null
        ? { kind: 'null', path: term.path, negated: false }
        : { kind: 'compare', path: term.path, op: '=', value: { kind: 'literal', value } },
    )
  })
  return { kind: 'or', filters: alternatives }
}

function behindIn(term: OrderTerm, value: Scalar, nullable: boolean): Filter | undefined {
  if (value === null) {
    return term.nulls === 'first' ? { kind: 'null', path: term.path, negated: true } : undefined
  }
  const op: CompareOp = term.descending ? '<' : '>'
  const compare: Filter = { kind: 'compare', path: term.path, op, value: { kind: 'literal', value } }
  if (term.nulls === 'first' || !nullable) return compare
  return { kind: 'or', filters: [compare, { kind: 'null', path: term.path, negated: false }] }
}
