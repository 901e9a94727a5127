import type { Raw } from '../sql/driver.js'

export function explainSql(text: string): string {
  return `EXPLAIN FORMAT=JSON ${text}`
}

/** The planner's estimate out of EXPLAIN's JSON: rows that the joins of the outer query yield, and the cost (MySQL). */
export function estimateOf(rows: readonly (readonly Raw[])[]): { rows?: number; cost?: number } {
  const [text] = rows[0] ?? []
  if (typeof text !== 'string') return {}
  let plan: unknown
  try {
    plan = JSON.parse(text)
  } catch {
    return {}
  }
  const block = member(plan, 'query_block')
  const cost = Number(member(member(block, 'cost_info'), 'query_cost') ?? member(block, 'cost'))
  const tables: unknown[] = []
  collectTables(block, tables)
  let estimate: number | undefined
  for (const table of tables) {
    const produced = member(table, 'rows_produced_per_join')
    if (produced !== undefined) estimate = Number(produced)
    else {
      const read = Number(member(table, 'rows') ?? member(table, 'rows_examined_per_scan'))
      const filtered = Number(member(table, 'filtered') ?? 100)
      if (Number.isFinite(read)) estimate = (estimate ?? 1) * ((read * filtered) / 100)
    }
  }
  return {
    ...(estimate === undefined || !Number.isFinite(estimate) ? {} : { rows: Math.round(estimate) }),
    ...(Number.isFinite(cost) ? { cost } : {}),
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** The tables that are joined, in order; subqueries in conditions and in the select list are left out. */
function collectTables(node: unknown, into: unknown[]): void {
  if (Array.isArray(node)) {
    for (const inner of node) collectTables(inner, into)
    return
  }
  if (typeof node !== 'object' || node === null) return
  for (const [name, value] of Object.entries(node)) {
    if (name === 'table') into.push(value)
    else if (!/subquer|subqueries|union/.test(name)) collectTables(value, into)
  }
}
