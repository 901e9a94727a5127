import type { Catalog, Column, JsonObject, Table } from '@gatehouse/core'
import type { OperationTool } from './tool-set.js'

/** A call that works as it stands, made from what the caller can see. */
export interface Example {
  readonly tool: string
  readonly arguments: JsonObject
  readonly says: string
}

/** Calls for one service, of the kinds that its tools offer. */
export function examplesOf(tools: readonly OperationTool[], catalog: Catalog): readonly Example[] {
  const tool = (operation: string) => tools.find((known) => known.operation.name === operation)
  const readable = readableTable(tool('get_table_data'), catalog)
  const examples: Example[] = []
  const model = tool('get_data_model')
  if (model) {
    examples.push({ tool: model.name, arguments: {}, says: 'tables, columns, keys and relationships; call it first' })
  }
  const files = tool('list_files')
  if (files) {
    examples.push({
      tool: files.name,
      arguments: { full_tree: true, include_folders: false, limit: 20 },
      says: 'files with their paths; get_file reads one, long texts in parts',
    })
  }
  const read = tool('get_table_data')
  if (read && readable) {
    const { table, column } = readable
    const filter = column ? { filter: `${column} >= 1`, order: `${column} desc` } : {}
    examples.push({
      tool: read.name,
      arguments: { table_name: table.name, ...filter, limit: 5 },
      says: 'records; pass next_cursor as `cursor` to get the next ones, format "table" or "csv" costs fewer tokens',
    })
  }
  const aggregate = tool('aggregate_data')
  if (aggregate && readable && offers(aggregate, readable.table.name)) {
    const aggregates = [{ function: 'count', alias: 'records' }]
    examples.push({
      tool: aggregate.name,
      arguments: { table_name: readable.table.name, aggregates },
      says: 'counts and sums, computed in the database; never add up pages of records yourself',
    })
  }
  return examples
}

/** The first table that can be read, and a column of it to filter and order by: a whole number, if it has one in its key. */
function readableTable(
  read: OperationTool | undefined,
  catalog: Catalog,
): { readonly table: Table; readonly column: string | undefined } | undefined {
  if (!read) return undefined
  const tables = [...catalog.tables.values()].filter((table) => table.can.read && offers(read, table.name))
  const keyed = tables.find((table) => keyColumn(table) !== undefined)
  const table = keyed ?? tables[0]
  return table && { table, column: keyColumn(table) }
}

function offers(tool: OperationTool, table: string): boolean {
  const values = tool.operation.subject?.values
  return values === undefined || values.includes(table)
}

function keyColumn(table: Table): string | undefined {
  return table.primaryKey.find((name) => isNumber(table.columns.get(name)) && /^[a-z][a-z0-9_]*$/.test(name))
}

function isNumber(column: Column | undefined): boolean {
  return (column?.type === 'integer' || column?.type === 'bigint') && column.mask === undefined
}
