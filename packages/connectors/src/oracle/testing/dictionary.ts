/** A column as ALL_TAB_COLS tells it. */
export interface DictionaryColumn {
  readonly name: string
  readonly type: string
  readonly precision?: number
  readonly scale?: number
  readonly chars?: number
  readonly bytes?: number
  readonly nullable?: boolean
  readonly default?: string
  readonly virtual?: boolean
  readonly comment?: string
}

const id: DictionaryColumn = { name: 'ID', type: 'NUMBER', nullable: false }
const text = (name: string, chars: number, more: Partial<DictionaryColumn> = {}): DictionaryColumn => ({
  name,
  type: 'VARCHAR2',
  chars,
  bytes: chars * 4,
  nullable: true,
  ...more,
})
const number = (name: string, precision?: number, scale = 0, more: Partial<DictionaryColumn> = {}) => ({
  name,
  type: 'NUMBER',
  ...(precision === undefined ? {} : { precision, scale }),
  nullable: true,
  ...more,
})
const plain = (name: string, type: string): DictionaryColumn => ({ name, type, nullable: true })

/** The shop of the conformance tests, and a table with a column of every type, as a dictionary tells of them. */
export const shopColumns: Readonly<Record<string, readonly DictionaryColumn[]>> = {
  CUSTOMERS: [
    id,
    text('NAME', 100, { nullable: false, comment: 'As on the invoice' }),
    text('EMAIL', 100),
    text('COUNTRY', 20, { nullable: false, default: "'DE' " }),
    text('SEGMENT', 20),
    number('BALANCE', 12, 2),
    number('ACTIVE', 1, 0, { nullable: false, default: '1' }),
    plain('BIRTHDAY', 'DATE'),
    text('SSN', 20),
    { ...text('LABEL', 120), virtual: true, default: '"NAME"||"COUNTRY"' },
  ],
  ORDERS: [
    id,
    number('CUSTOMER_ID', 19, 0, { nullable: false }),
    text('STATUS', 20, { nullable: false, default: "'open'" }),
    number('TOTAL', 12, 2),
    plain('ORDERED_AT', 'TIMESTAMP(6)'),
    plain('NOTE', 'CLOB'),
  ],
  ORDER_ITEMS: [
    number('ORDER_ID', 19, 0, { nullable: false }),
    number('LINE_NO', 9, 0, { nullable: false }),
    text('PRODUCT', 100, { nullable: false }),
    number('QUANTITY', 9, 0, { nullable: false }),
    number('PRICE', 12, 2, { nullable: false }),
  ],
  TAGS: [{ ...id, default: '"SHOP"."TAG_NUMBERS"."NEXTVAL"' }, text('LABEL', 100, { nullable: false })],
  CUSTOMER_TAGS: [number('CUSTOMER_ID', 19, 0, { nullable: false }), number('TAG_ID', 19, 0, { nullable: false })],
  EMPLOYEES: [id, text('NAME', 100, { nullable: false }), number('MANAGER_ID', 19)],
  EVERY_TYPE: [
    id,
    plain('A_BOOLEAN', 'BOOLEAN'),
    number('A_BIT', 1),
    number('AN_INTEGER', 9),
    number('A_BIGINT', 19),
    number('A_DECIMAL', 38, 10),
    number('A_NUMBER'),
    { name: 'AN_INTEGER_OF_38', type: 'NUMBER', scale: 0, nullable: true },
    { ...plain('A_FLOAT', 'FLOAT'), precision: 126 },
    plain('A_SINGLE', 'BINARY_FLOAT'),
    plain('A_DOUBLE', 'BINARY_DOUBLE'),
    text('A_TEXT', 4000),
    { name: 'A_CHAR', type: 'CHAR', chars: 10, bytes: 10, nullable: true },
    { name: 'AN_NVARCHAR', type: 'NVARCHAR2', chars: 50, bytes: 100, nullable: true },
    plain('A_CLOB', 'CLOB'),
    plain('AN_NCLOB', 'NCLOB'),
    { name: 'A_UUID', type: 'RAW', bytes: 16, nullable: true },
    { name: 'A_RAW', type: 'RAW', bytes: 2000, nullable: true },
    plain('A_BLOB', 'BLOB'),
    plain('A_DATE', 'DATE'),
    plain('A_TIMESTAMP', 'TIMESTAMP(6)'),
    plain('A_ZONED', 'TIMESTAMP(6) WITH TIME ZONE'),
    plain('A_LOCAL', 'TIMESTAMP(6) WITH LOCAL TIME ZONE'),
    plain('A_TIME', 'INTERVAL DAY(0) TO SECOND(6)'),
    plain('A_DURATION', 'INTERVAL DAY(2) TO SECOND(6)'),
    plain('SOME_MONTHS', 'INTERVAL YEAR(2) TO MONTH'),
    plain('A_JSON', 'JSON'),
    plain('JSON_IN_CLOB', 'CLOB'),
    plain('AN_XML', 'XMLTYPE'),
    plain('A_ROWID', 'ROWID'),
    plain('A_PLACE', 'SDO_GEOMETRY'),
    plain('AN_OBJECT', 'ADDRESS_T'),
  ],
  JOURNAL: [text('HAPPENED', 100, { nullable: false }), number('WEIGHT', 9)],
  'Odd `Näme` of\ta table': [
    id,
    number('select', 9),
    text('two words', 100),
    text("quo'te`d", 100),
    number('größe', 9),
  ],
  CUSTOMER_TOTALS: [number('ID', 19), text('NAME', 100), number('ORDERS')],
}

