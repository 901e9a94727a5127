import type { Flavour } from './flavour.js'

/**
 * One row type a query: values by position, since MySQL 8 answers information_schema's column names in upper case.
 * Each query asks for one schema by `=`, which both servers look up without reading the other schemas.
 */
export interface TableRow {
  readonly schema: string
  readonly name: string
  readonly type: string
  readonly rows: number | undefined
  readonly comment: string
}
export interface ColumnRow {
  readonly schema: string
  readonly table: string
  readonly name: string
  readonly default: string | undefined
  readonly nullable: boolean
  readonly dataType: string
  readonly columnType: string
  readonly length: number | undefined
  readonly precision: number | undefined
  readonly scale: number | undefined
  readonly extra: string
  readonly comment: string
  readonly expression: string
  readonly privileges: string
}
export interface KeyRow {
  readonly schema: string
  readonly table: string
  readonly key: string
  /** Undefined: an expression. */
  readonly column: string | undefined
  /** Only the first characters count. */
  readonly prefix: boolean
}
export interface ForeignKeyRow {
  readonly schema: string
  readonly table: string
  readonly key: string
  readonly column: string
  readonly otherSchema: string
  readonly otherTable: string
  readonly otherColumn: string
}
export interface CheckRow {
  readonly schema: string
  readonly table: string
  readonly name: string
  readonly expression: string
}
export interface RoutineRow {
  readonly schema: string
  readonly name: string
  readonly kind: string
  readonly dataType: string
  readonly nativeType: string
  readonly access: string
  readonly comment: string
}
export interface ParameterRow {
  readonly schema: string
  readonly routine: string
  readonly kind: string
  readonly name: string
  readonly mode: string
  readonly dataType: string
  readonly nativeType: string
}

/** A text with one value, the schema, and how a row of it is read. */
export interface CatalogQuery<Row> {
  readonly text: string
  read(cells: Cells): Row
}

export interface Cells {
  text(index: number): string
  optional(index: number): string | undefined
  number(index: number): number | undefined
}

/** TABLE_ROWS is from InnoDB's statistics. */
export const tablesQuery: CatalogQuery<TableRow> = {
  text: `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS, TABLE_COMMENT
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?1 ORDER BY TABLE_NAME`,
  read: (c) => ({ schema: c.text(0), name: c.text(1), type: c.text(2), rows: c.number(3), comment: c.text(4) }),
}

export const viewsQuery: CatalogQuery<{ schema: string; name: string; writable: boolean }> = {
  text: 'SELECT TABLE_SCHEMA, TABLE_NAME, IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?1',
  read: (c) => ({ schema: c.text(0), name: c.text(1), writable: c.text(2) === 'YES' }),
}

export const columnsQuery: CatalogQuery<ColumnRow> = {
  text: `SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE,
      CHARACTER_MAXIMUM_LENGTH, COALESCE(NUMERIC_PRECISION, DATETIME_PRECISION), NUMERIC_SCALE, EXTRA, COLUMN_COMMENT,
      GENERATION_EXPRESSION, PRIVILEGES
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?1 ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  read: (c) => ({
    schema: c.text(0),
    table: c.text(1),
    name: c.text(2),
    default: c.optional(3),
    nullable: c.text(4) === 'YES',
    dataType: c.text(5),
    columnType: c.text(6),
    length: c.number(7),
    precision: c.number(8),
    scale: c.number(9),
    extra: c.text(10).toLowerCase(),
    comment: c.text(11),
    expression: c.text(12),
    privileges: c.text(13),
  }),
}

export const keysQuery: CatalogQuery<KeyRow> = {
  text: `SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?1 AND NON_UNIQUE = 0
    ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  read: (c) => ({
    schema: c.text(0),
    table: c.text(1),
    key: c.text(2),
    column: c.optional(3),
    prefix: c.optional(4) !== undefined,
  }),
}

export const foreignKeysQuery: CatalogQuery<ForeignKeyRow> = {
  text: `SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,
      REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
    FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ?1 AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
  read: (c) => ({
    schema: c.text(0),
    table: c.text(1),
    key: c.text(2),
    column: c.text(3),
    otherSchema: c.text(4),
    otherTable: c.text(5),
    otherColumn: c.text(6),
  }),
}

/** MariaDB says the table beside the check; MySQL only among the constraints. */
export function checksQuery(flavour: Flavour): CatalogQuery<CheckRow> {
  const text = flavour.mariadb
    ? `SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE
      FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?1 ORDER BY 2, 3`
    : `SELECT t.TABLE_SCHEMA, t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE
      FROM information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t
        ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME
      WHERE t.TABLE_SCHEMA = ?1 AND t.CONSTRAINT_TYPE = 'CHECK' ORDER BY 2, 3`
  return { text, read: (c) => ({ schema: c.text(0), table: c.text(1), name: c.text(2), expression: c.text(3) }) }
}

export const routinesQuery: CatalogQuery<RoutineRow> = {
  text: `SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, DATA_TYPE, DTD_IDENTIFIER, SQL_DATA_ACCESS, ROUTINE_COMMENT
    FROM information_schema.ROUTINES
    WHERE ROUTINE_SCHEMA = ?1 AND ROUTINE_TYPE IN ('PROCEDURE', 'FUNCTION') ORDER BY ROUTINE_NAME, ROUTINE_TYPE`,
  read: (c) => ({
    schema: c.text(0),
    name: c.text(1),
    kind: c.text(2),
    dataType: c.text(3),
    nativeType: c.text(4),
    access: c.text(5),
    comment: c.text(6),
  }),
}

/** Position 0 is what a function returns. */
export const parametersQuery: CatalogQuery<ParameterRow> = {
  text: `SELECT SPECIFIC_SCHEMA, SPECIFIC_NAME, ROUTINE_TYPE, PARAMETER_NAME, PARAMETER_MODE, DATA_TYPE, DTD_IDENTIFIER
    FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = ?1 AND ORDINAL_POSITION > 0
    ORDER BY SPECIFIC_NAME, ROUTINE_TYPE, ORDINAL_POSITION`,
  read: (c) => ({
    schema: c.text(0),
    routine: c.text(1),
    kind: c.text(2),
    name: c.text(3),
    mode: c.text(4),
    dataType: c.text(5),
    nativeType: c.text(6),
  }),
}
