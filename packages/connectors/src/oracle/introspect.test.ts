import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IntrospectSettings, introspect } from './introspect.js'
import { usualChoices } from './native-type.js'
import { listedIn, numberedBy } from './table-text.js'
import { addShop, type DictionaryTables, dictionaryTables } from './testing/dictionary-tables.js'

/** The queries run on tables that are made by hand, with the columns that Oracle's views of these names have. */
let tables: DictionaryTables
beforeEach(() => {
  tables = dictionaryTables()
  addShop(tables)
})
afterEach(() => tables.close())

const settings: IntrospectSettings = {
  schemas: ['SHOP'],
  user: 'SHOP',
  tables: { include: [], exclude: [] },
  choices: usualChoices,
}
const read = (more: Partial<IntrospectSettings> = {}) =>
  introspect(async (text, values) => tables.rows(text, values), { ...settings, ...more })

test('tables, keys and relationships are those of the dictionary, by their names as stored', async () => {
  const { catalog, primaryKeys } = await read()
  expect([...catalog.tables.keys()].sort()).toEqual([
    'CUSTOMERS',
    'CUSTOMER_TAGS',
    'CUSTOMER_TOTALS',
    'EMPLOYEES',
    'EVERY_TYPE',
    'JOURNAL',
    'ORDERS',
    'ORDER_ITEMS',
    'Odd `Näme` of\ta table',
    'TAGS',
  ])
  const customers = catalog.tables.get('CUSTOMERS')
  expect(customers).toMatchObject({
    source: { schema: 'SHOP', name: 'CUSTOMERS' },
    kind: 'table',
    comment: 'Who buys',
    rows: 60,
    primaryKey: ['ID'],
    uniqueKeys: [{ name: 'CUSTOMERS_EMAIL', columns: ['EMAIL'] }],
    checks: [{ name: 'KNOWN_SEGMENT' }],
    can: { read: true, create: true, update: true, delete: true },
  })
  expect([...(customers?.relationships.keys() ?? [])].sort()).toEqual([
    'CUSTOMER_TAGS_by_CUSTOMER_ID',
    'ORDERS_by_CUSTOMER_ID',
    'TAGS_by_CUSTOMER_TAGS',
  ])
  expect(catalog.tables.get('ORDER_ITEMS')?.primaryKey).toEqual(['ORDER_ID', 'LINE_NO'])
  expect(catalog.tables.get('ORDERS')?.foreignKeys).toEqual([
    {
      name: 'ORDERS_CUSTOMER',
      columns: ['CUSTOMER_ID'],
      references: 'CUSTOMERS',
      referencedColumns: ['ID'],
    },
  ])
  expect(primaryKeys.get('ORDERS')).toBe('ORDERS_PK')
  expect(catalog.tables.get('CUSTOMER_TOTALS')).toMatchObject({
    kind: 'view',
    can: { read: true, create: false, update: false, delete: false },
  })
})

test('columns say their type, length, default, whether they are numbered or computed, and which values they take', async () => {
  const { catalog } = await read()
  const columns = catalog.tables.get('CUSTOMERS')?.columns
  expect(columns?.get('ID')).toEqual({
    name: 'ID',
    type: 'bigint',
    nativeType: 'NUMBER',
    nullable: false,
    generated: false,
    identity: true,
  })
  expect(columns?.get('NAME')).toMatchObject({ nativeType: 'VARCHAR2(100)', length: 100, comment: 'As on the invoice' })
  expect(columns?.get('COUNTRY')).toMatchObject({ default: "'DE'", nullable: false })
  expect(columns?.get('SEGMENT')).toMatchObject({ values: ['consumer', 'smb', 'enterprise'] })
  expect(columns?.get('BALANCE')).toMatchObject({
    type: 'decimal',
    precision: 12,
    scale: 2,
    nativeType: 'NUMBER(12,2)',
  })
  expect(columns?.get('ACTIVE')).toMatchObject({ type: 'boolean', nativeType: 'NUMBER(1)' })
  expect(columns?.get('LABEL')).toMatchObject({ generated: true })
  expect(catalog.tables.get('TAGS')?.columns.get('ID')).toMatchObject({ identity: true, type: 'bigint' })
})

