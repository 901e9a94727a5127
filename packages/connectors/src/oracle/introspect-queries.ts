import type { Raw } from '../sql/driver.js'
import { textIn } from '../sql/encode.js'

/**
 * One row type a query, values by position. Each query asks for one owner by `=`, and is plain enough to be run on
 * tables made by hand.
 */
export interface TableRow {
  readonly name: string
  readonly kind: string
  readonly rows: number | undefined
  /** Of a materialized view or a view: whether it takes changes at all. */
  readonly updatable: boolean
}
export interface ColumnRow {
  readonly table: string
  readonly name: string
  readonly dataType: string
  readonly precision: number | undefined
  readonly scale: number | undefined
  readonly charLength: number
  readonly dataLength: number
  readonly nullable: boolean
  readonly default: string | undefined
  readonly virtual: boolean
  readonly comment: string
}
export interface CommentRow {
  readonly table: string
  readonly comment: string
}
export interface IdentityRow {
  readonly table: string
  readonly column: string
  readonly always: boolean
}
export interface KeyRow {
  readonly table: string
  readonly key: string
  /** P, U or R. */
  readonly kind: string
  readonly column: string
  readonly otherOwner: string
  readonly otherTable: string
  readonly otherColumn: string
}
export interface IndexRow {
  readonly table: string
  readonly index: string
  readonly column: string
}
export interface CheckRow {
  readonly table: string
  readonly name: string
  readonly expression: string
}
export interface TriggerRow {
  readonly table: string
  readonly event: string
  readonly body: string
}
export interface SynonymRow {
  readonly name: string
  readonly owner: string
  readonly target: string
}
export interface GrantRow {
  readonly table: string
  readonly privilege: string
}
export interface ViewColumnRow {
  readonly table: string
  readonly insertable: boolean
  readonly updatable: boolean
  readonly deletable: boolean
}
export interface RoutineRow {
  /** The package's name for what is in one, else the routine's own. */
  readonly object: string
  readonly procedure: string | undefined
  readonly objectType: string
  readonly subprogram: string
  readonly overload: string
  readonly pipelined: boolean
}
export interface ArgumentRow {
  readonly package: string | undefined
  readonly routine: string
  readonly subprogram: string
  readonly overload: string
  /** Undefined: what a function returns. */
  readonly name: string | undefined
  readonly position: number
  readonly dataType: string
  readonly plsType: string
  readonly mode: string
  readonly defaulted: boolean
  readonly precision: number | undefined
  readonly scale: number | undefined
  readonly charLength: number
}

/** A text with one value, the owner, and how a row of it is read. */
export interface CatalogQuery<Row> {
  readonly text: string
  read(cells: readonly Raw[]): Row
}

const text = (raw: Raw | undefined): string => textIn(raw) ?? ''
const number = (raw: Raw | undefined): number | undefined =>
  raw === null || raw === undefined ? undefined : Number(text(raw))
const yes = (raw: Raw | undefined): boolean => text(raw) === 'YES' || text(raw) === 'Y'

/** Tables, views and materialized views; parts of other tables and what the server keeps for itself are none. */
export const tablesQuery: CatalogQuery<TableRow> = {
  text: `SELECT T.TABLE_NAME, 'TABLE', T.NUM_ROWS, 'Y' FROM ALL_TABLES T
WHERE T.OWNER = :1 AND T.NESTED = 'NO' AND T.SECONDARY = 'N' AND (T.IOT_TYPE IS NULL OR T.IOT_TYPE = 'IOT')
AND T.DROPPED = 'NO' AND NOT EXISTS (SELECT 1 FROM ALL_MVIEWS M WHERE M.OWNER = T.OWNER AND M.MVIEW_NAME = T.TABLE_NAME)
UNION ALL SELECT V.VIEW_NAME, 'VIEW', NULL, CASE V.READ_ONLY WHEN 'Y' THEN 'N' ELSE 'Y' END FROM ALL_VIEWS V WHERE V.OWNER = :2
UNION ALL SELECT M.MVIEW_NAME, 'MVIEW', T.NUM_ROWS, M.UPDATABLE FROM ALL_MVIEWS M
LEFT JOIN ALL_TABLES T ON T.OWNER = M.OWNER AND T.TABLE_NAME = M.CONTAINER_NAME WHERE M.OWNER = :3
ORDER BY 1`,
  read: ([name = null, kind = null, rows = null, updatable = null]) => ({
    name: text(name),
    kind: text(kind),
    rows: number(rows),
    updatable: yes(updatable),
  }),
}

