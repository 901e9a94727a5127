import type { JsonObject } from '@gatehouse/core'

/** One call, said in REST's words and in MCP's, and the audit event that each must leave. */
export interface Case {
  readonly says: string
  /** The operation; the tool is `shop_` and this. */
  readonly operation: string
  /** The role, and the key of its name. */
  readonly as: string
  readonly rest: readonly [method: string, path: string, body?: unknown]
  readonly input: JsonObject
  readonly status: number
  /** The code of the failure, where it is one. */
  readonly code?: string
  /** The code of the first record that failed, of a batch. */
  readonly inner?: string
  /** Members of the event beyond those that follow from the case. */
  readonly event: Readonly<Record<string, unknown>>
  /** Undoes what the call did, so that the other surface starts from the same data. */
  readonly undo?: string
}

/** What the callers of the cases may do. */
export const roles: JsonObject = {
  reader: {
    grants: [
      {
        service: 'shop',
        resource: '_table/customers',
        verbs: ['read'],
        fields: { deny: ['ssn'], mask: { email: 'partial' } },
        rows: "country = 'DE'",
      },
    ],
  },
  writer: {
    grants: [
      { service: 'shop', resource: '_table/tags', verbs: ['read', 'create', 'update', 'delete'] },
      {
        service: 'shop',
        resource: '_table/customers',
        verbs: ['read', 'update'],
        fields: { deny: ['ssn'] },
        rows: "country = 'DE'",
      },
      { service: 'shop', resource: '_table/employees', verbs: ['read'] },
    ],
  },
  auditor: { grants: [{ service: 'system', resource: 'audit', verbs: ['read'] }] },
  limited: { grants: [{ service: 'shop', resource: '_table/*', verbs: ['read'] }] },
}

const policy = "country = 'DE'"
const customers = { resource: '_table/customers', policy }

const reads: readonly Case[] = [
  {
    says: 'a page of records, with hidden and masked columns and a row policy',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', '/_table/customers?limit=3&order=name%20desc'],
    input: { table_name: 'customers', limit: 3, order: 'name desc' },
    status: 200,
    event: { ...customers, rows: 3, masked: ['email'] },
  },
  {
    says: 'records by filter, with a count',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', "/_table/customers?limit=2&fields=id,name&include_count=true&filter=segment%20=%20'consumer'"],
    input: {
      table_name: 'customers',
      limit: 2,
      fields: ['id', 'name'],
      include_count: true,
      filter: "segment = 'consumer'",
    },
    status: 200,
    event: { ...customers, rows: 2 },
  },
  {
    says: 'related records',
    operation: 'get_table_data',
    as: 'admin',
    rest: ['GET', '/_table/customers?ids=1,2&related=orders_by_customer_id'],
    input: { table_name: 'customers', ids: [1, 2], related: 'orders_by_customer_id' },
    status: 200,
    event: { resource: '_table/customers', rows: 2 },
  },
  {
    says: 'aggregates',
    operation: 'aggregate_data',
    as: 'reader',
    rest: [
      'POST',
      '/_table/customers/_aggregate',
      { aggregates: [{ function: 'count' }, { function: 'sum', field: 'balance' }], group_by: ['segment'] },
    ],
    input: {
      table_name: 'customers',
      aggregates: [{ function: 'count' }, { function: 'sum', field: 'balance' }],
      group_by: ['segment'],
    },
    status: 200,
    event: { ...customers, rows: 4 },
  },
]

const catalog: readonly Case[] = [
  ['get_data_model', '/_model', ''],
  ['get_tables', '/_table', '_table'],
  ['get_database_resources', '', ''],
  ['get_api_spec', '/_spec', ''],
].map(
  ([operation = '', path, resource]): Case => ({
    says: operation,
    operation,
    as: 'reader',
    rest: ['GET', path ?? ''],
    input: {},
    status: 200,
    event: { resource },
  }),
)

const described: readonly Case[] = [
  ['get_table_schema', ''],
  ['get_table_fields', '/_field'],
  ['get_table_relationships', '/_related'],
].map(
  ([operation = '', path]): Case => ({
    says: operation,
    operation,
    as: 'reader',
    rest: ['GET', `/_schema/customers${path}`],
    input: { table_name: 'customers' },
    status: 200,
    event: { resource: '_table/customers' },
  }),
)

