import type { CatalogPlan, JsonObject, JsonSchema, Operation, Surface } from '@gatehouse/core'
import { aliasesOf } from './aliases.js'
import { flagOf } from './arguments.js'
import * as is from './properties.js'
import { listSchema } from './record-schema.js'
import type { Source } from './source.js'

/** A question on the catalog as a whole. */
interface ServiceRule {
  readonly name: string
  readonly path: string
  readonly surfaces?: readonly Surface[]
  readonly title: string
  /** What it does, when to use it rather than its neighbour. The example input is put behind it. */
  readonly description: string
  readonly example: JsonObject
  /** What the role is asked about; empty where a caller with any grant on the service may ask. */
  readonly resource: string
  readonly input: Readonly<Record<string, JsonSchema>>
  readonly output: JsonSchema
  readonly ask: Omit<CatalogPlan, 'kind'>
  /** It does not exist without something to show. */
  exists(source: Source): boolean
}

const listing = { as_list: is.asList, dry_run: is.dryRun } as const
const named = listSchema({ type: 'object', properties: { name: { type: 'string' } } })
const always = () => true
const hasTables = (source: Source) => source.catalog.tables.size > 0
const hasAny = (source: Source) => hasTables(source) || source.catalog.routines.size > 0

const serviceRules: readonly ServiceRule[] = [
  {
    name: 'get_data_model',
    path: '/_model',
    title: 'Get data model',
    description:
      'Call this first: all tables with columns, keys, relationships and row estimates, and the routines, in one condensed answer. One table in full: get_table_schema.',
    example: {},
    resource: '',
    input: { dry_run: is.dryRun },
    output: { type: 'object' },
    ask: { answer: 'model' },
    exists: hasAny,
  },
  {
    name: 'get_tables',
    path: '/_table',
    title: 'List tables',
    description: 'The names of the tables and views. With their columns too: get_data_model.',
    example: { as_list: true },
    resource: '_table',
    input: { as_list: is.asList, include_access: is.includeAccess, dry_run: is.dryRun },
    output: named,
    ask: { answer: 'tables' },
    exists: hasTables,
  },
  {
    name: 'list_schema',
    path: '/_schema',
    surfaces: ['rest'],
    title: 'List schemas',
    description: 'The tables whose schema can be read.',
    example: { as_list: true },
    resource: '_table',
    input: listing,
    output: named,
    ask: { answer: 'tables' },
    exists: hasTables,
  },
  {
    name: 'get_stored_procedures',
    path: '/_proc',
    title: 'List stored procedures',
    description: 'The stored procedures with their parameters, for call_stored_procedure.',
    example: {},
    resource: '_proc',
    input: listing,
    output: named,
    ask: { answer: 'routines', routineKind: 'procedure' },
    exists: (source) => source.routineNames('procedure', false).length > 0,
  },
  {
    name: 'get_stored_functions',
    path: '/_func',
    title: 'List stored functions',
    description: 'The stored functions with their parameters, for call_stored_function.',
    example: {},
    resource: '_func',
    input: listing,
    output: named,
    ask: { answer: 'routines', routineKind: 'function' },
    exists: (source) => source.routineNames('function', false).length > 0,
  },
  {
    name: 'get_database_resources',
    path: '/',
    title: 'List resources',
    description: 'The kinds of resources that you may reach here, such as _table and _proc.',
    example: { as_list: true },
    resource: '',
    input: listing,
    output: named,
    ask: { answer: 'resources' },
    exists: always,
  },
  {
    name: 'get_api_spec',
    path: '/_spec',
    title: 'Get API specification',
    description:
      'The OpenAPI document of the REST API, with only what you may use. It is long: to work with the data, get_data_model says enough.',
    example: {},
    resource: '',
    input: { dry_run: is.dryRun },
    output: { type: 'object' },
    ask: { answer: 'spec' },
    exists: always,
  },
]

/** What can be asked of the catalog as a whole. */
export function serviceOperations(source: Source): readonly Operation[] {
  return serviceRules.filter((rule) => rule.exists(source)).map((rule) => serviceOperation(source, rule))
}

function serviceOperation(source: Source, rule: ServiceRule): Operation {
  return {
    name: rule.name,
    service: source.service.name,
    effect: 'read',
    title: rule.title,
    summary: rule.title,
    description: `${rule.description} Example: ${JSON.stringify(rule.example)}`,
    surfaces: rule.surfaces ?? ['rest', 'mcp'],
    http: { methods: ['GET'], path: rule.path },
    input: { type: 'object', properties: rule.input, additionalProperties: false },
    output: rule.output,
    aliases: aliasesOf(Object.keys(rule.input)),
    idempotent: true,
    destructive: false,
    resource: () => rule.resource,
    plan: (input) => ({
      kind: 'catalog',
      ...rule.ask,
      ...(flagOf(input.as_list) && { asList: true }),
      ...(flagOf(input.include_access) && { includeAccess: true }),
      ...(flagOf(input.dry_run) && { dryRun: true }),
    }),
  }
}