test('every type has a neutral one; what has no text is left out', async () => {
  const { catalog } = await read()
  const types = [...(catalog.tables.get('EVERY_TYPE')?.columns.values() ?? [])].map((c) => `${c.name} ${c.type}`)
  expect(types).toEqual([
    'ID bigint',
    'A_BOOLEAN boolean',
    'A_BIT boolean',
    'AN_INTEGER integer',
    'A_BIGINT bigint',
    'A_DECIMAL decimal',
    'A_NUMBER decimal',
    'AN_INTEGER_OF_38 decimal',
    'A_FLOAT decimal',
    'A_SINGLE float',
    'A_DOUBLE float',
    'A_TEXT text',
    'A_CHAR text',
    'AN_NVARCHAR text',
    'A_CLOB text',
    'AN_NCLOB text',
    'A_UUID binary',
    'A_RAW binary',
    'A_BLOB binary',
    'A_DATE datetime',
    'A_TIMESTAMP datetime',
    'A_ZONED datetimetz',
    'A_LOCAL datetimetz',
    'A_TIME time',
    'A_DURATION interval',
    'SOME_MONTHS interval',
    'A_JSON json',
    'JSON_IN_CLOB json',
    'AN_XML other',
    'A_ROWID other',
    'A_PLACE other',
  ])
})

test('the configuration says what DATE, RAW(16) and NUMBER(1) are', async () => {
  const { catalog } = await read({ choices: { date: 'date', raw16: 'uuid', number1: 'integer' } })
  const columns = catalog.tables.get('EVERY_TYPE')?.columns
  expect(['A_DATE', 'A_UUID', 'A_BIT', 'A_RAW'].map((name) => columns?.get(name)?.type)).toEqual([
    'date',
    'uuid',
    'integer',
    'binary',
  ])
})

test('routines have their overloads, modes, defaults and results', async () => {
  const { catalog } = await read()
  expect([...catalog.routines.keys()].sort()).toEqual([
    'ADD_NUMBERS',
    'CUSTOMERS_IN',
    'NIGHTLY',
    'NUMBERS_TO',
    'OPEN_ORDERS',
    'ORDERS_API.PLACE',
    'ORDERS_API.STORE',
    'RENAME_CUSTOMER',
    'TYPES_OF_ALL_KINDS',
  ])
  expect(catalog.routines.get('ADD_NUMBERS')?.[0]).toMatchObject({
    kind: 'function',
    returns: { kind: 'value', type: 'integer' },
    readOnly: false,
    parameters: [
      { name: 'A', type: 'integer', mode: 'in', required: true },
      { name: 'B', type: 'integer', mode: 'in', required: false },
    ],
  })
  expect(catalog.routines.get('ORDERS_API.PLACE')?.map((r) => r.parameters.map((p) => p.name))).toEqual([
    ['CUSTOMER'],
    ['EMAIL', 'NOTE'],
  ])
  expect(catalog.routines.get('CUSTOMERS_IN')?.[0]?.parameters[1]).toMatchObject({
    mode: 'out',
    nativeType: 'REF CURSOR',
  })
  expect(catalog.routines.get('RENAME_CUSTOMER')?.[0]?.parameters.map((p) => p.mode)).toEqual(['in', 'inout', 'out'])
  expect(catalog.routines.get('NIGHTLY')?.[0]?.parameters).toEqual([])
})

test('a service that only reads offers nothing that writes', async () => {
  const { catalog } = await read({ readOnly: true })
  expect(catalog.routines.size).toBe(0)
  expect(catalog.tables.get('ORDERS')?.can).toEqual({ read: true, create: false, update: false, delete: false })
})

test('what belongs to others is shown by what was granted', async () => {
  tables.add(
    'ALL_TAB_PRIVS',
    ['SHOP', 'CUSTOMERS', 'SELECT'],
    ['SHOP', 'CUSTOMERS', 'UPDATE'],
    ['SHOP', 'TAGS', 'READ'],
  )
  const { catalog } = await read({ user: 'REPORTS' })
  expect([...catalog.tables.keys()]).toEqual(['CUSTOMERS', 'TAGS'])
  expect(catalog.tables.get('CUSTOMERS')?.can).toEqual({ read: true, create: false, update: true, delete: false })
  tables.add('SESSION_PRIVS', ['SELECT ANY TABLE'], ['DELETE ANY TABLE'])
  const all = await read({ user: 'REPORTS' })
  expect(all.catalog.tables.get('ORDERS')?.can).toEqual({ read: true, create: false, update: false, delete: true })
})

