import type { Catalog } from '@gatehouse/core'
import type { KeyColumns } from './errors.js'

/** Looks up the columns of keys by the names that errors tell: `SHOP.CUSTOMERS_EMAIL`. */
export function keyColumnsOf({ tables }: Catalog, primaryKeys: ReadonlyMap<string, string>): KeyColumns {
  const keys = new Map<string, readonly string[]>()
  for (const { name, source, primaryKey, uniqueKeys, foreignKeys } of tables.values()) {
    const add = (key: string, columns: readonly string[]) => keys.set(`${source.schema ?? ''}.${key}`, columns)
    const primary = primaryKeys.get(name)
    if (primary !== undefined) add(primary, primaryKey)
    for (const key of uniqueKeys) add(key.name, key.columns)
    for (const key of foreignKeys) add(key.name, key.columns)
  }
  return (constraint) => keys.get(constraint)
}
