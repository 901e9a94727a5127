import type { Catalog } from '@gatehouse/core'
import type { KeyColumns } from './errors.js'
import { quote } from './text-sql.js'

/** Looks up the columns of unique keys by the table's quoted name and the key's name. */
export function keyColumnsOf({ tables }: Catalog): KeyColumns {
  const keys = new Map<string, readonly string[]>()
  const place = (table: string, key: string) => JSON.stringify([table, key])
  for (const { source, primaryKey, uniqueKeys } of tables.values()) {
    const table = source.schema === undefined ? quote(source.name) : `${quote(source.schema)}.${quote(source.name)}`
    keys.set(place(table, 'PRIMARY'), primaryKey)
    for (const key of uniqueKeys) keys.set(place(table, key.name), key.columns)
  }
  return (table, key) => keys.get(place(table, key))
}