export const columnsQuery: CatalogQuery<ColumnRow> = {
  text: `SELECT C.TABLE_NAME, C.COLUMN_NAME, C.DATA_TYPE, C.DATA_PRECISION, C.DATA_SCALE, C.CHAR_LENGTH, C.DATA_LENGTH,
C.NULLABLE, C.VIRTUAL_COLUMN, D.COMMENTS, C.DATA_DEFAULT FROM ALL_TAB_COLS C
LEFT JOIN ALL_COL_COMMENTS D ON D.OWNER = C.OWNER AND D.TABLE_NAME = C.TABLE_NAME AND D.COLUMN_NAME = C.COLUMN_NAME
WHERE C.OWNER = :1 AND C.HIDDEN_COLUMN = 'NO' ORDER BY C.TABLE_NAME, C.COLUMN_ID`,
  read: (c) => ({
    table: text(c[0]),
    name: text(c[1]),
    dataType: text(c[2]),
    precision: number(c[3]),
    scale: number(c[4]),
    charLength: number(c[5]) ?? 0,
    dataLength: number(c[6]) ?? 0,
    nullable: yes(c[7]),
    virtual: yes(c[8]),
    comment: text(c[9]),
    default: textIn(c[10])?.trim(),
  }),
}

export const commentsQuery: CatalogQuery<CommentRow> = {
  text: 'SELECT TABLE_NAME, COMMENTS FROM ALL_TAB_COMMENTS WHERE OWNER = :1 AND COMMENTS IS NOT NULL',
  read: (c) => ({ table: text(c[0]), comment: text(c[1]) }),
}

export const identitiesQuery: CatalogQuery<IdentityRow> = {
  text: 'SELECT TABLE_NAME, COLUMN_NAME, GENERATION_TYPE FROM ALL_TAB_IDENTITY_COLS WHERE OWNER = :1',
  read: (c) => ({ table: text(c[0]), column: text(c[1]), always: text(c[2]) === 'ALWAYS' }),
}

/** Primary, unique and foreign keys, with the columns that these refer to. */
export const keysQuery: CatalogQuery<KeyRow> = {
  text: `SELECT K.TABLE_NAME, K.CONSTRAINT_NAME, K.CONSTRAINT_TYPE, C.COLUMN_NAME, R.OWNER, R.TABLE_NAME, R.COLUMN_NAME
FROM ALL_CONSTRAINTS K
JOIN ALL_CONS_COLUMNS C ON C.OWNER = K.OWNER AND C.CONSTRAINT_NAME = K.CONSTRAINT_NAME AND C.TABLE_NAME = K.TABLE_NAME
LEFT JOIN ALL_CONS_COLUMNS R ON R.OWNER = K.R_OWNER AND R.CONSTRAINT_NAME = K.R_CONSTRAINT_NAME AND R.POSITION = C.POSITION
WHERE K.OWNER = :1 AND K.CONSTRAINT_TYPE IN ('P', 'U', 'R') AND (K.STATUS = 'ENABLED' OR K.CONSTRAINT_TYPE = 'R')
ORDER BY K.TABLE_NAME, K.CONSTRAINT_NAME, C.POSITION`,
  read: (c) => ({
    table: text(c[0]),
    key: text(c[1]),
    kind: text(c[2]),
    column: text(c[3]),
    otherOwner: text(c[4]),
    otherTable: text(c[5]),
    otherColumn: text(c[6]),
  }),
}

/** Unique indexes that no constraint made. Those on expressions have columns that are hidden. */
export const indexesQuery: CatalogQuery<IndexRow> = {
  text: `SELECT I.TABLE_NAME, I.INDEX_NAME, C.COLUMN_NAME FROM ALL_INDEXES I
JOIN ALL_IND_COLUMNS C ON C.INDEX_OWNER = I.OWNER AND C.INDEX_NAME = I.INDEX_NAME
WHERE I.TABLE_OWNER = :1 AND I.UNIQUENESS = 'UNIQUE' AND NOT EXISTS (SELECT 1 FROM ALL_CONSTRAINTS K
WHERE K.INDEX_NAME = I.INDEX_NAME AND K.OWNER = I.TABLE_OWNER AND K.TABLE_NAME = I.TABLE_NAME)
ORDER BY I.TABLE_NAME, I.INDEX_NAME, C.COLUMN_POSITION`,
  read: (c) => ({ table: text(c[0]), index: text(c[1]), column: text(c[2]) }),
}

export const checksQuery: CatalogQuery<CheckRow> = {
  text: `SELECT TABLE_NAME, CONSTRAINT_NAME, SEARCH_CONDITION FROM ALL_CONSTRAINTS
WHERE OWNER = :1 AND CONSTRAINT_TYPE = 'C' AND STATUS = 'ENABLED' ORDER BY TABLE_NAME, CONSTRAINT_NAME`,
  read: (c) => ({ table: text(c[0]), name: text(c[1]), expression: text(c[2]).trim() }),
}

