import { type CatalogPlan, Failure, type JsonObject, type JsonSchema, suggest, type Table } from '@gatehouse/core'
import { flagOf } from './arguments.js'
import * as is from './properties.js'
import { listSchema } from './record-schema.js'
import type { TableRule } from './table-operation.js'

const reading = {
  effect: 'read',
  ability: 'read',
  methods: ['GET'],
  idempotent: true,
  destructive: false,
} as const

const object: JsonSchema = { type: 'object' }
const named: JsonSchema = { type: 'object', properties: { name: { type: 'string' } } }

function ask(
  answer: CatalogPlan['answer'],
  input: JsonObject,
  more: Omit<CatalogPlan, 'kind' | 'answer'>,
): CatalogPlan {
  return {
    kind: 'catalog',
    answer,
    ...more,
    ...(flagOf(input.as_list) && { asList: true }),
    ...(flagOf(input.dry_run) && { dryRun: true }),
  }
}

/** What the catalog says of one table. */
export const tableCatalogRules: readonly TableRule[] = [
  {
    ...reading,
    name: 'get_table_schema',
    path: '/_schema/{table_name}',
    title: 'Get table schema',
    summary: (of) => `Schema${of}`,
    description:
      'All about one table: columns with types, allowed values and defaults, keys, relationships. get_data_model shows all tables in short.',
    example: () => ({}),
    input: () => ({ dry_run: is.dryRun }),
    output: () => object,
    plan: (_source, { table }, input) => ask('schema', input, { table: table.name }),
  },
  {
    ...reading,
    name: 'get_table_fields',
    path: '/_schema/{table_name}/_field',
    title: 'Get table fields',
    summary: (of) => `Columns${of}`,
    description: 'The columns of one table. With keys and relationships too: get_table_schema.',
    example: () => ({ as_list: true }),
    input: () => ({ as_list: is.asList, dry_run: is.dryRun }),
    output: () => listSchema(named),
    plan: (_source, { table }, input) => ask('fields', input, { table: table.name }),
  },
  {
    ...reading,
    name: 'get_table_relationships',
    path: '/_schema/{table_name}/_related',
    title: 'Get table relationships',
    summary: (of) => `Relationships${of}`,
    description: 'The relationships of one table: the names that `related` and filters take.',
    example: () => ({}),
    input: () => ({ as_list: is.asList, dry_run: is.dryRun }),
    output: () => listSchema(named),
    plan: (_source, { table }, input) => ask('relationships', input, { table: table.name }),
  },
  {
    ...reading,
    name: 'get_table_field',
    path: '/_schema/{table_name}/_field/{field_name}',
    surfaces: ['rest'],
    title: 'Get one field',
    summary: (of) => `One column${of}`,
    description: 'One column of a table.',
    example: () => undefined,
    input: ({ bound }) => ({ field_name: memberName(bound?.table.columns.keys()), dry_run: is.dryRun }),
    required: ['field_name'],
    output: () => named,
    plan: (_source, { table }, input) =>
      ask('fields', input, { table: table.name, member: memberOf(table, 'columns', input.field_name) }),
  },
  {
    ...reading,
    name: 'get_table_relationship',
    path: '/_schema/{table_name}/_related/{relationship_name}',
    surfaces: ['rest'],
    title: 'Get one relationship',
    summary: (of) => `One relationship${of}`,
    description: 'One relationship of a table.',
    example: () => undefined,
    input: ({ bound }) => ({ relationship_name: memberName(bound?.table.relationships.keys()), dry_run: is.dryRun }),
    required: ['relationship_name'],
    output: () => named,
    plan: (_source, { table }, input) =>
      ask('relationships', input, {
        table: table.name,
        member: memberOf(table, 'relationships', input.relationship_name),
      }),
  },
]

function memberName(names: Iterable<string> | undefined): JsonSchema {
  const listed = names ? [...names] : []
  return listed.length > 0 && listed.length <= 50 ? { type: 'string', enum: listed } : { type: 'string' }
}

/** Throws `not_found`: it is a part of the path. */
function memberOf(table: Table, of: 'columns' | 'relationships', name: JsonObject[string]): string {
  const key = typeof name === 'string' ? name : ''
  if (table[of].has(key)) return key
  const [what, label] = of === 'columns' ? ['column', 'Columns'] : ['relationship', 'Relationships']
  throw new Failure('not_found', `\`${table.name}\` has no ${what} \`${key.slice(0, 100)}\``, {
    hint: suggest(key, label ?? '', table[of].keys()),
  })
}
