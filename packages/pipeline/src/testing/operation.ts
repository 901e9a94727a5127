import type { JsonObject, Operation, Plan } from '@gatehouse/core'
import { columns, filterOn, select } from './plans.js'

/** A list of records as small as it can be. */
export function listOperation(tables: readonly string[], more: Partial<Operation> = {}): Operation {
  return {
    name: 'get_table_data',
    service: 'shop',
    effect: 'read',
    title: 'Get records',
    summary: 'Get records',
    description: '',
    surfaces: ['rest', 'mcp'],
    http: { methods: ['GET'], path: '/_table/{table_name}' },
    input: {
      type: 'object',
      properties: {
        table_name: { type: 'string', enum: tables },
        filter: { type: 'string' },
        fields: { type: ['array', 'string'], items: { type: 'string' } },
        limit: { type: 'integer', minimum: 0 },
        params: { type: 'object' },
        aggregates: {
          type: 'array',
          items: {
            type: 'object',
            properties: { function: { enum: ['count', 'sum'] }, field: { type: 'string' } },
            required: ['function'],
            additionalProperties: false,
          },
        },
        dry_run: { type: 'boolean' },
      },
      patternProperties: { '^.+\\.limit$': { type: 'integer' } },
      required: ['table_name'],
      additionalProperties: false,
    },
    output: {},
    aliases: { where: 'filter', table: 'table_name' },
    idempotent: true,
    destructive: false,
    subject: {
      parameter: 'table_name',
      values: tables,
      bind: () => {
        throw new Error('Nothing binds here')
      },
    },
    resource: (input) => `_table/${String(input.table_name)}`,
    plan: (input, limits) => listPlan(input, limits.fallback),
    ...more,
  }
}

function listPlan(input: JsonObject, fallback: number): Plan {
  const table = String(input.table_name)
  return select(table, {
    columns: columns('id', 'email'),
    limit: typeof input.limit === 'number' ? input.limit : fallback,
    ...(typeof input.filter === 'string' && { filter: filterOn(table, input.filter) }),
    ...(input.dry_run === true && { dryRun: true }),
  })
}
