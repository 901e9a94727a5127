import { createHash } from 'node:crypto'
import type { Catalog } from '@gatehouse/core'

/**
 * Equal for equal catalogs. Row estimates do not count: they change with every ANALYZE, and no statement or document
 * depends on them.
 */
export function catalogVersion(tables: Catalog['tables'], routines: Catalog['routines']): string {
  const plain = JSON.stringify([[...tables], [...routines]], (name, value: unknown) => {
    if (name === 'rows' && typeof value === 'number') return undefined
    return value instanceof Map ? [...value] : value
  })
  return createHash('sha256').update(plain).digest('hex').slice(0, 32)
}
