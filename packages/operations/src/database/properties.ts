import type { Capabilities, JsonSchema } from '@gatehouse/core'
import { dateBuckets } from './aggregate-terms.js'
import { relatedLimit, relatedOptionPattern } from './related.js'

/** The shared input properties. Their words go to every model that lists tools, so they are few. */

const list = { type: ['array', 'string'], items: { type: 'string' } } as const
const flag = (description: string): JsonSchema => ({ type: 'boolean', description })

export const fields: JsonSchema = { ...list, description: 'Columns to answer. Default: all' }
export const returned: JsonSchema = {
  ...list,
  description: 'Columns to answer of each record. Default: the key; * for all',
}
export const params: JsonSchema = { type: 'object', description: 'Values of :name in filter and having' }
export const ids: JsonSchema = {
  type: ['array', 'string', 'number'],
  description: 'Primary keys, e.g. [1,2]; of a composite key [[1,2],[1,3]] or "1,2;1,3"',
}
export const idField: JsonSchema = { ...list, description: 'Columns that ids refer to instead of the primary key' }
export const id: JsonSchema = { type: 'string', description: 'Primary key; of a composite key a,b in key order' }
export const limit: JsonSchema = { type: 'integer', minimum: 0, description: 'Most records to answer' }
export const offset: JsonSchema = { type: 'integer', minimum: 0, description: 'Records to skip' }
export const cursor: JsonSchema = { type: 'string', description: 'next_cursor of the page before' }
export const dryRun = flag('Check and explain only; touch nothing')
export const numbers: JsonSchema = {
  enum: ['number', 'string'],
  description: 'string: 64-bit integers and decimals as strings',
}
export const format: JsonSchema = { enum: ['json', 'table', 'csv', 'ndjson'], description: 'table and csv are shorter' }
export const file: JsonSchema = { type: 'string', description: 'Download as name.csv, name.json or name.ndjson' }
export const having: JsonSchema = { type: 'string', description: 'Condition on results: count > 5' }
export const related: JsonSchema = { ...list, description: 'Relationships to put inside each record; nest with dots' }
export const relatedOptions: Readonly<Record<string, JsonSchema>> = {
  [relatedOptionPattern]: {
    type: ['array', 'string', 'integer'],
    description: `{relationship}.fields, .filter, .order, .limit (records a parent, default ${relatedLimit})`,
  },
}
export const includeCount: JsonSchema = {
  type: ['boolean', 'string'],
  description: 'Count all matches: true (exact) or estimated',
}
export const countOnly = flag('Answer the count alone')
export const includeSchema = flag("Add the table's schema to meta")
export const keysOnly = flag('Answer the keys only')
export const maxAffected: JsonSchema = {
  type: 'integer',
  minimum: 0,
  description: 'Write nothing if more records would be touched',
}
export const goOn = flag('Go on after a record that fails')
export const rollback = flag('Undo all when one record fails')
export const upsert = flag('Update the record where its primary key exists already')
export const force = flag('Touch all records when neither ids nor filter is given')
export const ifMatch: JsonSchema = {
  type: 'string',
  description: 'Entity tag that the record must still have, as in the header If-Match',
}
export const asList = flag('Names only')
export const includeAccess = flag('Add what you may do with each')
export const routineParams: JsonSchema = {
  type: ['object', 'array'],
  description: 'By name {"a":1}, in order [1], or [{"name":"a","value":1}]',
}
export const routineLimit: JsonSchema = { type: 'integer', minimum: 0, description: 'Most rows to answer' }

export function order(example: string): JsonSchema {
  return { ...list, description: `${example ? `e.g. ${example}. ` : ''}[asc|desc] [nulls first|last]` }
}

/** The filter language in one breath. */
export function filter(example: string, capabilities: Capabilities): JsonSchema {
  const match = `like, contains, starts with, ends with${capabilities.regexp ? ', regexp' : ''}`
  const deep = capabilities.related ? '; relationship.column for related records' : ''
  return {
    type: 'string',
    description: `e.g. ${example}. Also != >= in (1,2), between 1 and 9, ${match}, is null, not, or, (); now() - 7 days, :param${deep}`,
  }
}

/** The same language where the full words are in a neighbour. */
export function shortFilter(example: string): JsonSchema {
  return { type: 'string', description: `e.g. ${example} (the language of get_table_data)` }
}

export function aggregates(capabilities: Capabilities): JsonSchema {
  return {
    type: ['array', 'string'],
    items: {
      type: ['object', 'string'],
      properties: {
        function: { enum: capabilities.aggregates },
        field: { type: 'string' },
        alias: { type: 'string' },
        distinct: { type: 'boolean' },
      },
      required: ['function'],
    },
    description: 'count needs no field. Results are named count, sum_total, or by alias',
  }
}

export const groupBy: JsonSchema = {
  type: ['array', 'string'],
  items: { type: ['string', 'object'] },
  description: `Columns, or date buckets (${dateBuckets.join(', ')}) such as month(column)`,
}
export const group: JsonSchema = {
  ...list,
  description: 'Older form of aggregate_data, with fields=column,COUNT(*),SUM(column)',
}

/** Names of tables or routines: listed while that stays short. */
export function nameOf(what: string, names: readonly string[], lister: string): JsonSchema {
  if (names.length <= 50) return { type: 'string', enum: names }
  return { type: 'string', description: `Name of the ${what} as ${lister} lists it, e.g. ${names[0] ?? ''}` }
}
