import { type DictionaryViews, dictionaryViews, type Said } from './dictionary-views.js'

type Flags = Readonly<Record<string, string | number | null>>

/** Names of types with their `system_type_id` and `user_type_id`, as SQL Server numbers them. */
const types: Readonly<Record<string, readonly [system: number, user: number, own?: boolean]>> = {
  int: [56, 56],
  bit: [104, 104],
  decimal: [106, 106],
  bigint: [127, 127],
  timestamp: [189, 189],
  nvarchar: [231, 231],
  sysname: [231, 256],
  hierarchyid: [240, 128],
  geography: [240, 130],
  datetime2: [42, 42],
  // Of this database: an alias type, a table type and a type of .NET.
  EmailAddress: [231, 257, true],
  Lines: [243, 258, true],
  Complex: [240, 259, true],
}

type Size = readonly [maxLength: number, precision: number, scale: number]
const sizes: Readonly<Record<string, Size>> = {
  int: [4, 10, 0],
  bigint: [8, 19, 0],
  timestamp: [8, 0, 0],
  'decimal(12,2)': [9, 12, 2],
  'nvarchar(20)': [40, 0, 0],
  'nvarchar(100)': [200, 0, 0],
  EmailAddress: [640, 0, 0],
  'datetime2(3)': [7, 23, 3],
  geography: [-1, 0, 0],
  Lines: [-1, 0, 0],
  Complex: [-1, 0, 0],
}

