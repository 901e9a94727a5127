import type { Relationship, Table } from './catalog.js'

/**
 * Derives each table's relationships from the foreign keys of all:
 * - belongs-to: `customers_by_customer_id`, the other table by the own columns,
 * - has-many: `orders_by_customer_id`, the other table by its columns,
 * - many-to-many: `tags_by_product_tags`, the far table by the junction table, where the junction's primary key
 *   is made of exactly two foreign keys.
 * A name that is taken gets `_2`, `_3`: deterministic, since tables and keys come in order of name.
 */
export function relate(tables: ReadonlyMap<string, Table>): ReadonlyMap<string, Table> {
  const found = new Map<string, Map<string, Relationship>>()
  for (const name of tables.keys()) found.set(name, new Map())
  const add = (to: string, relationship: Relationship) => {
    const own = found.get(to)
    if (!own) return
    let name = relationship.name
    for (let n = 2; own.has(name); n++) name = `${relationship.name}_${n}`
    own.set(name, { ...relationship, name })
  }
  const ordered = [...tables.values()].sort((a, b) => compare(a.name, b.name))
  for (const table of ordered) {
    for (const key of sortedKeys(table)) {
      if (!tables.has(key.references)) continue
      const by = key.columns.join('_')
      add(table.name, {
        name: `${key.references}_by_${by}`,
        kind: 'belongs_to',
        columns: key.columns,
        table: key.references,
        foreignColumns: key.referencedColumns,
      })
    }
  }
  for (const table of ordered) {
    for (const key of sortedKeys(table)) {
      add(key.references, {
        name: `${table.name}_by_${key.columns.join('_')}`,
        kind: 'has_many',
        columns: key.referencedColumns,
        table: table.name,
        foreignColumns: key.columns,
      })
    }
  }
  for (const table of ordered) {
    const keys = sortedKeys(table).filter((key) => key.columns.every((c) => table.primaryKey.includes(c)))
    const [a, b] = keys
    if (keys.length !== 2 || !a || !b || a.columns.length + b.columns.length !== table.primaryKey.length) continue
    for (const [near, far] of [
      [a, b],
      [b, a],
    ] as const) {
      if (!tables.has(far.references)) continue
      add(near.references, {
        name: `${far.references}_by_${table.name}`,
        kind: 'many_to_many',
        columns: near.referencedColumns,
        table: far.references,
        foreignColumns: far.referencedColumns,
        junction: { table: table.name, columns: near.columns, foreignColumns: far.columns },
      })
    }
  }
  return new Map([...tables].map(([name, table]) => [name, { ...table, relationships: found.get(name) ?? new Map() }]))
}

function sortedKeys(table: Table): Table['foreignKeys'] {
  return [...table.foreignKeys].sort((a, b) => compare(a.columns.join(), b.columns.join()) || compare(a.name, b.name))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
