import { SqliteDatabase } from '../../sqlite/sqlite-library.js'
import { shopArguments, shopChecks, shopColumns, shopKeys, shopRoutines } from './dictionary.js'

type Cells = readonly (string | number | null)[]

/** The columns of the views that the connector asks, by the names that Oracle's own have. */
const views: Readonly<Record<string, string>> = {
  ALL_TABLES: 'OWNER, TABLE_NAME, NUM_ROWS, NESTED, SECONDARY, IOT_TYPE, DROPPED',
  ALL_VIEWS: 'OWNER, VIEW_NAME, READ_ONLY',
  ALL_MVIEWS: 'OWNER, MVIEW_NAME, CONTAINER_NAME, UPDATABLE',
  ALL_TAB_COLS:
    'OWNER, TABLE_NAME, COLUMN_NAME, DATA_TYPE, DATA_PRECISION, DATA_SCALE, CHAR_LENGTH, DATA_LENGTH, NULLABLE, VIRTUAL_COLUMN, DATA_DEFAULT, HIDDEN_COLUMN, COLUMN_ID',
  ALL_COL_COMMENTS: 'OWNER, TABLE_NAME, COLUMN_NAME, COMMENTS',
  ALL_TAB_COMMENTS: 'OWNER, TABLE_NAME, COMMENTS',
  ALL_TAB_IDENTITY_COLS: 'OWNER, TABLE_NAME, COLUMN_NAME, GENERATION_TYPE',
  ALL_CONSTRAINTS:
    'OWNER, TABLE_NAME, CONSTRAINT_NAME, CONSTRAINT_TYPE, R_OWNER, R_CONSTRAINT_NAME, SEARCH_CONDITION, STATUS, INDEX_NAME',
  ALL_CONS_COLUMNS: 'OWNER, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, POSITION',
  ALL_INDEXES: 'OWNER, INDEX_NAME, TABLE_OWNER, TABLE_NAME, UNIQUENESS',
  ALL_IND_COLUMNS: 'INDEX_OWNER, INDEX_NAME, COLUMN_NAME, COLUMN_POSITION',
  ALL_TRIGGERS: 'TABLE_OWNER, TABLE_NAME, TRIGGER_TYPE, TRIGGERING_EVENT, TRIGGER_BODY, STATUS',
  ALL_UPDATABLE_COLUMNS: 'OWNER, TABLE_NAME, COLUMN_NAME, INSERTABLE, UPDATABLE, DELETABLE',
  ALL_SYNONYMS: 'OWNER, SYNONYM_NAME, TABLE_OWNER, TABLE_NAME, DB_LINK',
  ALL_TAB_PRIVS: 'TABLE_SCHEMA, TABLE_NAME, PRIVILEGE',
  SESSION_PRIVS: 'PRIVILEGE',
  ALL_PROCEDURES: 'OWNER, OBJECT_NAME, PROCEDURE_NAME, OBJECT_TYPE, SUBPROGRAM_ID, OVERLOAD, PIPELINED',
  ALL_ARGUMENTS:
    'OWNER, PACKAGE_NAME, OBJECT_NAME, SUBPROGRAM_ID, OVERLOAD, ARGUMENT_NAME, POSITION, DATA_TYPE, PLS_TYPE, IN_OUT, DEFAULTED, DATA_PRECISION, DATA_SCALE, CHAR_LENGTH, DATA_LEVEL',
}

/** The dictionary views as tables made by hand, so that the queries that read them run. */
export interface DictionaryTables {
  add(view: string, ...rows: readonly Cells[]): void
  rows(text: string, values: readonly unknown[]): readonly (readonly (string | number | null)[])[]
  close(): void
}

export function dictionaryTables(): DictionaryTables {
  const db = new SqliteDatabase(':memory:')
  for (const [view, columns] of Object.entries(views)) db.exec(`CREATE TABLE ${view} (${columns})`)
  return {
    add(view, ...rows) {
      for (const row of rows) db.prepare(`INSERT INTO ${view} VALUES (${row.map(() => '?').join()})`).run(...row)
    },
    rows: (text, values) =>
      db
        .prepare<unknown[], (string | number | null)[]>(text)
        .raw(true)
        .all(Object.fromEntries(values.map((value, i) => [String(i + 1), value]))),
    close: () => db.close(),
  }
}

/** Puts the shop of an owner into the tables. */
export function addShop(tables: DictionaryTables, owner = 'SHOP'): void {
  for (const [table, columns] of Object.entries(shopColumns)) {
    if (table === 'CUSTOMER_TOTALS') tables.add('ALL_VIEWS', [owner, table, 'N'])
    else tables.add('ALL_TABLES', [owner, table, 60, 'NO', 'N', null, 'NO'])
    columns.forEach((c, i) => {
      tables.add('ALL_TAB_COLS', [
        owner,
        table,
        c.name,
        c.type,
        c.precision ?? null,
        c.scale ?? null,
        c.chars ?? 0,
        c.bytes ?? 22,
        c.nullable === false ? 'N' : 'Y',
        c.virtual ? 'YES' : 'NO',
        c.default ?? null,
        'NO',
        i + 1,
      ])
      tables.add('ALL_COL_COMMENTS', [owner, table, c.name, c.comment ?? null])
    })
    if (columns[0]?.name === 'ID' && table !== 'TAGS' && table !== 'CUSTOMER_TOTALS')
      tables.add('ALL_TAB_IDENTITY_COLS', [owner, table, 'ID', 'BY DEFAULT'])
  }
  for (const [table, name, kind, columns, refers] of shopKeys) {
    tables.add('ALL_CONSTRAINTS', [
      owner,
      table,
      name,
      kind,
      refers ? owner : null,
      refers ?? null,
      null,
      'ENABLED',
      kind === 'R' ? null : name,
    ])
    columns.forEach((column, i) => {
      tables.add('ALL_CONS_COLUMNS', [owner, table, name, column, i + 1])
    })
  }
  for (const [table, name, condition] of shopChecks) {
    tables.add('ALL_CONSTRAINTS', [owner, table, name, 'C', null, null, condition, 'ENABLED', null])
  }
  tables.add('ALL_TAB_COMMENTS', [owner, 'CUSTOMERS', 'Who buys'])
  tables.add('ALL_UPDATABLE_COLUMNS', [owner, 'CUSTOMER_TOTALS', 'ID', 'NO', 'NO', 'NO'])
  addRoutines(tables, owner)
}

function addRoutines(tables: DictionaryTables, owner: string): void {
  shopRoutines.forEach(([object, procedure, type, overload, pipelined], i) => {
    tables.add('ALL_PROCEDURES', [
      owner,
      object,
      procedure ?? null,
      type,
      i + 1,
      overload ?? null,
      pipelined ? 'YES' : 'NO',
    ])
  })
  const positions = new Map<string, number>()
  for (const a of shopArguments) {
    const place = `${a.package}.${a.routine}.${a.overload}`
    const position = a.name === undefined ? 0 : (positions.get(place) ?? 0) + 1
    positions.set(place, position)
    tables.add('ALL_ARGUMENTS', [
      owner,
      a.package ?? null,
      a.routine,
      1,
      a.overload ?? null,
      a.name ?? null,
      position,
      a.type,
      a.plsType ?? a.type,
      a.mode ?? 'IN',
      a.defaulted ? 'Y' : 'N',
      a.plsType === 'INTEGER' ? 38 : null,
      null,
      0,
      0,
    ])
  }
}
