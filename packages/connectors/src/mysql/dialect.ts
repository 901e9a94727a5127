import type { Dialect, JsonRows } from '../sql/dialect.js'
import { likePattern } from '../sql/like-pattern.js'
import { scalarOf } from '../sql/scalar-of.js'
import { aggregateSql, bucketSql } from './aggregates.js'
import { clockSql, compareSql, jsonPathSql, matchSql, orderTermSql } from './conditions.js'
import { estimateOf, explainSql } from './explain.js'
import type { Flavour } from './flavour.js'
import { maskSql } from './masks.js'
import { isGeometry, isMembers, isSingle, jsonObjectSql, jsonValueSql, outputSql } from './output.js'
import { numbered } from './parameters.js'
import { quote } from './text-sql.js'
import { bind } from './values.js'
import { onConflictSql } from './writes.js'

/**
 * The SQL of MySQL 8 and MariaDB. Texts compare, group and sort by their column's collation, so that indexes serve:
 * `=` ignores case where the collation does. `like` and `regexp` heed it always, `ilike` and its kin never.
 */
export function mysqlDialect(flavour: Flavour): Dialect {
  return {
    quote,
    qualified: (source) =>
      source.schema === undefined ? quote(source.name) : `${quote(source.schema)}.${quote(source.name)}`,
    placeholder: numbered,
    // The driver turns numbers into positions.
    numberedPlaceholders: true,
    // The protocol counts them in 16 bits; a value that is used twice is sent twice.
    maxValues: 60_000,
    bind,
    scalar: scalarOf,
    input: (param, column) => {
      if (isSingle(column) && flavour.castFloat) return `CAST(${param} AS FLOAT)`
      return isGeometry(column) ? `ST_GeomFromText(${param})` : param
    },
    output: (expression, column) => outputSql(expression, column, flavour),
    jsonValue: (expression, column, numbers) => jsonValueSql(expression, column, numbers, flavour),
    jsonObject: jsonObjectSql,
    jsonArray: (rows) => (flavour.aggregateLimit ? aggregateArray(rows) : derivedArray(rows)),
    compare: (op, expression, param, type) => compareSql(op, expression, param, type, flavour),
    match: (op, expression, param, type) => matchSql(op, expression, param, type, flavour),
    matchValue: likePattern,
    jsonPath: jsonPathSql,
    clock: clockSql,
    orderTerm: orderTermSql,
    // Members of an enum have numbers, but callers compare and page by their names.
    sortable: (expression, column) => (isMembers(column) ? `CAST(${expression} AS CHAR)` : expression),
    bucket: bucketSql,
    aggregate: aggregateSql,
    mask: (mask, expression, column, keyParam) => maskSql(mask, expression, column, keyParam, flavour),
    limit: (limit, offset) => (offset === undefined ? `LIMIT ${limit}` : `LIMIT ${limit} OFFSET ${offset}`),
    returning: { insert: flavour.returning, update: false, delete: flavour.returning },
    defaultInValues: true,
    resetTo: () => 'DEFAULT',
    insertDefaults: (table) => `INSERT INTO ${table} () VALUES ()`,
    onConflict: (table, keys, set) => onConflictSql(table, keys, set, flavour),
    guardedUpsert: false,
    lockRows: 'FOR UPDATE',
    explain: explainSql,
    estimate: estimateOf,
  }
}

/** MariaDB: a derived table cannot see the query around it, but the aggregate sorts and limits by itself. */
function aggregateArray({ object, from, where, order, limit }: JsonRows): string {
  const all = `GROUP_CONCAT(${object} ORDER BY ${order} SEPARATOR ',' LIMIT ${limit})`
  return `(SELECT ${asArray(all)} FROM ${from} WHERE ${where})`
}

/** MySQL: the reverse. The derived table has a LIMIT, so its order stays. */
function derivedArray({ object, from, where, order, limit }: JsonRows): string {
  const rows = `SELECT ${object} AS \`o\` FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}`
  return `(SELECT ${asArray("GROUP_CONCAT(`r`.`o` SEPARATOR ',')")} FROM (${rows}) AS \`r\`)`
}

/** Sessions raise group_concat_max_len, so nothing is cut. */
function asArray(joined: string): string {
  return `COALESCE(CONCAT('[', ${joined}, ']'), '[]')`
}