test('several owners have names with their owner, and keys between them are found', async () => {
  addShop(tables, 'OTHER')
  tables.add('ALL_TAB_PRIVS', ['OTHER', 'CUSTOMERS', 'SELECT'])
  const { catalog } = await read({
    schemas: ['SHOP', 'OTHER'],
    tables: { include: ['*CUSTOMERS', '*.ORDERS'], exclude: [] },
  })
  expect([...catalog.tables.keys()].sort()).toEqual(['OTHER.CUSTOMERS', 'SHOP.CUSTOMERS', 'SHOP.ORDERS'])
})

test('synonyms bring in tables of others, materialized views only what they take', async () => {
  addShop(tables, 'OTHER')
  tables.add(
    'ALL_SYNONYMS',
    ['SHOP', 'BUYERS', 'OTHER', 'CUSTOMERS', null],
    ['SHOP', 'REMOTE', 'OTHER', 'CUSTOMERS', 'A_LINK'],
  )
  tables.add('ALL_TAB_PRIVS', ['OTHER', 'CUSTOMERS', 'SELECT'])
  tables.add('ALL_MVIEWS', ['SHOP', 'JOURNAL', 'JOURNAL', 'N'])
  const { catalog } = await read()
  expect(catalog.tables.get('BUYERS')).toMatchObject({
    source: { schema: 'OTHER', name: 'CUSTOMERS' },
    primaryKey: ['ID'],
    can: { read: true, create: false },
  })
  expect(catalog.tables.has('REMOTE')).toBe(false)
  expect(catalog.tables.get('JOURNAL')).toMatchObject({ kind: 'view', can: { create: false } })
})

test('triggers number columns, and take changes to views', async () => {
  tables.add(
    'ALL_TRIGGERS',
    [
      'SHOP',
      'JOURNAL',
      'BEFORE EACH ROW',
      'INSERT',
      'begin select numbers.nextval into :new.weight from dual; end;',
      'ENABLED',
    ],
    ['SHOP', 'CUSTOMER_TOTALS', 'INSTEAD OF', 'UPDATE OR DELETE', 'begin null; end;', 'ENABLED'],
  )
  tables.add('ALL_INDEXES', ['SHOP', 'ONCE', 'SHOP', 'JOURNAL', 'UNIQUE'])
  tables.add('ALL_IND_COLUMNS', ['SHOP', 'ONCE', 'HAPPENED', 1])
  const { catalog } = await read()
  expect(catalog.tables.get('JOURNAL')?.columns.get('WEIGHT')).toMatchObject({ identity: true })
  expect(catalog.tables.get('JOURNAL')?.uniqueKeys).toEqual([{ name: 'ONCE', columns: ['HAPPENED'] }])
  expect(catalog.tables.get('CUSTOMER_TOTALS')?.can).toEqual({ read: true, create: false, update: true, delete: true })
})

test('equal dictionaries have equal versions', async () => {
  const { catalog } = await read()
  expect((await read()).catalog.version).toBe(catalog.version)
  tables.add('ALL_TAB_COMMENTS', ['SHOP', 'TAGS', 'Labels'])
  expect((await read()).catalog.version).not.toBe(catalog.version)
})

test.each([
  ["status IN ('new','it''s')", { column: 'STATUS', values: ['new', "it's"] }],
  [`("Kind" in ('a' , 'b'))`, { column: 'Kind', values: ['a', 'b'] }],
  ['quantity > 0', undefined],
  ["status IN ('a') OR total > 1", undefined],
])('a check that lists values: %s', (check, found) => {
  expect(listedIn(check)).toEqual(found)
})

test.each([
  ['begin :new.id := shop.numbers.nextval; end;', true],
  ['BEGIN IF :NEW."ID" IS NULL THEN SELECT n.NEXTVAL INTO :NEW."ID" FROM DUAL; END IF; END;', true],
  ['begin :new.other := numbers.nextval; end;', false],
])('a trigger that numbers: %s', (body, numbers) => {
  expect(numberedBy('ID', [{ table: 'T', event: 'BEFORE EACH ROW INSERT', body }])).toBe(numbers)
})
