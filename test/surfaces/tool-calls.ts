/** One call of each tool that an administrator of the sample is given, and a text that its answer has. */
export interface ToolCall {
  readonly tool: string
  readonly input: Record<string, unknown>
  readonly says: string
}

const table = { table_name: 'customers' }

export const reading: readonly ToolCall[] = [
  { tool: 'list_apis', input: {}, says: '"name":"salesdb"' },
  { tool: 'list_tools', input: { service: 'salesdb' }, says: 'salesdb_get_table_data' },
  { tool: 'all_get_tables', input: {}, says: '"order_items"' },
  { tool: 'all_find_table', input: { name: 'order' }, says: '"order_items"' },
  { tool: 'all_get_resources', input: {}, says: '"name":"_table"' },
  { tool: 'salesdb_get_data_model', input: {}, says: 'orders_by_customer_id' },
  { tool: 'salesdb_get_tables', input: { include_access: true }, says: '"sales_by_country"' },
  { tool: 'salesdb_get_database_resources', input: { as_list: true }, says: '"_table"' },
  { tool: 'salesdb_get_api_spec', input: {}, says: '"openapi":"3.1' },
  { tool: 'salesdb_get_table_schema', input: table, says: 'consumer, smb or enterprise' },
  { tool: 'salesdb_get_table_fields', input: { ...table, as_list: true }, says: '"segment"' },
  { tool: 'salesdb_get_table_relationships', input: { tableName: 'customers' }, says: 'orders_by_customer_id' },
  {
    tool: 'salesdb_get_table_data',
    input: {
      ...table,
      filter: 'country = :country and newsletter = true',
      params: { country: 'DE' },
      order: 'name desc',
      limit: 2,
      fields: ['id', 'name'],
      related: 'orders_by_customer_id',
      include_count: true,
    },
    says: '"count":',
  },
  {
    tool: 'salesdb_aggregate_data',
    input: {
      table_name: 'orders',
      aggregates: [{ function: 'sum', field: 'total', alias: 'revenue' }],
      group_by: ['year(order_date)'],
      having: 'revenue > 0',
      order: 'revenue desc',
    },
    says: '"revenue":',
  },
  { tool: 'system_get_data_model', input: {}, says: 'audit' },
  { tool: 'system_get_tables', input: {}, says: '"audit"' },
  { tool: 'system_get_database_resources', input: {}, says: 'audit' },
  { tool: 'system_get_api_spec', input: {}, says: '"openapi":"3.1' },
  { tool: 'system_get_table_schema', input: { table_name: 'audit' }, says: 'request_id' },
  { tool: 'system_get_table_fields', input: { table_name: 'audit' }, says: 'request_id' },
  { tool: 'system_get_table_relationships', input: { table_name: 'audit' }, says: 'resource' },
  { tool: 'system_get_table_data', input: { table_name: 'audit', limit: 1 }, says: '"resource":' },
  {
    tool: 'system_aggregate_data',
    input: { table_name: 'audit', aggregates: [{ function: 'count' }], group_by: 'surface' },
    says: '"count":',
  },
  { tool: 'system_refresh_service', input: { service_name: 'salesdb' }, says: '"tables":13' },
]

/** In this order: a tag is made, renamed and removed, each first as a dry run. */
export function writing(name: string): readonly ToolCall[] {
  const tags = { table_name: 'tags' }
  const create = { ...tags, records: [{ name }] }
  const update = { ...tags, filter: 'name = :old', params: { old: name }, records: { name: `${name} 2` } }
  const remove = { ...tags, filter: 'name starts with :name', params: { name } }
  const count = { ...tags, aggregates: [{ function: 'count' }], filter: remove.filter, params: remove.params }
  return [
    { tool: 'salesdb_create_records', input: { ...create, dry_run: true }, says: '"affected":1' },
    { tool: 'salesdb_aggregate_data', input: count, says: '"count":0' },
    { tool: 'salesdb_create_records', input: { ...create, fields: '*' }, says: `"name":"${name}"` },
    { tool: 'salesdb_update_records', input: { ...update, dry_run: true }, says: '"affected":1' },
    { tool: 'salesdb_update_records', input: { ...update, fields: '*' }, says: `"name":"${name} 2"` },
    { tool: 'salesdb_delete_records', input: { ...remove, dry_run: true }, says: '"affected":1' },
    { tool: 'salesdb_aggregate_data', input: count, says: '"count":1' },
    { tool: 'salesdb_delete_records', input: remove, says: '{"rows":1' },
    { tool: 'salesdb_aggregate_data', input: count, says: '"count":0' },
  ]
}