type Key = readonly [table: string, name: string, kind: 'P' | 'U' | 'R', columns: readonly string[], refers?: string]

/** Constraints; foreign keys refer to a constraint. */
export const shopKeys: readonly Key[] = [
  ['CUSTOMERS', 'CUSTOMERS_PK', 'P', ['ID']],
  ['CUSTOMERS', 'CUSTOMERS_EMAIL', 'U', ['EMAIL']],
  ['ORDERS', 'ORDERS_PK', 'P', ['ID']],
  ['ORDERS', 'ORDERS_CUSTOMER', 'R', ['CUSTOMER_ID'], 'CUSTOMERS_PK'],
  ['ORDER_ITEMS', 'ITEMS_PK', 'P', ['ORDER_ID', 'LINE_NO']],
  ['ORDER_ITEMS', 'ITEMS_ORDER', 'R', ['ORDER_ID'], 'ORDERS_PK'],
  ['TAGS', 'TAGS_PK', 'P', ['ID']],
  ['CUSTOMER_TAGS', 'CUSTOMER_TAGS_PK', 'P', ['CUSTOMER_ID', 'TAG_ID']],
  ['CUSTOMER_TAGS', 'TAGGED', 'R', ['CUSTOMER_ID'], 'CUSTOMERS_PK'],
  ['CUSTOMER_TAGS', 'TAG', 'R', ['TAG_ID'], 'TAGS_PK'],
  ['EMPLOYEES', 'EMPLOYEES_PK', 'P', ['ID']],
  ['EMPLOYEES', 'MANAGER', 'R', ['MANAGER_ID'], 'EMPLOYEES_PK'],
  ['EVERY_TYPE', 'EVERY_TYPE_PK', 'P', ['ID']],
]

export const shopChecks: readonly (readonly [table: string, name: string, condition: string])[] = [
  ['CUSTOMERS', 'SYS_C001', '"NAME" IS NOT NULL'],
  ['CUSTOMERS', 'KNOWN_SEGMENT', "segment IN ('consumer', 'smb', 'enterprise')"],
  ['EVERY_TYPE', 'DOCUMENT', '"JSON_IN_CLOB" IS JSON (STRICT)'],
  ['ORDER_ITEMS', 'SOME', 'quantity > 0'],
]

/** ALL_ARGUMENTS of the shop's routines. */
export interface DictionaryArgument {
  readonly package?: string
  readonly routine: string
  readonly overload?: string
  readonly name?: string
  readonly type: string
  readonly plsType?: string
  readonly mode?: 'IN' | 'OUT' | 'IN/OUT'
  readonly defaulted?: boolean
}

