import type { Dialect, JsonRows } from '../sql/dialect.js'
import { scalarOf } from '../sql/scalar-of.js'
import { aggregateSql, bucketSql } from './aggregates.js'
import {
  clockSql,
  compareSql,
  inputSql,
  jsonPathSql,
  listedSql,
  matchSql,
  matchValue,
  orderTermSql,
} from './conditions.js'
import { estimateOf, explainSql } from './explain.js'
import { maskSql } from './masks.js'
import { comparable, jsonObjectSql, jsonValueSql, outputSql } from './output.js'
import { bind } from './parameters.js'
import { qualified, quote } from './text-sql.js'
import { sqlserverWrites } from './writes.js'

/**
 * The SQL of SQL Server 2019 and later, and of Azure SQL. Texts compare, group and sort by their column's collation, so
 * that indexes serve: `=` ignores case where the collation does. `like` heeds it always, `ilike` and its kin never.
 */
export const sqlserverDialect: Dialect = {
  quote,
  qualified,
  placeholder: (position) => `@p${position}`,
  numberedPlaceholders: true,
  // The procedure that runs a statement takes 2100 in all, its text and their declarations among them.
  maxValues: 2098,
  bind,
  scalar: scalarOf,
  input: inputSql,
  output: outputSql,
  jsonValue: jsonValueSql,
  jsonObject: jsonObjectSql,
  jsonArray: jsonArraySql,
  compare: compareSql,
  listed: listedSql,
  match: matchSql,
  matchValue,
  jsonPath: jsonPathSql,
  clock: clockSql,
  orderTerm: orderTermSql,
  sortable: comparable,
  bucket: bucketSql,
  aggregate: aggregateSql,
  mask: maskSql,
  limit: (limit, offset, ordered) =>
    // No rows at all cannot be asked for; what is too much is not printed.
    `${ordered ? '' : 'ORDER BY (SELECT NULL) '}OFFSET ${offset ?? 0} ROWS FETCH NEXT ${Math.max(1, limit)} ROWS ONLY`,
  returning: { insert: true, update: true, delete: true },
  aliasedTargets: true,
  defaultInValues: false,
  resetTo: () => 'DEFAULT',
  insertDefaults: (table) => `INSERT INTO ${table} DEFAULT VALUES`,
  // Neither is asked for: see `writes`.
  onConflict: () => '',
  guardedUpsert: true,
  lockRows: '',
  lockHint: 'WITH (UPDLOCK, HOLDLOCK)',
  writes: sqlserverWrites,
  explain: explainSql,
  estimate: estimateOf,
}

/** STRING_AGG sorts by itself; the rows are numbered where they are limited, so that both mean the same order. */
function jsonArraySql({ object, from, where, order, limit }: JsonRows): string {
  const numbered = `ROW_NUMBER() OVER (ORDER BY ${order}) AS [n]`
  const rows = `SELECT TOP (${limit}) ${object} AS [o], ${numbered} FROM ${from} WHERE ${where} ORDER BY ${order}`
  const joined = `STRING_AGG([r].[o], N',') WITHIN GROUP (ORDER BY [r].[n])`
  return `(SELECT CONCAT(N'[', ${joined}, N']') FROM (${rows}) AS [r])`
}
