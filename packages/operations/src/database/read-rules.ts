import { planAggregate } from './aggregate.js'
import { isGrouped, planGroupedList } from './grouped-list.js'
import * as is from './properties.js'
import { anyPage, pageSchema, recordSchemas } from './record-schema.js'
import { planList, planOne } from './select.js'
import type { FaceOf, TableRule } from './table-operation.js'

/** How records are read: a list, one, and what is computed of many. */
export const readRules: readonly TableRule[] = [
  {
    name: 'get_table_data',
    effect: 'read',
    ability: 'read',
    methods: ['GET'],
    path: '...',
    idempotent: true,
    destructive: false,
    title: 'Get records',
    summary: (of) => `List records${of}`,
    description:
      'Reads records of one table: filtered, ordered, paged, with related records inside them. For totals, counts or averages use aggregate_data, which computes in the database.',
    example: ({ fields, filter, order }) => ({ fields, filter, order, limit: 10 }),
    input: (face) => ({
      fields: is.fields,
      filter: is.filter(face.examples.filter, face.source.service.connector.capabilities),
      params: is.params,
      ids: is.ids,
      id_field: is.idField,
      order: is.order(face.examples.order),
      limit: is.limit,
      offset: is.offset,
      cursor: is.cursor,
      ...related(face),
      include_count: is.includeCount,
      count_only: is.countOnly,
      include_schema: is.includeSchema,
      as_list: is.keysOnly,
      group: is.group,
      having: is.having,
      format: is.format,
      file: is.file,
      numbers: is.numbers,
      dry_run: is.dryRun,
    }),
    output: ({ bound }) => (bound ? pageSchema(recordSchemas(bound.table).read) : anyPage),
    plan: (source, prepared, input, limits) =>
      isGrouped(prepared.table, input)
        ? planGroupedList(source, prepared, input, limits)
        : planList(source, prepared, input, limits),
  },
  {
    name: 'get_record',
    effect: 'read',
    ability: 'read',
    methods: ['GET'],
    path: '.../{id}',
    tagged: true,
    surfaces: ['rest'],
    idempotent: true,
    destructive: false,
    title: 'Get one record',
    summary: (of) => `Get one record${of}`,
    description:
      'Reads one record by its primary key, bare. The ETag of the whole record goes with If-Match on writes.',
    example: () => undefined,
    input: (face) => ({
      id: is.id,
      id_field: is.idField,
      fields: is.fields,
      params: is.params,
      ...related(face),
      numbers: is.numbers,
      dry_run: is.dryRun,
    }),
    required: ['id'],
    output: ({ bound }) => (bound ? recordSchemas(bound.table).read : { type: 'object' }),
    plan: planOne,
  },
]

/** Where the source computes aggregates. */
export const aggregateRule: TableRule = {
  name: 'aggregate_data',
  effect: 'read',
  ability: 'read',
  methods: ['POST', 'GET'],
  path: '.../_aggregate',
  body: '*',
  idempotent: true,
  destructive: false,
  title: 'Aggregate records',
  summary: (of) => `Count, sum and average records${of}`,
  description:
    'Counts, sums, averages and the like over the records of one table, in one statement in the database; grouped by columns or date buckets if wanted. Use it rather than reading records with get_table_data to add them up.',
  example: ({ measure, group }) => ({
    aggregates: [{ function: 'count' }, ...(measure === undefined ? [] : [{ function: 'sum', field: measure }])],
    ...(group !== undefined && { group_by: [group] }),
    order: 'count desc',
  }),
  input: (face) => ({
    aggregates: is.aggregates(face.source.service.connector.capabilities),
    group_by: is.groupBy,
    filter: is.shortFilter(face.examples.filter),
    params: is.params,
    having: is.having,
    order: is.order('count desc'),
    limit: is.limit,
    offset: is.offset,
    format: is.format,
    numbers: is.numbers,
    dry_run: is.dryRun,
  }),
  output: ({ bound }) => (bound ? pageSchema({ type: 'object' }) : anyPage),
  plan: planAggregate,
}

function related(face: FaceOf) {
  if (!face.source.service.connector.capabilities.related) return {}
  const table = face.bound?.table
  const names = table ? [...table.relationships.keys(), ...(table.across?.keys() ?? [])] : undefined
  if (names?.length === 0) return {}
  const shown = names ? names.slice(0, 20).join(', ') : face.examples.relationship
  if (shown === undefined) return { related: is.related }
  return { related: { ...is.related, description: `${is.related.description}${names ? ':' : ', e.g.'} ${shown}` } }
}
