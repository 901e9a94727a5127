import { createHash } from 'node:crypto'
import type { Catalog } from '@gatehouse/core'

/**
 * Equal for equal catalogs, in hex. Estimates of rows do not count: they change with every write, and nothing that is
 * made from a catalog has to be made anew for them.
 */
export function catalogVersion(tables: Catalog['tables'], routines: Catalog['routines']): string {
  const plain = (key: string, value: unknown) =>
    value instanceof Map ? [...value] : key === 'rows' && typeof value === 'number' ? undefined : value
  return createHash('sha256')
    .update(JSON.stringify([[...tables], [...routines]], plain))
    .digest('hex')
    .slice(0, 32)
}