const writes: readonly Case[] = [
  {
    says: 'creating',
    operation: 'create_records',
    as: 'writer',
    rest: [
      'POST',
      '/_table/tags',
      {
        resource: [
          { id: 100, label: 'a' },
          { id: 101, label: 'b' },
        ],
      },
    ],
    input: {
      table_name: 'tags',
      records: [
        { id: 100, label: 'a' },
        { id: 101, label: 'b' },
      ],
    },
    status: 200,
    event: { resource: '_table/tags', effect: 'create', rows: 2 },
    undo: 'DELETE FROM tags WHERE id >= 100',
  },
  {
    says: 'updating',
    operation: 'update_records',
    as: 'writer',
    rest: ['PATCH', '/_table/customers?ids=1,4&fields=*', { segment: 'smb' }],
    input: { table_name: 'customers', ids: [1, 4], fields: '*', records: { segment: 'smb' } },
    status: 200,
    event: { ...customers, effect: 'update', rows: 2 },
  },
  {
    says: 'deleting',
    operation: 'delete_records',
    as: 'writer',
    rest: ['DELETE', '/_table/tags?ids=3'],
    input: { table_name: 'tags', ids: [3] },
    status: 200,
    event: { resource: '_table/tags', effect: 'delete', rows: 1 },
    undo: "INSERT INTO tags (id, label) VALUES (3, 'late payer')",
  },
]

