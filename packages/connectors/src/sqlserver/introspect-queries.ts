/** A row of a query, by position. */
export interface Cells {
  text(index: number): string
  optional(index: number): string | undefined
  number(index: number): number
  flag(index: number): boolean
}

/** A text whose only value, `@p1`, is a JSON array of the names of schemas (or what it says), and how its rows are read. */
export interface CatalogQuery<Row> {
  readonly text: string
  read(cells: Cells): Row
}

const schemas = 's.name IN (SELECT j.[value] COLLATE DATABASE_DEFAULT FROM OPENJSON(@p1) AS j)'
/** The system type below alias types; types of .NET have none, and go by their own name. */
const systemType = (alias: string) =>
  `(SELECT y.name FROM sys.types AS y WHERE y.user_type_id = ${alias}.system_type_id AND y.system_type_id = ${alias}.system_type_id)`
const ownType = (alias: string) =>
  `(SELECT y.name FROM sys.types AS y WHERE y.user_type_id = ${alias}.user_type_id AND y.is_user_defined = 0)`
const described = (major: string, minor: string) =>
  `(SELECT CAST(e.value AS nvarchar(4000)) FROM sys.extended_properties AS e WHERE e.class = 1 AND e.major_id = ${major} AND e.minor_id = ${minor} AND e.name = N'MS_Description')`
const may = (right: string) => `HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), N'OBJECT', N'${right}')`

export interface ServerRow {
  readonly version: number
  /** 5: Azure SQL Database. 8: Azure SQL Managed Instance. */
  readonly edition: number
  readonly compatibility: number
  readonly writable: boolean
  readonly schema: string
}
export const serverQuery: CatalogQuery<ServerRow> = {
  text: `SELECT CAST(SERVERPROPERTY(N'ProductMajorVersion') AS int), CAST(SERVERPROPERTY(N'EngineEdition') AS int),
      (SELECT d.compatibility_level FROM sys.databases AS d WHERE d.database_id = DB_ID()),
      CASE CAST(DATABASEPROPERTYEX(DB_NAME(), N'Updateability') AS nvarchar(20)) WHEN N'READ_ONLY' THEN 0 ELSE 1 END,
      SCHEMA_NAME()`,
  read: (c) => ({
    version: c.number(0),
    edition: c.number(1),
    compatibility: c.number(2),
    writable: c.flag(3),
    schema: c.text(4),
  }),
}

export interface TableRow {
  readonly id: number
  readonly schema: string
  readonly name: string
  readonly view: boolean
  /** Past versions of the rows of another table: the server alone writes them. */
  readonly history: boolean
  readonly rows: number | undefined
  readonly comment: string | undefined
  readonly select: boolean
  readonly insert: boolean
  readonly update: boolean
  readonly delete: boolean
}
/** Rows are counted by the partitions of the heap or the clustered index. A view takes what INSTEAD OF triggers take. */
const takes = (event: number) =>
  `(o.type <> 'V' OR EXISTS (SELECT 1 FROM sys.triggers AS g JOIN sys.trigger_events AS v ON v.object_id = g.object_id WHERE g.parent_id = o.object_id AND g.is_instead_of_trigger = 1 AND g.is_disabled = 0 AND v.type = ${event}))`
const mayChange = (right: string, event: number) => `CASE WHEN ${may(right)} = 1 AND ${takes(event)} THEN 1 ELSE 0 END`
export const tablesQuery: CatalogQuery<TableRow> = {
  text: `SELECT o.object_id, s.name, o.name, CASE WHEN o.type = 'V' THEN 1 ELSE 0 END,
      CASE WHEN EXISTS (SELECT 1 FROM sys.tables AS t WHERE t.object_id = o.object_id AND t.temporal_type = 1) THEN 1 ELSE 0 END,
      (SELECT SUM(p.rows) FROM sys.partitions AS p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)),
      ${described('o.object_id', '0')}, ${may('SELECT')}, ${mayChange('INSERT', 1)}, ${mayChange('UPDATE', 2)}, ${mayChange('DELETE', 3)}
    FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
    WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND ${schemas} ORDER BY s.name, o.name`,
  read: (c) => ({
    id: c.number(0),
    schema: c.text(1),
    name: c.text(2),
    view: c.flag(3),
    history: c.flag(4),
    rows: c.optional(5) === undefined ? undefined : c.number(5),
    comment: c.optional(6),
    select: c.flag(7),
    insert: c.flag(8),
    update: c.flag(9),
    delete: c.flag(10),
  }),
}

