import type { Raw } from '../sql/driver.js'

/** How a statement begins that is only to be planned. */
export const explainStart = 'EXPLAIN PLAN FOR '

/** Runs a text that holds placeholders without values for them. */
export const explainBlock = 'BEGIN EXECUTE IMMEDIATE :1; END;'

/** The plan's first line: what the whole statement yields and costs. */
export const planQuery = 'SELECT CARDINALITY, COST FROM PLAN_TABLE WHERE ID = 0 ORDER BY PLAN_ID DESC'

/** The planner's estimate out of the rows of `planQuery`. */
export function estimateOf(rows: readonly (readonly Raw[])[]): { rows?: number; cost?: number } {
  const [cardinality = null, cost = null] = rows[0] ?? []
  return {
    ...(cardinality === null ? {} : { rows: Number(cardinality) }),
    ...(cost === null ? {} : { cost: Number(cost) }),
  }
}
