import type { JsonSchema, Operation, OperationFace } from '@gatehouse/core'

/** A few operations of a shop, as hand-made as can be: what the surface does with them is under test. */

const list = { type: ['array', 'string'], items: { type: 'string' } } as const
const record = (table: string): JsonSchema => ({
  type: 'object',
  title: table,
  properties: {
    id: { type: 'integer', format: 'int32', readOnly: true, examples: [1] },
    name: { type: ['string', 'null'], maxLength: 80, description: 'What it is called', examples: ['Ada'] },
    price: { type: 'number', format: 'decimal', examples: [19.5] },
  },
})
const created = (table: string): JsonSchema => ({
  ...record(table),
  title: `${table} (new)`,
  required: ['name'],
  additionalProperties: false,
})
const meta = { type: 'object', description: 'What to know of the page', properties: { next: { type: 'integer' } } }

type Rule = Pick<Operation, 'name' | 'effect' | 'http'> &
  Partial<Pick<Operation, 'aliases' | 'surfaces'>> & {
    readonly properties: Readonly<Record<string, JsonSchema>>
    readonly required?: readonly string[]
    output?(table: string): JsonSchema
  }

function operation({ properties, required = [], output, ...rule }: Rule, tables: readonly string[]): Operation {
  const about = rule.http.path.includes('{table_name}')
  const face = (table: string): OperationFace => ({
    title: rule.name,
    summary: `${rule.name} of ${table}`,
    description: `Does ${rule.name}.`,
    input: {
      type: 'object',
      properties: { ...properties, ...(rule.http.body === 'records' && { records: recordsOf(rule.http.path, table) }) },
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    },
    output: output?.(table) ?? { type: 'object' },
  })
  const free = face('x')
  return {
    ...free,
    aliases: {},
    surfaces: ['rest', 'mcp'],
    ...rule,
    service: 'shop',
    idempotent: rule.effect === 'read',
    destructive: false,
    ...(about && {
      input: { ...free.input, properties: { table_name: { type: 'string' }, ...free.input.properties } },
      subject: { parameter: 'table_name', values: tables, bind: face },
    }),
    resource: () => '_table/orders',
    plan: () => ({ kind: 'catalog', answer: 'tables' }),
  }
}

function recordsOf(path: string, table: string): JsonSchema {
  return path.includes('{id}') ? created(table) : { type: 'array', items: created(table), description: 'Records' }
}

const flag = { type: 'boolean' } as const
const id = { type: 'string', description: 'Primary key' } as const
const written = { fields: list, dry_run: flag }
const many = { ids: { type: ['array', 'string', 'number'] }, filter: { type: 'string' }, continue: flag, ...written }

const rules: readonly Rule[] = [
  {
    name: 'get_database_resources',
    effect: 'read',
    http: { methods: ['GET'], path: '/' },
    properties: { as_list: flag },
  },
  { name: 'get_tables', effect: 'read', http: { methods: ['GET'], path: '/_table' }, properties: { as_list: flag } },
  { name: 'get_api_spec', effect: 'read', http: { methods: ['GET'], path: '/_spec' }, properties: {} },
  {
    name: 'get_table_data',
    effect: 'read',
    http: { methods: ['GET'], path: '/_table/{table_name}' },
    aliases: { where: 'filter', top: 'limit', select: 'fields', order_by: 'order' },
    properties: {
      fields: list,
      filter: { type: 'string' },
      params: { type: 'object' },
      ids: { type: ['array', 'string', 'number'] },
      order: list,
      limit: { type: 'integer', minimum: 0 },
      ratio: { type: 'number' },
      numbered: { type: 'array', items: { type: 'integer' } },
      include_count: { type: ['boolean', 'string'] },
      count_only: flag,
      format: { enum: ['json', 'table', 'csv', 'ndjson'] },
      file: { type: 'string' },
    },
    output: (table) => ({
      type: 'object',
      properties: { resource: { type: 'array', items: record(table) }, meta },
    }),
  },
  {
    name: 'get_record',
    effect: 'read',
    surfaces: ['rest'],
    http: { methods: ['GET'], path: '/_table/{table_name}/{id}', tagged: true },
    properties: { id, fields: list },
    required: ['id'],
    output: record,
  },
  {
    name: 'aggregate_data',
    effect: 'read',
    http: { methods: ['POST', 'GET'], path: '/_table/{table_name}/_aggregate', body: '*' },
    properties: {
      aggregates: { type: ['array', 'string'], items: { type: ['object', 'string'] } },
      group_by: { type: ['array', 'string'], items: { type: ['string', 'object'] } },
      limit: { type: 'integer' },
    },
  },
  {
    name: 'create_records',
    effect: 'create',
    http: { methods: ['POST'], path: '/_table/{table_name}', body: 'records' },
    aliases: { resource: 'records', record: 'records' },
    properties: { upsert: flag, continue: flag, ...written },
    required: ['records'],
  },
  {
    name: 'update_records',
    effect: 'update',
    http: { methods: ['PATCH', 'PUT'], path: '/_table/{table_name}', body: 'records' },
    aliases: { resource: 'records' },
    properties: many,
    required: ['records'],
  },
  {
    name: 'delete_records',
    effect: 'delete',
    http: { methods: ['DELETE'], path: '/_table/{table_name}', body: 'records' },
    aliases: { resource: 'records', where: 'filter', id: 'ids' },
    properties: many,
  },
  {
    name: 'update_record',
    effect: 'update',
    surfaces: ['rest'],
    http: { methods: ['PATCH'], path: '/_table/{table_name}/{id}', body: 'records' },
    properties: { id, if_match: { type: 'string' }, ...written },
    required: ['id', 'records'],
    output: record,
  },
  {
    name: 'call_stored_procedure',
    effect: 'execute',
    http: { methods: ['POST'], path: '/_proc/{procedure_name}', body: '*' },
    aliases: { parameters: 'params' },
    properties: { procedure_name: { type: 'string' }, params: { type: ['object', 'array'] } },
    required: ['procedure_name'],
  },
  { name: 'only_tool', effect: 'read', surfaces: ['mcp'], http: { methods: ['GET'], path: '/_tool' }, properties: {} },
]

/** What the surface offers of them: an operation for MCP only is none of REST's. */
export function operationsOf(tables: readonly string[] = ['orders', 'größe & maß']): readonly Operation[] {
  return rules.map((rule) => operation(rule, tables))
}
