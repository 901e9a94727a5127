import type { Filter, Scalar, Table } from '@gatehouse/core'

/** column = value AND ... for a key. */
export function keyFilter(table: Table, columns: readonly string[], key: readonly Scalar[]): Filter {
  const filters = columns.map((name, i): Filter => {
    const path = { column: name, keys: [], type: table.columns.get(name)?.type ?? 'text' } as const
    const value = key[i] ?? null
    if (value === null) return { kind: 'null', path, negated: false }
    return { kind: 'compare', path, op: '=', value: { kind: 'literal', value } }
  })
  const [only] = filters
  return only && filters.length === 1 ? only : { kind: 'and', filters }
}
