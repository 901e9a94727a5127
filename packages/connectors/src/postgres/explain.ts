import { isJsonObject } from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'

/** The planner's numbers from `EXPLAIN (FORMAT JSON)`: one row of one JSON text. */
export function estimateOf(rows: readonly (readonly Raw[])[]): { rows?: number; cost?: number } {
  const [explained]: unknown[] = JSON.parse(String(rows[0]?.[0] ?? '[]'))
  if (!isJsonObject(explained) || !isJsonObject(explained.Plan)) return {}
  const { 'Plan Rows': planRows, 'Total Cost': cost } = explained.Plan
  return {
    ...(typeof planRows === 'number' ? { rows: planRows } : {}),
    ...(typeof cost === 'number' ? { cost } : {}),
  }
}
