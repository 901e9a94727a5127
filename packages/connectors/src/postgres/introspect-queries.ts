/**
 * Questions to the system catalog, one each for all tables. Schemas are a text array as $1, in the notation of
 * PostgreSQL's arrays. https://www.postgresql.org/docs/current/catalogs.html
 */

/** What belongs to an extension is its own affair. */
const notOfExtension = (catalog: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '${catalog}'::regclass AND x.objid = ${oid} AND x.deptype = 'e')`

/** Tables, partitioned tables, views, materialized views, foreign tables; no partitions. */
const relations = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
    AND ${notOfExtension('pg_class', 'c.oid')}`

export const tablesQuery = `
SELECT c.oid, n.nspname, c.relname, c.relkind, obj_description(c.oid, 'pg_class'), c.reltuples::bigint,
  has_schema_privilege(n.oid, 'USAGE'),
  has_any_column_privilege(c.oid, 'SELECT'), has_any_column_privilege(c.oid, 'INSERT'),
  has_any_column_privilege(c.oid, 'UPDATE'), has_table_privilege(c.oid, 'DELETE'),
  CASE WHEN c.relkind IN ('v', 'f') THEN pg_relation_is_updatable(c.oid, true) ELSE 28 END,
  has_table_privilege(c.oid, 'SELECT'),
  c.relkind <> 'r' OR c.relhasrules OR
    (c.relhastriggers AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal))
FROM ${relations} ORDER BY n.nspname, c.relname`

export const columnsQuery = `
SELECT a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated,
  pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum),
  has_column_privilege(a.attrelid, a.attnum, 'SELECT')
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (SELECT c.oid FROM ${relations})
ORDER BY a.attrelid, a.attnum`

/** Columns by name in key order, as a JSON array. */
const names = (relation: string, numbers: string) =>
  `(SELECT json_agg(ka.attname ORDER BY o.ord) FROM unnest(${numbers}) WITH ORDINALITY o(num, ord)
    JOIN pg_attribute ka ON ka.attrelid = ${relation} AND ka.attnum = o.num)`

/** Primary keys and what else is unique at once for all rows: no expressions, no conditions, nothing deferred. */
export const keysQuery = `
SELECT i.indrelid, ic.relname, i.indisprimary, ${names('i.indrelid', '(i.indkey::int2[])[0:i.indnkeyatts - 1]')}
FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND (i.indimmediate OR i.indisprimary)
  AND i.indrelid IN (SELECT c.oid FROM ${relations})
ORDER BY i.indrelid, ic.relname`

export const foreignKeysQuery = `
SELECT k.conrelid, k.conname, ${names('k.conrelid', 'k.conkey')}, fn.nspname, f.relname, ${names('k.confrelid', 'k.confkey')}
FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid IN (SELECT c.oid FROM ${relations})
ORDER BY k.conrelid, k.conname`

export const checksQuery = `
SELECT k.conrelid, k.conname, pg_get_expr(k.conbin, k.conrelid), ${names('k.conrelid', 'k.conkey')}
FROM pg_constraint k
WHERE k.contype = 'c' AND k.conrelid IN (SELECT c.oid FROM ${relations})
ORDER BY k.conrelid, k.conname`

/** All types but the arrays of row types, and the checks of domains that may list values. */
export const typesQuery = `
SELECT t.oid, t.typname, n.nspname, t.typtype, t.typcategory, t.typbasetype, t.typtypmod, t.typnotnull, t.typelem,
  format_type(t.oid, NULL), t.typrelid,
  CASE WHEN t.typtype = 'd' THEN (SELECT string_agg(pg_get_expr(k.conbin, 0), ' AND ') FROM pg_constraint k WHERE k.contypid = t.oid) END
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace`

export const enumsQuery = 'SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder'

/** format_type for types with modifiers: \`numeric(10,2)\`. Pairs of oid and modifier as two arrays. */
export const formatsQuery = `
SELECT t.oid, t.typmod, format_type(t.oid, t.typmod) FROM unnest($1::oid[], $2::int[]) AS t(oid, typmod)`

/** No aggregates, window functions or triggers. */
export const routinesQuery = `
SELECT p.oid, n.nspname, p.proname, p.prokind, p.provolatile, p.proretset, p.prorettype,
  array_to_json(COALESCE(p.proallargtypes, p.proargtypes::oid[])), array_to_json(p.proargmodes::text[]),
  array_to_json(p.proargnames), p.pronargdefaults, obj_description(p.oid, 'pg_proc')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1::text[]) AND p.prokind IN ('f', 'p')
  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  AND has_schema_privilege(n.oid, 'USAGE') AND ($2::boolean OR has_function_privilege(p.oid, 'EXECUTE'))
  AND ${notOfExtension('pg_proc', 'p.oid')}
ORDER BY n.nspname, p.proname, p.oid`

/** The columns of the row types that routines give back. */
export const rowTypesQuery = `
SELECT t.oid, a.attname, a.atttypid, a.atttypmod
FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
WHERE t.oid = ANY ($1::oid[]) ORDER BY t.oid, a.attnum`

export const stateQuery = 'SELECT pg_is_in_recovery()'
