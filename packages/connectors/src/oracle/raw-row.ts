import type { Raw } from '../sql/driver.js'

/** A value of the driver's as the writer takes it. */
export function rawOf(value: unknown): Raw {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof Uint8Array) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  return String(value)
}

export function rawRow(values: readonly unknown[]): Raw[] {
  return values.map(rawOf)
}

/** What RETURNING told: for each bind a list with a value for each row, as rows. */
export function returnedRows(out: readonly unknown[], affected: number): Raw[][] {
  const lists = out.map((values) => (Array.isArray(values) ? (values as readonly unknown[]) : [values]))
  return Array.from({ length: affected }, (_, row) => lists.map((values) => rawOf(values[row])))
}