/** What may number a column, or take changes to a view. */
export const triggersQuery: CatalogQuery<TriggerRow> = {
  text: `SELECT TABLE_NAME, TRIGGER_TYPE, TRIGGERING_EVENT, TRIGGER_BODY FROM ALL_TRIGGERS
WHERE TABLE_OWNER = :1 AND STATUS = 'ENABLED' AND TRIGGER_TYPE IN ('BEFORE EACH ROW', 'INSTEAD OF')`,
  read: (c) => ({ table: text(c[0]), event: `${text(c[1])} ${text(c[2])}`, body: text(c[3]) }),
}

export const viewColumnsQuery: CatalogQuery<ViewColumnRow> = {
  text: `SELECT U.TABLE_NAME, MAX(U.INSERTABLE), MAX(U.UPDATABLE), MAX(U.DELETABLE) FROM ALL_UPDATABLE_COLUMNS U
JOIN ALL_VIEWS V ON V.OWNER = U.OWNER AND V.VIEW_NAME = U.TABLE_NAME WHERE U.OWNER = :1 GROUP BY U.TABLE_NAME`,
  read: (c) => ({ table: text(c[0]), insertable: yes(c[1]), updatable: yes(c[2]), deletable: yes(c[3]) }),
}

/** Other names for tables and views of this database. */
export const synonymsQuery: CatalogQuery<SynonymRow> = {
  text: `SELECT SYNONYM_NAME, TABLE_OWNER, TABLE_NAME FROM ALL_SYNONYMS
WHERE OWNER = :1 AND DB_LINK IS NULL AND TABLE_OWNER IS NOT NULL ORDER BY SYNONYM_NAME`,
  read: (c) => ({ name: text(c[0]), owner: text(c[1]), target: text(c[2]) }),
}

/** What the connection's user may do by itself, by its roles and as anybody. */
export const grantsQuery: CatalogQuery<GrantRow> = {
  text: 'SELECT DISTINCT TABLE_NAME, PRIVILEGE FROM ALL_TAB_PRIVS WHERE TABLE_SCHEMA = :1',
  read: (c) => ({ table: text(c[0]), privilege: text(c[1]) }),
}

/** Asks for nobody's: what the session may do anywhere. */
export const systemPrivilegesQuery = 'SELECT PRIVILEGE FROM SESSION_PRIVS'

export const routinesQuery: CatalogQuery<RoutineRow> = {
  text: `SELECT OBJECT_NAME, PROCEDURE_NAME, OBJECT_TYPE, SUBPROGRAM_ID, OVERLOAD, PIPELINED FROM ALL_PROCEDURES
WHERE OWNER = :1 AND (OBJECT_TYPE IN ('PROCEDURE', 'FUNCTION') OR (OBJECT_TYPE = 'PACKAGE' AND PROCEDURE_NAME IS NOT NULL))
ORDER BY OBJECT_NAME, SUBPROGRAM_ID`,
  read: (c) => ({
    object: text(c[0]),
    procedure: textIn(c[1]),
    objectType: text(c[2]),
    subprogram: text(c[3]),
    overload: text(c[4]),
    pipelined: yes(c[5]),
  }),
}

export const argumentsQuery: CatalogQuery<ArgumentRow> = {
  text: `SELECT PACKAGE_NAME, OBJECT_NAME, SUBPROGRAM_ID, OVERLOAD, ARGUMENT_NAME, POSITION, DATA_TYPE, PLS_TYPE, IN_OUT,
DEFAULTED, DATA_PRECISION, DATA_SCALE, CHAR_LENGTH FROM ALL_ARGUMENTS
WHERE OWNER = :1 AND DATA_LEVEL = 0 AND DATA_TYPE IS NOT NULL
ORDER BY PACKAGE_NAME, OBJECT_NAME, SUBPROGRAM_ID, POSITION`,
  read: (c) => ({
    package: textIn(c[0]),
    routine: text(c[1]),
    subprogram: text(c[2]),
    overload: text(c[3]),
    name: textIn(c[4]),
    position: number(c[5]) ?? 0,
    dataType: text(c[6]),
    plsType: text(c[7]),
    mode: text(c[8]),
    defaulted: yes(c[9]),
    precision: number(c[10]),
    scale: number(c[11]),
    charLength: number(c[12]) ?? 0,
  }),
}

/** How often a query names the owner: the driver counts uses. */
export function ownersIn(query: { readonly text: string }): number {
  return query.text.match(/:\d/g)?.length ?? 0
}
