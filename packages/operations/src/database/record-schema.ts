import type { Column, JsonSchema, ObjectSchema, Table } from '@gatehouse/core'
import { cleanComment, readSchema, writeSchema } from './column-schema.js'

/** The schemas of a table's records: the same objects for every operation, so that a document can share them. */
export interface RecordSchemas {
  /** As answered. Requires no column, since a caller chooses them. */
  readonly read: ObjectSchema
  readonly create: ObjectSchema
  /** Requires no column. */
  readonly update: ObjectSchema
  /** The primary key alone. */
  readonly key: ObjectSchema
}

const made = new WeakMap<Table, RecordSchemas>()

export function recordSchemas(table: Table): RecordSchemas {
  let schemas = made.get(table)
  if (!schemas) {
    schemas = makeSchemas(table)
    made.set(table, schemas)
  }
  return schemas
}

function makeSchemas(table: Table): RecordSchemas {
  const columns = [...table.columns.values()]
  const writable = columns.filter((c) => !c.generated)
  const write = properties(writable, writeSchema)
  const required = writable.filter((c) => !c.nullable && c.default === undefined && !c.identity).map((c) => c.name)
  const comment = cleanComment(table.comment)
  const described = comment ? { description: comment } : {}
  const key = columns.filter((c) => table.primaryKey.includes(c.name))
  return {
    read: { type: 'object', title: table.name, ...described, properties: properties(columns, readSchema) },
    create: {
      type: 'object',
      title: `${table.name} (new)`,
      ...described,
      properties: write,
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    },
    update: { type: 'object', title: `${table.name} (changes)`, properties: write, additionalProperties: false },
    key: {
      type: 'object',
      title: `${table.name} (key)`,
      properties: properties(key.length > 0 ? key : columns, readSchema),
    },
  }
}

function properties(columns: readonly Column[], schema: (column: Column) => JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(columns.map((column) => [column.name, schema(column)]))
}

const meta: JsonSchema = {
  type: 'object',
  description: 'What to know of the page. next and next_cursor are there whenever more records exist',
  properties: {
    next: { type: 'integer', description: 'offset of the next page' },
    next_cursor: { type: 'string', description: 'cursor of the next page' },
    count: { type: 'integer', description: 'All records that match; on include_count' },
    cut: {
      type: 'object',
      description: 'Where fewer records than asked for are allowed',
      properties: { asked: { type: 'integer' }, allowed: { type: 'integer' } },
    },
    related_limits: {
      type: 'object',
      description:
        'Records that each list of related ones has at most, by relationship, where the call does not say it',
      additionalProperties: { type: 'integer' },
    },
    schema: { type: 'object', description: 'Of the table; on include_schema' },
  },
}

/** `{resource: [...], meta}` */
export function pageSchema(record: JsonSchema): ObjectSchema {
  return { type: 'object', properties: { resource: { type: 'array', items: record }, meta } }
}

/** The same for no table in particular, in any format. */
export const anyPage: ObjectSchema = {
  type: 'object',
  properties: { resource: { type: ['array', 'object'] }, meta: { type: 'object' } },
}

/** `{resource: [...]}` */
export function listSchema(item: JsonSchema): ObjectSchema {
  return { type: 'object', properties: { resource: { type: 'array', items: item } } }
}