interface TypeCells {
  /** Absent: a type of .NET that somebody has made. */
  readonly systemType: string | undefined
  readonly maxLength: number
  readonly precision: number
  readonly scale: number
}
const typeCells = (c: Cells, from: number): TypeCells => ({
  systemType: c.optional(from) ?? c.optional(from + 1),
  maxLength: c.number(from + 2),
  precision: c.number(from + 3),
  scale: c.number(from + 4),
})
const typeColumns = (alias: string) =>
  `${systemType(alias)}, ${ownType(alias)}, ${alias}.max_length, ${alias}.precision, ${alias}.scale`

export interface ColumnRow extends TypeCells {
  readonly id: number
  readonly name: string
  readonly nullable: boolean
  readonly identity: boolean
  /** Computed, a version of the row, or written by the server alone. */
  readonly generated: boolean
  readonly collation: string | undefined
  readonly default: string | undefined
  readonly comment: string | undefined
  readonly readable: boolean
}
/** Of tables, views and functions that answer rows. */
export const columnsQuery: CatalogQuery<ColumnRow> = {
  text: `SELECT c.object_id, c.name, ${typeColumns('c')}, c.is_nullable, c.is_identity,
      CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 OR c.system_type_id = 189 THEN 1 ELSE 0 END,
      c.collation_name, (SELECT d.definition FROM sys.default_constraints AS d WHERE d.object_id = c.default_object_id),
      ${described('c.object_id', 'c.column_id')},
      COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), N'OBJECT', N'SELECT', c.name, N'COLUMN'), 0)
    FROM sys.columns AS c JOIN sys.objects AS o ON o.object_id = c.object_id
      JOIN sys.schemas AS s ON s.schema_id = o.schema_id
    WHERE o.type IN ('U', 'V', 'IF', 'TF', 'FT') AND o.is_ms_shipped = 0 AND ${schemas}
    ORDER BY c.object_id, c.column_id`,
  read: (c) => ({
    id: c.number(0),
    name: c.text(1),
    ...typeCells(c, 2),
    nullable: c.flag(7),
    identity: c.flag(8),
    generated: c.flag(9),
    collation: c.optional(10),
    default: c.optional(11),
    comment: c.optional(12),
    readable: c.flag(13),
  }),
}

export interface KeyRow {
  readonly id: number
  readonly key: string
  readonly primary: boolean
  readonly column: string
  /** The rows that the index has; absent: all. */
  readonly filter: string | undefined
}
export const keysQuery: CatalogQuery<KeyRow> = {
  text: `SELECT i.object_id, i.name, i.is_primary_key, c.name, i.filter_definition
    FROM sys.indexes AS i JOIN sys.objects AS o ON o.object_id = i.object_id
      JOIN sys.schemas AS s ON s.schema_id = o.schema_id
      JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id
      JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
    WHERE i.is_unique = 1 AND i.is_disabled = 0 AND x.key_ordinal > 0 AND o.type = 'U' AND ${schemas}
    ORDER BY i.object_id, i.index_id, x.key_ordinal`,
  read: (c) => ({ id: c.number(0), key: c.text(1), primary: c.flag(2), column: c.text(3), filter: c.optional(4) }),
}

export interface ForeignKeyRow {
  readonly id: number
  readonly key: string
  readonly column: string
  readonly otherSchema: string
  readonly otherTable: string
  readonly otherColumn: string
}
export const foreignKeysQuery: CatalogQuery<ForeignKeyRow> = {
  text: `SELECT f.parent_object_id, f.name, c.name, n.name, r.name, d.name
    FROM sys.foreign_keys AS f JOIN sys.objects AS o ON o.object_id = f.parent_object_id
      JOIN sys.schemas AS s ON s.schema_id = o.schema_id
      JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
      JOIN sys.columns AS c ON c.object_id = k.parent_object_id AND c.column_id = k.parent_column_id
      JOIN sys.columns AS d ON d.object_id = k.referenced_object_id AND d.column_id = k.referenced_column_id
      JOIN sys.objects AS r ON r.object_id = k.referenced_object_id JOIN sys.schemas AS n ON n.schema_id = r.schema_id
    WHERE ${schemas} ORDER BY f.parent_object_id, f.name, k.constraint_column_id`,
  read: (c) => ({
    id: c.number(0),
    key: c.text(1),
    column: c.text(2),
    otherSchema: c.text(3),
    otherTable: c.text(4),
    otherColumn: c.text(5),
  }),
}

export interface CheckRow {
  readonly id: number
  readonly name: string
  readonly expression: string
}
export const checksQuery: CatalogQuery<CheckRow> = {
  text: `SELECT k.parent_object_id, k.name, k.definition
    FROM sys.check_constraints AS k JOIN sys.objects AS o ON o.object_id = k.parent_object_id
      JOIN sys.schemas AS s ON s.schema_id = o.schema_id
    WHERE k.is_disabled = 0 AND ${schemas} ORDER BY k.parent_object_id, k.name`,
  read: (c) => ({ id: c.number(0), name: c.text(1), expression: c.text(2) }),
}

