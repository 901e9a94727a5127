import type { Raw } from '../sql/driver.js'

/**
 * Stands before a statement that is to be planned and not run. SHOWPLAN_XML is a setting of its own batch, and the
 * statement has to follow as a text with its parameters declared, so the driver takes this apart; see driver.ts.
 */
export const planOnly = '/* plan only */ '

export function explainSql(text: string): string {
  return planOnly + text
}

/** The planner's estimate out of the plan's XML: rows that the outermost query yields, and its cost. */
export function estimateOf(rows: readonly (readonly Raw[])[]): { rows?: number; cost?: number } {
  for (const [plan] of rows) {
    if (typeof plan !== 'string') continue
    const [query] =
      /<StmtSimple\b[^>]*\bStatementType="(?:SELECT|INSERT|UPDATE|DELETE|MERGE)[^"]*"[^>]*>/.exec(plan) ?? []
    const found = numberIn(query, 'StatementEstRows')
    if (query === undefined || found === undefined) continue
    const cost = numberIn(query, 'StatementSubTreeCost')
    return { rows: Math.round(found), ...(cost === undefined ? {} : { cost }) }
  }
  return {}
}

function numberIn(element: string | undefined, attribute: string): number | undefined {
  const text = new RegExp(`\\b${attribute}="([^"]+)"`).exec(element ?? '')?.[1]
  const number = Number(text)
  return text === undefined || !Number.isFinite(number) ? undefined : number
}
