import type { Catalog, Column, Table } from '@gatehouse/core'
import type { ServiceConfig } from './config/config.js'

/** The catalog with the configuration's descriptions over those of the database, or without the latter. */
export function describeCatalog(catalog: Catalog, config: Pick<ServiceConfig, 'describe' | 'useComments'>): Catalog {
  if (config.useComments && Object.keys(config.describe).length === 0) return catalog
  const tables = new Map<string, Table>()
  for (const [name, table] of catalog.tables) tables.set(name, describeTable(table, config))
  return { ...catalog, tables }
}

function describeTable(table: Table, config: Pick<ServiceConfig, 'describe' | 'useComments'>): Table {
  const description = config.describe[table.name]
  const columns = new Map<string, Column>()
  for (const [name, column] of table.columns) {
    columns.set(
      name,
      withComment(column, description?.columns?.[name] ?? (config.useComments ? column.comment : undefined)),
    )
  }
  const comment = description?.description ?? (config.useComments ? table.comment : undefined)
  return withComment({ ...table, columns }, comment)
}

function withComment<T extends { readonly comment?: string }>(thing: T, comment: string | undefined): T {
  const { comment: _replaced, ...rest } = thing
  return (comment === undefined ? rest : { ...rest, comment }) as T
}