const refusals: readonly Case[] = [
  {
    says: 'a hidden table',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', '/_table/orders'],
    input: { table_name: 'orders' },
    status: 404,
    code: 'not_found',
    event: { resource: '_table/orders' },
  },
  {
    says: 'a table that does not exist',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', '/_table/custmers'],
    input: { table_name: 'custmers' },
    status: 404,
    code: 'not_found',
    event: { resource: '_table/custmers' },
  },
  {
    says: 'a hidden column',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', '/_table/customers?fields=id,ssn'],
    input: { table_name: 'customers', fields: ['id', 'ssn'] },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/customers' },
  },
  {
    says: 'a filter on a hidden column',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', "/_table/customers?filter=ssn%20=%20'1'"],
    input: { table_name: 'customers', filter: "ssn = '1'" },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/customers' },
  },
  {
    says: 'a filter on a masked column',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', "/_table/customers?filter=email%20like%20'a%25'"],
    input: { table_name: 'customers', filter: "email like 'a%'" },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/customers' },
  },
  {
    says: 'an aggregate of a masked column',
    operation: 'aggregate_data',
    as: 'reader',
    rest: ['POST', '/_table/customers/_aggregate', { aggregates: [{ function: 'min', field: 'email' }] }],
    input: { table_name: 'customers', aggregates: [{ function: 'min', field: 'email' }] },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/customers' },
  },
  {
    says: 'a broken filter',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', '/_table/customers?filter=country%20=%20('],
    input: { table_name: 'customers', filter: 'country = (' },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/customers' },
  },
  {
    says: 'an unknown parameter',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', '/_table/customers?fitler=x'],
    input: { table_name: 'customers', fitler: 'x' },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/customers' },
  },
  {
    says: 'a limit below zero',
    operation: 'get_table_data',
    as: 'reader',
    rest: ['GET', '/_table/customers?limit=-1'],
    input: { table_name: 'customers', limit: -1 },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/customers' },
  },
  {
    says: 'writing where only reading is allowed',
    operation: 'create_records',
    as: 'writer',
    rest: ['POST', '/_table/employees', { resource: [{ name: 'Eve' }] }],
    input: { table_name: 'employees', records: [{ name: 'Eve' }] },
    status: 403,
    code: 'forbidden',
    event: { resource: '_table/employees', effect: 'create' },
  },
  {
    says: 'a change of all rows without force',
    operation: 'delete_records',
    as: 'writer',
    rest: ['DELETE', '/_table/tags'],
    input: { table_name: 'tags' },
    status: 400,
    code: 'invalid',
    event: { resource: '_table/tags', effect: 'delete' },
  },
]

/** Refused by the database, or by what only it can tell: the events say `allowed`, since the roles did allow them. */
const failures: readonly Case[] = [
  {
    says: 'a value that exists already',
    operation: 'create_records',
    as: 'writer',
    rest: ['POST', '/_table/tags', { resource: [{ label: 'vip' }] }],
    input: { table_name: 'tags', records: [{ label: 'vip' }] },
    status: 409,
    code: 'conflict',
    event: { resource: '_table/tags', effect: 'create', decision: 'allowed' },
  },
  {
    says: 'a change that the row policy forbids',
    operation: 'update_records',
    as: 'writer',
    rest: ['PATCH', '/_table/customers?ids=1', { country: 'FR' }],
    input: { table_name: 'customers', ids: [1], records: { country: 'FR' } },
    status: 403,
    code: 'forbidden',
    event: { ...customers, effect: 'update', decision: 'allowed' },
  },
  {
    says: 'one of two records that is not there',
    operation: 'update_records',
    as: 'writer',
    rest: [
      'PATCH',
      '/_table/tags?rollback=true',
      {
        resource: [
          { id: 1, label: 'somebody' },
          { id: 999, label: 'nobody' },
        ],
      },
    ],
    input: {
      table_name: 'tags',
      records: [
        { id: 1, label: 'somebody' },
        { id: 999, label: 'nobody' },
      ],
      rollback: true,
    },
    status: 400,
    code: 'invalid',
    inner: 'not_found',
    event: { resource: '_table/tags', effect: 'update', decision: 'allowed' },
  },
  {
    says: 'a record that is not there',
    operation: 'update_records',
    as: 'writer',
    rest: ['PATCH', '/_table/tags', { resource: [{ id: 999, label: 'nobody' }] }],
    input: { table_name: 'tags', records: [{ id: 999, label: 'nobody' }] },
    status: 404,
    code: 'not_found',
    event: { resource: '_table/tags', effect: 'update', decision: 'allowed' },
  },
]

const routines: readonly Case[] = [
  {
    says: 'a function',
    operation: 'call_stored_function',
    as: 'admin',
    rest: ['POST', '/_func/add_numbers', { params: { a: 40, b: 2 } }],
    input: { function_name: 'add_numbers', params: { a: 40, b: 2 } },
    status: 200,
    event: { resource: '_func/add_numbers', effect: 'execute' },
  },
  {
    says: 'a procedure',
    operation: 'call_stored_procedure',
    as: 'admin',
    rest: ['POST', '/_proc/rename_customer', { params: { wanted: 60, fresh: 'Sixty' } }],
    input: { procedure_name: 'rename_customer', params: { wanted: 60, fresh: 'Sixty' } },
    status: 200,
    event: { resource: '_proc/rename_customer', effect: 'execute' },
    undo: "UPDATE customers SET name = 'Customer 60' WHERE id = 60",
  },
  {
    says: 'a procedure that does not exist',
    operation: 'call_stored_procedure',
    as: 'admin',
    rest: ['POST', '/_proc/rename_custmer', { params: {} }],
    input: { procedure_name: 'rename_custmer', params: {} },
    status: 404,
    code: 'not_found',
    event: { resource: '_proc/rename_custmer', effect: 'execute' },
  },
  {
    says: 'a wrong parameter',
    operation: 'call_stored_function',
    as: 'admin',
    rest: ['POST', '/_func/add_numbers', { params: { a: 40, c: 2 } }],
    input: { function_name: 'add_numbers', params: { a: 40, c: 2 } },
    status: 400,
    code: 'invalid',
    event: { resource: '_func/add_numbers', effect: 'execute' },
  },
  ...['procedures', 'functions'].map(
    (kind): Case => ({
      says: `get_stored_${kind}`,
      operation: `get_stored_${kind}`,
      as: 'admin',
      rest: ['GET', kind === 'procedures' ? '/_proc' : '/_func'],
      input: {},
      status: 200,
      event: { resource: kind === 'procedures' ? '_proc' : '_func' },
    }),
  ),
]

/** The calls that both surfaces have. */
export function casesOf(database: { readonly routines?: readonly string[] }): readonly Case[] {
  const calls = database.routines === undefined ? [] : routines
  return [...reads, ...catalog, ...described, ...writes, ...refusals, ...failures, ...calls]
}
