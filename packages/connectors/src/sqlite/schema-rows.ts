import type { RawRows } from '../sql/driver.js'

/** Runs one query and answers its rows. */
export type Query = (text: string) => Promise<RawRows>

/** Everything that SQLite tells of a schema, by a handful of queries over all tables at once. */
export interface SchemaRows {
  /** name, type (table, view, virtual), WITHOUT ROWID, STRICT, CREATE statement */
  readonly tables: RawRows['rows']
  /** table, name, declared type, NOT NULL, default, place in the primary key, hidden (0, 2 and 3: generated) */
  readonly columns: RawRows['rows']
  /** table, number of the key, place in it, referenced table, column, referenced column or NULL */
  readonly foreignKeys: RawRows['rows']
  /** table, index, origin (c, u, pk), unique, partial, place in it, column or NULL for an expression */
  readonly indexes: RawRows['rows']
  /** view, CREATE TRIGGER */
  readonly triggers: RawRows['rows']
  /** table, statistics */
  readonly statistics: RawRows['rows']
}

const ofKind = (kinds: string) =>
  `t.schema = 'main' AND t.type IN (${kinds}) AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`
const tableKinds = `'table', 'virtual'`

const tablesSql = `SELECT t.name, t.type, t.wr, t.strict, s.sql
  FROM pragma_table_list t JOIN sqlite_schema s ON s.name = t.name AND s.type IN ('table', 'view')
  WHERE ${ofKind(`${tableKinds}, 'view'`)} ORDER BY t.name`

const columnsSql = (where: string) => `SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
  FROM pragma_table_list t JOIN pragma_table_xinfo(t.name, 'main') c
  WHERE c.hidden <> 1 AND ${where} ORDER BY t.name, c.cid`

const foreignKeysSql = `SELECT t.name, k.id, k.seq, k."table", k."from", k."to"
  FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name, 'main') k
  WHERE ${ofKind(`'table'`)} ORDER BY t.name, k.id, k.seq`

const indexesSql = `SELECT t.name, i.name, i.origin, i."unique", i.partial, c.seqno, c.name
  FROM pragma_table_list t JOIN pragma_index_list(t.name, 'main') i JOIN pragma_index_xinfo(i.name, 'main') c
  WHERE ${ofKind(`'table'`)} AND i."unique" = 1 AND c.key = 1 ORDER BY t.name, i.name, c.seqno`

const triggersSql = `SELECT tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name`

export async function readSchema(query: Query): Promise<SchemaRows> {
  // One after the other: at the same time they would start a process each, which takes longer than they do.
  const tables = await query(tablesSql)
  const columns = await query(columnsSql(ofKind(tableKinds)))
  const foreignKeys = await query(foreignKeysSql)
  const indexes = await query(indexesSql)
  const triggers = await query(triggersSql)
  const analyzed = await query(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'`)
  const statistics = analyzed.rows.length > 0 ? await query('SELECT tbl, stat FROM sqlite_stat1') : analyzed
  return {
    tables: tables.rows,
    columns: [...columns.rows, ...(await viewColumns(query, tables.rows))],
    foreignKeys: foreignKeys.rows,
    indexes: indexes.rows,
    triggers: triggers.rows,
    statistics: statistics.rows,
  }
}

/** A view that refers to what is not there any more spoils the query for all views: then they are asked one by one. */
async function viewColumns(query: Query, tables: RawRows['rows']): Promise<RawRows['rows']> {
  const views = tables.filter((row) => row[1] === 'view')
  if (views.length === 0) return []
  try {
    return (await query(columnsSql(ofKind(`'view'`)))).rows
  } catch {
    const found: RawRows['rows'][number][] = []
    for (const [name] of views) {
      const literal = `'${String(name).replaceAll("'", "''")}'`
      const one = await query(columnsSql(`${ofKind(`'view'`)} AND t.name = ${literal}`)).catch(() => undefined)
      if (one) found.push(...one.rows)
    }
    return found
  }
}