function typed(type: string) {
  const [system = 0, user = 0] = types[type.replace(/\(.*/, '')] ?? []
  const [max_length = 0, precision = 0, scale = 0] = sizes[type] ?? []
  return { system_type_id: system, user_type_id: user, max_length, precision, scale }
}

const schemas = { dbo: 1, sales: 5, elsewhere: 6 }
type Schema = keyof typeof schemas
const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
const customers = ['number', 'country', 'email', 'status', 'total', 'label', 'version', 'changed', 'place']
const readable = (...columns: readonly string[]) => columns.map((column) => `SELECT ${column}`)

const said: Said = {
  database: 'shop',
  schema: 'dbo',
  properties: { ProductMajorVersion: '16', EngineEdition: 3 },
  databaseProperties: { Updateability: 'READ_WRITE' },
  rights: {
    '[dbo].[customers]': [...all, ...readable(...customers, 'complex')],
    '[dbo].[customers_history]': [...all, ...readable('number')],
    '[dbo].[totals]': [...all, ...readable('id')],
    '[sales].[odd]]name]': ['SELECT', 'INSERT', ...readable('id', 'country', 'customer')],
    '[dbo].[shipped]': [...all, ...readable('id')],
    '[elsewhere].[customers]': [...all, ...readable('id')],
    '[dbo].[place_order]': ['EXECUTE'],
    '[dbo].[not_mine]': [],
    '[dbo].[dynamic]': ['EXECUTE'],
    '[dbo].[cursors]': ['EXECUTE'],
    '[sales].[discount]': ['EXECUTE'],
    '[dbo].[customers_in]': ['SELECT', ...readable('number', 'total')],
  },
  results: {
    201: [
      { column_ordinal: 2, name: 'total', system_type_name: 'decimal(12,2)' },
      { column_ordinal: 1, name: 'order', system_type_name: 'bigint' },
      { column_ordinal: 3, name: 'key', system_type_name: 'int', is_hidden: 1 },
      { column_ordinal: 4, system_type_name: 'int' },
    ].map((row) => ({ is_hidden: 0, ...row })),
    202: [{ is_hidden: 0, column_ordinal: 0, error_number: 11513 }],
  },
}

/** A small schema, with what is easily mistaken: the same names elsewhere, rows out of order, things that are off. */
export function dictionaryShop(more: Partial<Said> = {}): DictionaryViews {
  const views = dictionaryViews({ ...said, ...more })
  views.add('databases', { name: 'master', database_id: 1, compatibility_level: 100 })
  views.add('databases', { name: 'shop', database_id: 7, compatibility_level: 150 })
  for (const [name, id] of Object.entries(schemas)) views.add('schemas', { name, schema_id: id })
  for (const [name, [system, user, own]] of Object.entries(types)) {
    const row = { name, system_type_id: system, user_type_id: user, schema_id: 1, is_user_defined: own ? 1 : 0 }
    views.add('types', row)
    if (name === 'Lines') views.add('table_types', { ...row, schema_id: schemas.sales, type_table_object_id: 300 })
  }
  addTables(views)
  addKeys(views)
  addRoutines(views)
  return views
}

function object(views: DictionaryViews, id: number, schema: Schema, name: string, type: string, more: Flags = {}) {
  const modify_date = '2026-11-21 10:00:00.123'
  const row = { object_id: id, schema_id: schemas[schema], name, type: type.padEnd(2), modify_date, is_ms_shipped: 0 }
  views.add('objects', { ...row, ...more })
  if (type === 'U') views.add('tables', { name, object_id: id, temporal_type: id === 102 ? 1 : 0 })
}

function column(views: DictionaryViews, table: number, id: number, name: string, type: string, more: Flags = {}) {
  const place = { object_id: table, column_id: id, name, ...typed(type) }
  const flags = { is_nullable: 0, is_identity: 0, is_computed: 0, default_object_id: 0, generated_always_type: 0 }
  views.add('columns', { ...place, ...flags, ...more })
}

function comment(views: DictionaryViews, major: number, minor: number, value: string, more: Flags = {}) {
  views.add('extended_properties', {
    class: 1,
    major_id: major,
    minor_id: minor,
    name: 'MS_Description',
    value,
    ...more,
  })
}

function addTables(views: DictionaryViews): void {
  object(views, 101, 'dbo', 'customers', 'U')
  // Out of order: their numbers say it.
  column(views, 101, 3, 'email', 'EmailAddress', { is_nullable: 1, collation_name: 'Latin1_General_CI_AS' })
  column(views, 101, 1, 'number', 'bigint', { is_identity: 1 })
  column(views, 101, 2, 'country', 'nvarchar(20)', { default_object_id: 151 })
  column(views, 101, 4, 'status', 'nvarchar(100)')
  column(views, 101, 5, 'total', 'decimal(12,2)', { is_nullable: 1 })
  column(views, 101, 6, 'label', 'nvarchar(100)', { is_computed: 1 })
  column(views, 101, 7, 'version', 'timestamp')
  column(views, 101, 8, 'changed', 'datetime2(3)', { generated_always_type: 1 })
  column(views, 101, 9, 'place', 'geography', { is_nullable: 1 })
  column(views, 101, 10, 'complex', 'Complex', { is_nullable: 1 })
  column(views, 101, 11, 'secret', 'int', { is_nullable: 1 })
  views.add('default_constraints', { name: 'd1', object_id: 151, parent_object_id: 101, definition: "(N'DE')" })
  views.add('default_constraints', { name: 'd2', object_id: 152, parent_object_id: 104, definition: '((0))' })
  object(views, 102, 'dbo', 'customers_history', 'U')
  column(views, 102, 1, 'number', 'bigint')
  object(views, 103, 'dbo', 'totals', 'V')
  column(views, 103, 1, 'id', 'bigint', { is_nullable: 1 })
  object(views, 104, 'sales', 'odd]name', 'U')
  column(views, 104, 1, 'id', 'int', { default_object_id: 152 })
  column(views, 104, 2, 'customer', 'bigint')
  column(views, 104, 3, 'country', 'nvarchar(20)')
  object(views, 105, 'dbo', 'shipped', 'U', { is_ms_shipped: 1 })
  column(views, 105, 1, 'id', 'int')
  object(views, 106, 'elsewhere', 'customers', 'U')
  column(views, 106, 1, 'id', 'int')
  comment(views, 101, 0, 'who buys')
  comment(views, 101, 1, 'the number')
  comment(views, 104, 0, 'of something else', { class: 7 })
  comment(views, 104, 0, 'another property', { name: 'Caption' })
  // Two partitions of the clustered index, and one of another.
  ;[20, 40].forEach((rows, i) => {
    views.add('partitions', { object_id: 101, index_id: 1, partition_number: i + 1, rows })
  })
  views.add('partitions', { object_id: 101, index_id: 3, partition_number: 1, rows: 60 })
  views.add('partitions', { object_id: 104, index_id: 0, partition_number: 1, rows: 5 })
  // The view takes inserts; what would take updates is off, and what would take deletes comes after them.
  ;[
    [1, 0, 1],
    [2, 1, 1],
    [3, 0, 0],
  ].forEach(([event = 0, is_disabled = 0, is_instead_of_trigger = 0]) => {
    const id = 160 + event
    views.add('triggers', { name: `t${id}`, object_id: id, parent_id: 103, is_disabled, is_instead_of_trigger })
    views.add('trigger_events', { object_id: id, type: event })
  })
}

function addKeys(views: DictionaryViews): void {
  const index = (table: number, id: number, name: string, columns: readonly number[], more: Flags = {}) => {
    const flags = { is_unique: 1, is_primary_key: 0, is_disabled: 0 }
    views.add('indexes', { object_id: table, index_id: id, name, ...flags, ...more })
    // The last column first, and one that is only included.
    columns.toReversed().forEach((column, i) => {
      const place = { object_id: table, index_id: id, column_id: column }
      views.add('index_columns', { ...place, index_column_id: i + 1, key_ordinal: columns.length - i })
    })
    views.add('index_columns', { object_id: table, index_id: id, index_column_id: 9, column_id: 5, key_ordinal: 0 })
  }
  index(101, 1, 'PK', [1], { is_primary_key: 1 })
  index(101, 2, 'country_number', [2, 1])
  index(101, 3, 'some_emails', [4, 3], { filter_definition: '([status] IS NOT NULL AND [email] IS NOT NULL)' })
  index(101, 4, 'open_only', [4], { filter_definition: "([status]='open')" })
  index(101, 5, 'not_unique', [4], { is_unique: 0 })
  index(101, 6, 'off', [4], { is_disabled: 1 })
  index(104, 1, 'PK', [1], { is_primary_key: 1 })
  views.add('foreign_keys', { name: 'of_customer', object_id: 170, parent_object_id: 104, referenced_object_id: 101 })
  ;[
    [2, 2, 1],
    [1, 3, 2],
  ].forEach(([constraint_column_id = 0, parent_column_id = 0, referenced_column_id = 0]) => {
    const place = { constraint_object_id: 170, parent_object_id: 104, referenced_object_id: 101 }
    views.add('foreign_key_columns', { ...place, constraint_column_id, parent_column_id, referenced_column_id })
  })
  const check = (id: number, name: string, definition: string, is_disabled = 0) =>
    views.add('check_constraints', { name, object_id: id, parent_object_id: 101, definition, is_disabled })
  check(180, 'positive', '([total]>=(0))')
  check(181, 'known', "([status]='open' OR [status]='new')")
  check(182, 'off', '([total]<(9))', 1)
}

function addRoutines(views: DictionaryViews): void {
  const parameter = (routine: number, id: number, name: string, type: string, more: Flags = {}) => {
    const flags = { is_output: 0, is_cursor_ref: 0, has_default_value: 0 }
    views.add('all_parameters', { object_id: routine, parameter_id: id, name, ...typed(type), ...flags, ...more })
  }
  object(views, 201, 'dbo', 'place_order', 'P')
  parameter(201, 2, '@email', 'EmailAddress')
  parameter(201, 1, '@lines', 'Lines')
  parameter(201, 3, '@note', 'nvarchar(20)')
  parameter(201, 4, '@price', 'decimal(12,2)', { is_output: 1 })
  parameter(201, 5, '@told', 'int', { has_default_value: 1 })
  const place =
    "CREATE PROCEDURE place_order @lines sales.Lines READONLY, @email EmailAddress, @note nvarchar(20) = N'', @price decimal(12,2) OUTPUT, @told int AS"
  views.add('sql_modules', { object_id: 201, definition: place })
  views.add('sql_modules', { object_id: 202, definition: 'CREATE PROCEDURE dynamic AS EXEC (@text)' })
  comment(views, 201, 0, 'Places one order')
  comment(views, 201, 1, 'of a parameter', { class: 2 })
  object(views, 202, 'dbo', 'dynamic', 'P')
  object(views, 203, 'dbo', 'not_mine', 'P')
  object(views, 204, 'sales', 'discount', 'FN')
  parameter(204, 0, '', 'decimal(12,2)', { is_output: 1 })
  parameter(204, 1, '@of', 'bigint')
  object(views, 205, 'dbo', 'customers_in', 'IF')
  parameter(205, 1, '@country', 'nvarchar(20)')
  column(views, 205, 2, 'total', 'decimal(12,2)')
  column(views, 205, 1, 'number', 'bigint')
  object(views, 206, 'dbo', 'cursors', 'P')
  parameter(206, 1, '@c', 'int', { is_output: 1, is_cursor_ref: 1 })
  column(views, 300, 2, 'quantity', 'decimal(12,2)')
  column(views, 300, 1, 'the product', 'nvarchar(100)')
  column(views, 300, 3, 'line', 'int', { is_identity: 1 })
  column(views, 300, 4, 'seen', 'timestamp')
}
