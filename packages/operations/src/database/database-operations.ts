import type { Catalog, Operation, Service } from '@gatehouse/core'
import { tableCatalogRules } from './catalog-rules.js'
import { aggregateRule, readRules } from './read-rules.js'
import { routineOperations } from './routine-operations.js'
import { serviceOperations } from './service-operations.js'
import { type Layout, type Source, sourceOf } from './source.js'
import { tableOperation } from './table-operation.js'
import { writeRules } from './write-rules.js'

const layout: Layout = {
  tablePath: '/_table/{table_name}',
  resource: (table) => `_table/${table}`,
}

/** All that one caller may do with a database. */
export function databaseOperations(service: Service, catalog: Catalog): readonly Operation[] {
  const source = sourceOf(service, catalog, layout)
  return [...serviceOperations(source), ...tableOperations(source), ...routineOperations(source)]
}

/** What can be done with records, for each verb that at least one table allows. */
export function tableOperations(source: Source): readonly Operation[] {
  const aggregating = source.service.connector.capabilities.aggregates.length > 0 ? [aggregateRule] : []
  return [...tableCatalogRules, ...readRules, ...aggregating, ...writeRules]
    .map((rule) => tableOperation(source, rule))
    .filter((operation) => operation !== undefined)
}
