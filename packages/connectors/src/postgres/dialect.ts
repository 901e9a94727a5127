import type { Dialect } from '../sql/dialect.js'
import { likePattern } from '../sql/like-pattern.js'
import { aggregateSql } from './aggregates.js'
import { bucketSql, clockSql, compareSql, jsonPathSql, matchSql, orderTermSql, sortableSql } from './conditions.js'
import { estimateOf } from './explain.js'
import { maskSql } from './masks.js'
import { isComposite, isPlainJson } from './native-type.js'
import { jsonArraySql, jsonObjectSql, jsonValueSql, outputSql } from './output.js'
import { quote } from './text-sql.js'
import { bind, scalar } from './values.js'

/** The SQL of PostgreSQL, from version 13 on. */
export const postgresDialect: Dialect = {
  quote,
  qualified: (source) =>
    source.schema === undefined ? quote(source.name) : `${quote(source.schema)}.${quote(source.name)}`,
  placeholder: (position) => `$${position}`,
  numberedPlaceholders: true,
  // The protocol counts them in 16 bits.
  maxValues: 65_535,
  bind,
  input(param, column) {
    if (isComposite(column)) return `jsonb_populate_record(NULL::${column.nativeType}, ${param}::jsonb)`
    // In a list of values it is compared as jsonb, where its type could not be inferred.
    return isPlainJson(column) ? `${param}::json` : param
  },
  scalar,
  output: outputSql,
  jsonValue: jsonValueSql,
  jsonObject: jsonObjectSql,
  jsonArray: jsonArraySql,
  compare: compareSql,
  match: matchSql,
  matchValue: likePattern,
  jsonPath: jsonPathSql,
  clock: clockSql,
  orderTerm: orderTermSql,
  sortable: sortableSql,
  bucket: bucketSql,
  aggregate: aggregateSql,
  mask: maskSql,
  limit: (limit, offset) => (offset === undefined ? `LIMIT ${limit}` : `LIMIT ${limit} OFFSET ${offset}`),
  returning: { insert: true, update: true, delete: true },
  defaultInValues: true,
  resetTo: () => 'DEFAULT',
  insertDefaults: (table) => `INSERT INTO ${table} DEFAULT VALUES`,
  onConflict(_table, keys, set, where) {
    // Setting a key to what it is leaves the row as it is, and RETURNING tells it.
    const assignments = (set.length > 0 ? set : keys.slice(0, 1)).map((column) => `${column} = EXCLUDED.${column}`)
    const guard = where === undefined ? '' : ` WHERE ${where}`
    return `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${assignments.join(', ')}${guard}`
  },
  guardedUpsert: true,
  lockRows: 'FOR UPDATE',
  explain: (text) => `EXPLAIN (FORMAT JSON) ${text}`,
  estimate: estimateOf,
}
