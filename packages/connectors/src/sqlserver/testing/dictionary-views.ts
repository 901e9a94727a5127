import type Sqlite from 'better-sqlite3'
import { SqliteDatabase } from '../../sqlite/sqlite-library.js'
import type { Bound } from '../parameters.js'
import type { Answer } from './session-double.js'

type Cell = string | number | null
type Row = Readonly<Record<string, Cell>>

/**
 * The columns of the views that the connector asks, by the names that SQL Server documents for them. Kinds of objects
 * are `char(2)` there, which compares without its spaces.
 */
const views: Readonly<Record<string, string>> = {
  databases: 'name, database_id, compatibility_level',
  schemas: 'name, schema_id',
  objects: 'name, object_id, schema_id, parent_object_id DEFAULT 0, type COLLATE RTRIM, modify_date, is_ms_shipped',
  types: 'name, system_type_id, user_type_id, schema_id, is_user_defined',
  table_types: 'name, system_type_id, user_type_id, schema_id, is_user_defined, type_table_object_id',
  columns:
    'object_id, name, column_id, system_type_id, user_type_id, max_length, precision, scale, collation_name, is_nullable, is_identity, is_computed, default_object_id, generated_always_type',
  all_parameters:
    'object_id, name, parameter_id, system_type_id, user_type_id, max_length, precision, scale, is_output, is_cursor_ref, has_default_value',
  default_constraints: 'name, object_id, parent_object_id, parent_column_id, definition',
  check_constraints: 'name, object_id, parent_object_id, parent_column_id, is_disabled, definition',
  extended_properties: 'class, major_id, minor_id, name, value',
  tables: 'name, object_id, schema_id, temporal_type, history_table_id',
  partitions: 'partition_id, object_id, index_id, partition_number, rows',
  triggers: 'name, object_id, parent_id, is_disabled, is_instead_of_trigger',
  trigger_events: 'object_id, type',
  indexes:
    'object_id, name, index_id, is_unique, is_primary_key, is_unique_constraint, is_disabled, has_filter, filter_definition',
  index_columns: 'object_id, index_id, index_column_id, column_id, key_ordinal, is_included_column',
  foreign_keys: 'name, object_id, parent_object_id, referenced_object_id, key_index_id, is_disabled',
  foreign_key_columns:
    'constraint_object_id, constraint_column_id, parent_object_id, parent_column_id, referenced_object_id, referenced_column_id',
  sql_modules: 'object_id, definition',
}

/** What the server's functions answer. */
export interface Said {
  readonly database: string
  readonly schema: string
  readonly properties: Readonly<Record<string, Cell>>
  readonly databaseProperties: Readonly<Record<string, Cell>>
  /** Rights by the quoted name of what they are for, and of columns as `SELECT name`; NULL for any other name. */
  readonly rights: Readonly<Record<string, readonly string[]>>
  /** Rows of sys.dm_exec_describe_first_result_set_for_object, by the id of the object. */
  readonly results: Readonly<Record<number, readonly Row[]>>
}

const resultColumns = ['is_hidden', 'column_ordinal', 'name', 'system_type_name', 'error_number']

export interface DictionaryViews {
  add(view: string, ...rows: readonly Row[]): void
  change(statement: string, ...values: readonly Cell[]): void
  /** The rows of a query that reads `sys`; undefined for any other text. */
  answer(text: string, values: readonly Bound[]): Answer | undefined
  close(): void
}

/** The dictionary views as tables made by hand, so that the queries that read them run, in words of SQLite. */
export function dictionaryViews(said: Said): DictionaryViews {
  const db = new SqliteDatabase(':memory:')
  db.exec("ATTACH ':memory:' AS sys")
  for (const [view, columns] of Object.entries(views)) db.exec(`CREATE TABLE sys.${view} (${columns})`)
  addFunctions(db, said)
  return {
    add(view, ...rows) {
      for (const row of rows) {
        const names = Object.keys(row)
        db.prepare(`INSERT INTO sys.${view} (${names.join()}) VALUES (${names.map(() => '?').join()})`).run(
          ...Object.values(row),
        )
      }
    },
    change: (statement, ...values) => {
      db.prepare(statement).run(...values)
    },
    answer(text, values) {
      if (!/\bsys\.\w/.test(text)) return undefined
      const named = Object.fromEntries(values.map(({ value }, i) => [`p${i + 1}`, value]))
      const statement = db.prepare<unknown[], Cell[]>(inSqlite(text)).raw(true)
      return { sets: [{ rows: statement.all(...(values.length === 0 ? [] : [named])) }] }
    },
    close: () => db.close(),
  }
}

/** The few words that SQLite says otherwise. All else, functions by their names and all, is as the connector wrote it. */
function inSqlite(text: string): string {
  return text
    .replace(/\bN'/g, "'")
    .replaceAll(' + ', ' || ')
    .replaceAll(' COLLATE DATABASE_DEFAULT', '')
    .replaceAll('OPENJSON(', 'json_each(')
    .replaceAll('CROSS APPLY sys.', 'JOIN ')
}

function addFunctions(db: Sqlite.Database, said: Said): void {
  const named = (values: Readonly<Record<string, Cell>>) => (name: unknown) => values[String(name)] ?? null
  db.function('SERVERPROPERTY', named(said.properties))
  db.function('DATABASEPROPERTYEX', (database, name) =>
    database === said.database ? named(said.databaseProperties)(name) : null,
  )
  db.function('DB_ID', () => 7)
  db.function('DB_NAME', () => said.database)
  db.function('SCHEMA_NAME', () => said.schema)
  db.function('QUOTENAME', (name) => `[${String(name).replaceAll(']', ']]')}]`)
  db.function('HAS_PERMS_BY_NAME', { varargs: true }, (name, kind, right, ...part) => {
    const rights = kind === 'OBJECT' ? said.rights[String(name)] : undefined
    if (!rights) return null
    if (part.length === 0) return rights.includes(String(right)) ? 1 : 0
    const [column, partKind] = part
    return partKind === 'COLUMN' && rights.includes(`${right} ${column}`) ? 1 : 0
  })
  // A type with its length reads as a call. Style 126 is ISO 8601.
  db.function('nvarchar', (length) => `nvarchar(${length})`)
  db.function('CONVERT', (_type, value, style) => (style === 126 ? String(value).replace(' ', 'T') : null))
  db.table('dm_exec_describe_first_result_set_for_object', {
    columns: resultColumns,
    parameters: ['object_id', 'include_browse_information'],
    rows: function* (id: unknown) {
      for (const row of said.results[Number(id)] ?? []) yield resultColumns.map((column) => row[column] ?? null)
    },
  })
}
