import type { Dialect } from '../sql/dialect.js'
import type { Raw } from '../sql/driver.js'
import { aggregateSql, bucketSql } from './aggregates.js'
import {
  clockSql,
  compareSql,
  inputSql,
  jsonPathSql,
  matchSql,
  matchValue,
  orderTermSql,
  sortableSql,
} from './conditions.js'
import { maskSql } from './masks.js'
import { jsonArraySql, jsonObjectSql, jsonValueSql, outputSql } from './output.js'
import { quote } from './text-sql.js'
import { bind, scalar } from './values.js'

/** The SQL of SQLite 3.44 and later, with the functions of functions.ts. */
export const sqliteDialect: Dialect = {
  quote,
  qualified: (source) => quote(source.name),
  placeholder: () => '?',
  numberedPlaceholders: false,
  // SQLITE_MAX_VARIABLE_NUMBER as it is compiled in.
  maxValues: 32_766,
  bind,
  input: inputSql,
  scalar,
  output: outputSql,
  jsonValue: jsonValueSql,
  jsonObject: jsonObjectSql,
  jsonArray: jsonArraySql,
  compare: compareSql,
  match: matchSql,
  matchValue,
  jsonPath: jsonPathSql,
  clock: clockSql,
  orderTerm: orderTermSql,
  sortable: sortableSql,
  bucket: bucketSql,
  aggregate: aggregateSql,
  mask: (mask, expression, _column, keyParam) => maskSql(mask, expression, keyParam),
  limit: (limit, offset) => (offset === undefined ? `LIMIT ${limit}` : `LIMIT ${limit} OFFSET ${offset}`),
  returning: { insert: true, update: true, delete: true },
  defaultInValues: false,
  resetTo: (column) => (column.default === undefined ? 'NULL' : `(${column.default})`),
  insertDefaults: (table) => `INSERT INTO ${table} DEFAULT VALUES`,
  onConflict(table, keys, set, where) {
    // A row is only returned when it is updated, so where nothing is to be set the key is set to itself.
    const sets =
      set.length > 0
        ? set.map((column) => `${column} = excluded.${column}`)
        : keys.map((column) => `${column} = ${table}.${column}`)
    return `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${sets.join(', ')}${where === undefined ? '' : ` WHERE ${where}`}`
  },
  guardedUpsert: true,
  // Save in WITHOUT ROWID and STRICT tables, and where the key is the rowid.
  nullKeys: true,
  lockRows: '',
  explain: (text) => `EXPLAIN QUERY PLAN ${text}`,
  estimate: estimateOf,
}

/**
 * The third column of the plan is the planner's cost of one loop, as ten times its binary logarithm; it does not tell
 * how many rows it expects.
 */
function estimateOf(rows: readonly (readonly Raw[])[]): { cost?: number } {
  const costs = rows.map((row) => Number(row[2])).filter((cost) => cost > 0)
  return costs.length > 0 ? { cost: Math.round(costs.reduce((sum, cost) => sum + 2 ** (cost / 10), 0)) } : {}
}
