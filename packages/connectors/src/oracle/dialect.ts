import type { Dialect } from '../sql/dialect.js'
import { likePattern } from '../sql/like-pattern.js'
import { scalarOf } from '../sql/scalar-of.js'
import { aggregateSql, bucketSql } from './aggregates.js'
import { clockSql, compareSql, jsonPathSql, listedSql, matchSql, orderTermSql, sortableSql } from './conditions.js'
import { estimateOf, explainStart } from './explain.js'
import type { Flavour } from './flavour.js'
import { jsonArraySql, jsonObjectSql, jsonValueSql } from './json-value.js'
import { maskSql } from './masks.js'
import { outputSql } from './output.js'
import { rownumPage } from './page.js'
import { inputSql } from './params.js'
import { placeholder, quote } from './text-sql.js'
import { bind, returnedInto } from './values.js'
import { isReturnable, upsertSql } from './writes.js'

/** The SQL of Oracle Database, for the server's version. */
export function oracleDialect(flavour: Flavour): Dialect {
  return {
    quote,
    qualified: (source) =>
      source.schema === undefined ? quote(source.name) : `${quote(source.schema)}.${quote(source.name)}`,
    placeholder,
    numberedPlaceholders: false,
    maxValues: 30_000,
    bind,
    scalar: scalarOf,
    input: inputSql,
    output: outputSql,
    jsonValue: (expression, column, numbers) => jsonValueSql(expression, column, numbers, flavour),
    // The branches of a CASE must be of one type, and some JSON is too long for a VARCHAR2.
    jsonBranch: (json) => `TO_CLOB(${json})`,
    jsonObject: jsonObjectSql,
    jsonArray: (rows) => jsonArraySql(rows, flavour),
    compare: compareSql,
    match: matchSql,
    matchValue: likePattern,
    listed: listedSql,
    jsonPath: (expression, keys, type) => jsonPathSql(expression, keys, type, flavour),
    clock: clockSql,
    orderTerm: orderTermSql,
    sortable: sortableSql,
    bucket: bucketSql,
    aggregate: aggregateSql,
    mask: maskSql,
    ...(flavour.rowLimit ? {} : { page: rownumPage }),
    limit(limit, offset) {
      // Only behind a condition: pages are cut by `page` there.
      if (!flavour.rowLimit) return `AND ROWNUM <= ${limit}`
      return `${offset === undefined ? '' : `OFFSET ${offset} ROWS `}FETCH NEXT ${limit} ROWS ONLY`
    },
    // A page is a query around the query, where no two columns may have one name.
    columnName: (index) => `c${index}`,
    returning: { insert: true, update: true, delete: true },
    returnedInto,
    returnable: isReturnable,
    aliasedTargets: true,
    maxRows: 1,
    defaultInValues: false,
    resetTo: () => 'DEFAULT',
    insertDefaults: (table, column) => `INSERT INTO ${table} (${column}) VALUES (DEFAULT)`,
    onConflict() {
      throw new Error('upserts are statements of their own')
    },
    upsert: upsertSql,
    guardedUpsert: false,
    lockRows: 'FOR UPDATE',
    explain: (text) => explainStart + text,
    estimate: estimateOf,
  }
}
