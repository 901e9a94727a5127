import {
  type CatalogPlan,
  Failure,
  type JsonObject,
  type JsonValue,
  type Routine,
  type SpecOf,
  suggest,
  type Table,
} from '@gatehouse/core'
import { dataModel } from './data-model.js'
import {
  describeColumn,
  describeRelationship,
  describeRoutine,
  describeTable,
  relationshipsOf,
  tableItem,
} from './describe-table.js'
import { noTable } from './not-found.js'
import type { View } from './view.js'

/** Answers a question on the catalog from what the caller sees of it. Throws `not_found`. */
export function catalogAnswer(plan: CatalogPlan, view: View, specOf: SpecOf): JsonValue {
  switch (plan.answer) {
    case 'resources':
      return listed(resources(view), plan)
    case 'tables':
      return listed(
        [...view.catalog.tables.values()].map((table) => tableItem(table, plan.includeAccess ?? false)),
        plan,
      )
    case 'schema':
      return describeTable(tableOf(plan, view))
    case 'fields':
      return fields(plan, tableOf(plan, view))
    case 'relationships':
      return relationships(plan, tableOf(plan, view))
    case 'routines':
      return listed(routinesOf(plan.routineKind, view).map(describeRoutine), plan)
    case 'model':
      return remembered(view, 'model', () => dataModel(view.service, view.catalog))
    case 'spec':
      return remembered(view, 'spec', () => specOf(view.service, view.list))
    default:
      return plan.answer satisfies never
  }
}

/** What exists below the service, as the first segment of its paths. */
function resources(view: View): readonly JsonObject[] {
  if (view.service.family === 'system') return [...view.catalog.tables.values()].map((table) => tableItem(table, false))
  const found: JsonObject[] = []
  if (view.catalog.tables.size > 0) {
    found.push({ name: '_table', label: 'Records' }, { name: '_schema', label: 'Schema' })
  }
  if (routinesOf('procedure', view).length > 0) found.push({ name: '_proc', label: 'Stored procedures' })
  if (routinesOf('function', view).length > 0) found.push({ name: '_func', label: 'Stored functions' })
  return [...found, { name: '_model', label: 'Data model' }, { name: '_spec', label: 'API specification' }]
}

function routinesOf(kind: Routine['kind'] | undefined, view: View): readonly Routine[] {
  const routines = [...view.catalog.routines.values()].flat()
  return kind === undefined ? routines : routines.filter((routine) => routine.kind === kind)
}

function fields(plan: CatalogPlan, table: Table): JsonValue {
  if (plan.member === undefined) {
    return listed(
      [...table.columns.values()].map((column) => describeColumn(column, table)),
      plan,
    )
  }
  const column = table.columns.get(plan.member)
  if (column) return describeColumn(column, table)
  throw noMember(table, 'column', plan.member, table.columns.keys())
}

function relationships(plan: CatalogPlan, table: Table): JsonValue {
  if (plan.member === undefined) return listed(relationshipsOf(table).map(describeRelationship), plan)
  const relationship = table.relationships.get(plan.member) ?? table.across?.get(plan.member)
  if (relationship) return describeRelationship(relationship)
  throw noMember(
    table,
    'relationship',
    plan.member,
    relationshipsOf(table).map(({ name }) => name),
  )
}

function tableOf(plan: CatalogPlan, view: View): Table {
  const table = view.catalog.tables.get(plan.table ?? '')
  if (table) return table
  throw noTable(view, plan.table ?? '')
}

function noMember(table: Table, what: 'column' | 'relationship', name: string, names: Iterable<string>): Failure {
  return new Failure('not_found', `\`${table.name}\` has no ${what} \`${name.slice(0, 100)}\``, {
    hint: suggest(name, what === 'column' ? 'Columns' : 'Relationships', names),
  })
}

function listed(items: readonly JsonObject[], plan: CatalogPlan): JsonObject {
  if (!plan.asList) return { resource: items }
  return { resource: [...new Set(items.map((item) => item.name ?? null))] }
}

/** Made once a view. */
function remembered(view: View, name: string, make: () => JsonValue): JsonValue {
  const known = view.answers.get(name)
  if (known !== undefined) return known
  const made = make()
  view.answers.set(name, made)
  return made
}