export const shopRoutines: readonly (readonly [
  object: string,
  procedure: string | undefined,
  type: string,
  overload?: string | undefined,
  pipelined?: boolean,
])[] = [
  ['ADD_NUMBERS', undefined, 'FUNCTION'],
  ['CUSTOMERS_IN', undefined, 'PROCEDURE'],
  ['RENAME_CUSTOMER', undefined, 'PROCEDURE'],
  ['NIGHTLY', undefined, 'PROCEDURE'],
  ['OPEN_ORDERS', undefined, 'FUNCTION'],
  ['TYPES_OF_ALL_KINDS', undefined, 'PROCEDURE'],
  ['NUMBERS_TO', undefined, 'FUNCTION', undefined, true],
  ['ORDERS_API', 'PLACE', 'PACKAGE', '1'],
  ['ORDERS_API', 'PLACE', 'PACKAGE', '2'],
  ['ORDERS_API', 'STORE', 'PACKAGE'],
]

export const shopArguments: readonly DictionaryArgument[] = [
  { routine: 'ADD_NUMBERS', type: 'BINARY_INTEGER', plsType: 'PLS_INTEGER', mode: 'OUT' },
  { routine: 'ADD_NUMBERS', name: 'A', type: 'BINARY_INTEGER', plsType: 'PLS_INTEGER' },
  { routine: 'ADD_NUMBERS', name: 'B', type: 'BINARY_INTEGER', plsType: 'PLS_INTEGER', defaulted: true },
  { routine: 'CUSTOMERS_IN', name: 'WANTED', type: 'VARCHAR2' },
  { routine: 'CUSTOMERS_IN', name: 'FOUND', type: 'REF CURSOR', mode: 'OUT' },
  { routine: 'RENAME_CUSTOMER', name: 'WANTED', type: 'NUMBER' },
  { routine: 'RENAME_CUSTOMER', name: 'FRESH', type: 'VARCHAR2', mode: 'IN/OUT' },
  { routine: 'RENAME_CUSTOMER', name: 'CHANGED', type: 'NUMBER', plsType: 'INTEGER', mode: 'OUT' },
  { routine: 'OPEN_ORDERS', type: 'REF CURSOR', mode: 'OUT' },
  ...[
    'NUMBER',
    'BINARY_DOUBLE',
    'VARCHAR2',
    'CHAR',
    'CLOB',
    'BLOB',
    'RAW',
    'DATE',
    'TIMESTAMP',
    'TIMESTAMP WITH TIME ZONE',
    'TIMESTAMP WITH LOCAL TIME ZONE',
    'INTERVAL DAY TO SECOND',
    'INTERVAL YEAR TO MONTH',
    'PL/SQL BOOLEAN',
    'BINARY_INTEGER',
    'JSON',
    'FLOAT',
  ].flatMap((type, i): DictionaryArgument[] => [
    { routine: 'TYPES_OF_ALL_KINDS', name: `I${i}`, type },
    { routine: 'TYPES_OF_ALL_KINDS', name: `IO${i}`, type, mode: 'IN/OUT' },
    { routine: 'TYPES_OF_ALL_KINDS', name: `O${i}`, type, mode: 'OUT' },
  ]),
  { routine: 'NUMBERS_TO', type: 'TABLE', mode: 'OUT' },
  { routine: 'NUMBERS_TO', name: 'MOST', type: 'NUMBER' },
  { package: 'ORDERS_API', routine: 'PLACE', overload: '1', name: 'CUSTOMER', type: 'NUMBER' },
  { package: 'ORDERS_API', routine: 'PLACE', overload: '2', name: 'EMAIL', type: 'VARCHAR2' },
  { package: 'ORDERS_API', routine: 'PLACE', overload: '2', name: 'NOTE', type: 'CLOB', defaulted: true },
  { package: 'ORDERS_API', routine: 'STORE', name: 'WHOLE', type: 'PL/SQL RECORD' },
]
