import type { Catalog, Column, JsonObject, JsonValue, Parameter, Routine, Service, Table } from '@gatehouse/core'
import { relationshipsOf } from './describe-table.js'

const legend =
  'Columns: name type, then pk (primary key), auto (numbered by the database), computed, null (may be null), unique, ' +
  '-> table.column (foreign key), one of a|b, masked. Relationships: name: kind table, for `related` and filters.'

/** The whole catalog in few words: what a model must know to write a query. */
export function dataModel(service: Service, catalog: Catalog): JsonObject {
  const routines = [...catalog.routines.values()].flat()
  const ofKind = (kind: Routine['kind']) => routines.filter((routine) => routine.kind === kind).map(routineLine)
  const procedures = ofKind('procedure')
  const functions = ofKind('function')
  return {
    service: service.name,
    ...(service.description !== '' && { description: service.description }),
    legend,
    tables: [...catalog.tables.values()].map(tableModel),
    ...(procedures.length > 0 && { procedures }),
    ...(functions.length > 0 && { functions }),
  }
}

function tableModel(table: Table): JsonObject {
  const composite = table.uniqueKeys.filter(({ columns }) => columns.length > 1)
  const relationships = relationshipsOf(table).map((relationship) => {
    const { name, kind, table: other } = relationship
    return `${name}: ${kind} ${'service' in relationship ? `${relationship.service}/` : ''}${other}`
  })
  const model: Record<string, JsonValue> = { name: table.name }
  if (table.kind === 'view') model.view = true
  if (table.comment !== undefined) model.description = inline(table.comment)
  if (table.rows !== undefined) model.rows = table.rows
  model.columns = [...table.columns.values()].map((column) => columnLine(column, table))
  if (table.primaryKey.length > 1) model.primary_key = table.primaryKey
  if (composite.length > 0) model.unique = composite.map(({ columns }) => columns)
  if (relationships.length > 0) model.relationships = relationships
  return model
}

function columnLine(column: Column, table: Table): string {
  const only = (columns: readonly string[]) => columns.length === 1 && columns[0] === column.name
  const key = table.foreignKeys.find(({ columns }) => columns.includes(column.name))
  const target = key && `${key.references}.${key.referencedColumns[key.columns.indexOf(column.name)] ?? ''}`
  const words = [column.name, typeText(column)]
  if (table.primaryKey.includes(column.name)) words.push('pk')
  if (column.identity) words.push('auto')
  if (column.generated) words.push('computed')
  if (column.nullable) words.push('null')
  if (table.uniqueKeys.some(({ columns }) => only(columns)) && !only(table.primaryKey)) words.push('unique')
  if (target !== undefined) words.push(`-> ${target}`)
  if (column.values && column.values.length <= 20) words.push(`one of ${column.values.join('|')}`)
  if (column.mask !== undefined) words.push('masked')
  if (column.comment !== undefined) words.push(`(${inline(column.comment)})`)
  return words.join(' ')
}

/** A comment comes from whoever wrote the schema: one short line without control characters. */
function inline(comment: string): string {
  return comment
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

function typeText({ type, length, precision, scale }: Column): string {
  if (type === 'decimal' && precision !== undefined) return `decimal(${precision},${scale ?? 0})`
  return type === 'text' && length !== undefined ? `text(${length})` : type
}

/** `monthly_report(month date, region text?) -> rows`; a question mark: may be left out. */
function routineLine(routine: Routine): string {
  const { returns } = routine
  const parameters = routine.parameters.map(parameterText).join(', ')
  const answers = returns.kind === 'value' ? returns.type : returns.kind
  return `${routine.name}(${parameters})${answers === 'nothing' ? '' : ` -> ${answers}`}`
}

function parameterText({ name, type, mode, required }: Parameter): string {
  const optional = mode !== 'out' && !required ? '?' : ''
  return `${mode === 'in' ? '' : `${mode} `}${name} ${type}${optional}`
}
