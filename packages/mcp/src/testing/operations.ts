import type { JsonObject, Operation, Verb } from '@gatehouse/core'
import { Failure } from '@gatehouse/core'

type Partly = Partial<Operation> & { readonly name: string }

/** An operation for tests: what is not said is that of a reading one on any table. */
function operation(
  service: string,
  given: Partly,
  properties: readonly string[],
  tables: readonly string[],
): Operation {
  const effect: Verb = given.effect ?? 'read'
  const schemas = properties.map((name) => [name, name === 'table_name' ? { enum: tables } : {}] as const)
  const input = {
    type: 'object' as const,
    properties: Object.fromEntries([...schemas, ['dry_run', { type: 'boolean' }]]),
    ...(properties.includes('table_name') && { required: ['table_name'] }),
    additionalProperties: false,
  }
  return {
    service,
    effect,
    title: given.name.replaceAll('_', ' '),
    summary: `Does ${given.name}`,
    description: `Does ${given.name} on ${service}.`,
    input,
    output: { type: 'object' },
    surfaces: ['rest', 'mcp'],
    http: { methods: ['GET'], path: `/${given.name}` },
    aliases: { where: 'filter', tableName: 'table_name', dryRun: 'dry_run' },
    idempotent: effect === 'read',
    destructive: effect === 'update' || effect === 'delete',
    resource: (call: JsonObject) => `_table/${String(call.table_name)}`,
    plan: () => {
      throw new Failure('internal', 'Not planned in these tests')
    },
    ...(properties.includes('table_name') && {
      subject: {
        parameter: 'table_name',
        values: tables,
        bind: (value: string) => ({
          title: value,
          summary: value,
          description: `Only for ${value}`,
          input: { type: 'object', properties: { [`column_of_${value}`]: {} } },
          output: { type: 'object' },
        }),
      },
    }),
    ...given,
  }
}

/** What a database service offers, in the order in which a list has it. */
export function databaseOperations(service: string, tables: readonly string[]): readonly Operation[] {
  const of = (given: Partly, ...properties: readonly string[]) => operation(service, given, properties, tables)
  return [
    of({ name: 'get_data_model' }),
    of({ name: 'get_tables' }),
    of({ name: 'get_table_schema' }, 'table_name'),
    of({ name: 'get_table_data' }, 'table_name', 'filter', 'order', 'limit', 'cursor', 'format'),
    of({ name: 'aggregate_data' }, 'table_name', 'aggregates'),
    of({ name: 'create_records', effect: 'create' }, 'table_name', 'records'),
    of({ name: 'update_records', effect: 'update' }, 'table_name', 'ids', 'filter', 'records', 'max_affected'),
    of({ name: 'delete_records', effect: 'delete' }, 'table_name', 'ids', 'filter', 'force', 'max_affected'),
  ]
}