export interface RoutineRow {
  readonly id: number
  readonly schema: string
  readonly name: string
  /** P, PC: procedures. FN, FS: functions of a value. IF, TF, FT: of rows. */
  readonly type: string
  readonly comment: string | undefined
  /** Its text, where it is to be seen: only there are the defaults of parameters. */
  readonly definition: string | undefined
  /** When it was last changed. */
  readonly changed: string
}
export const routinesQuery: CatalogQuery<RoutineRow> = {
  text: `SELECT o.object_id, s.name, o.name, RTRIM(o.type), ${described('o.object_id', '0')},
      (SELECT m.definition FROM sys.sql_modules AS m WHERE m.object_id = o.object_id),
      CONVERT(nvarchar(30), o.modify_date, 126)
    FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
    WHERE o.type IN ('P', 'PC', 'FN', 'FS', 'IF', 'TF', 'FT') AND o.is_ms_shipped = 0 AND ${schemas}
      AND CASE WHEN o.type IN ('IF', 'TF', 'FT') THEN ${may('SELECT')} ELSE ${may('EXECUTE')} END = 1
    ORDER BY s.name, o.name`,
  read: (c) => ({
    id: c.number(0),
    schema: c.text(1),
    name: c.text(2),
    type: c.text(3),
    comment: c.optional(4),
    definition: c.optional(5),
    changed: c.text(6),
  }),
}

export interface ParameterRow extends TypeCells {
  readonly id: number
  /** 0: what a function returns. */
  readonly position: number
  /** With its `@`. */
  readonly name: string
  readonly output: boolean
  readonly hasDefault: boolean
  readonly cursor: boolean
  /** The type of a table that is handed over. */
  readonly tableSchema: string | undefined
  readonly tableType: string | undefined
}
export const parametersQuery: CatalogQuery<ParameterRow> = {
  text: `SELECT a.object_id, a.parameter_id, a.name, ${typeColumns('a')}, a.is_output, a.has_default_value,
      a.is_cursor_ref, n.name, w.name
    FROM sys.all_parameters AS a JOIN sys.objects AS o ON o.object_id = a.object_id
      JOIN sys.schemas AS s ON s.schema_id = o.schema_id
      LEFT JOIN sys.table_types AS w ON w.user_type_id = a.user_type_id
      LEFT JOIN sys.schemas AS n ON n.schema_id = w.schema_id
    WHERE ${schemas} ORDER BY a.object_id, a.parameter_id`,
  read: (c) => ({
    id: c.number(0),
    position: c.number(1),
    name: c.text(2),
    ...typeCells(c, 3),
    output: c.flag(8),
    hasDefault: c.flag(9),
    cursor: c.flag(10),
    tableSchema: c.optional(11),
    tableType: c.optional(12),
  }),
}

export interface TypeColumnRow extends TypeCells {
  readonly schema: string
  readonly type: string
  readonly name: string
  readonly generated: boolean
}
/** The columns of table types, of all schemas: a parameter may be of any. */
export const tableTypesQuery: CatalogQuery<TypeColumnRow> = {
  text: `SELECT s.name, w.name, c.name, ${typeColumns('c')},
      CASE WHEN c.is_computed = 1 OR c.is_identity = 1 OR c.system_type_id = 189 THEN 1 ELSE 0 END
    FROM sys.table_types AS w JOIN sys.schemas AS s ON s.schema_id = w.schema_id
      JOIN sys.columns AS c ON c.object_id = w.type_table_object_id
    ORDER BY s.name, w.name, c.column_id`,
  read: (c) => ({ schema: c.text(0), type: c.text(1), name: c.text(2), ...typeCells(c, 3), generated: c.flag(8) }),
}

export interface ResultRow {
  readonly id: number
  readonly name: string
  /** `decimal(10,2)`. */
  readonly nativeType: string
}
/** The first result set of procedures, by their ids; of those whose text does not say it there is nothing. */
export const resultsQuery: CatalogQuery<ResultRow> = {
  text: `SELECT o.object_id, r.name, r.system_type_name
    FROM sys.objects AS o JOIN OPENJSON(@p1) AS j ON o.object_id = CAST(j.[value] AS int)
      CROSS APPLY sys.dm_exec_describe_first_result_set_for_object(o.object_id, 0) AS r
    WHERE r.error_number IS NULL AND r.is_hidden = 0 AND r.name IS NOT NULL AND r.system_type_name IS NOT NULL
    ORDER BY o.object_id, r.column_ordinal`,
  read: (c) => ({ id: c.number(0), name: c.text(1), nativeType: c.text(2) }),
}
