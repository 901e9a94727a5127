import type { JsonSchema } from '@gatehouse/core'
import { planDelete, planDeleteOne } from './delete.js'
import { planInsert } from './insert.js'
import * as is from './properties.js'
import { listSchema, type RecordSchemas, recordSchemas } from './record-schema.js'
import type { FaceOf, TableRule } from './table-operation.js'
import { planUpdate, planUpdateOne } from './update.js'

const batch = { continue: is.goOn, rollback: is.rollback, max_affected: is.maxAffected } as const
const answer = { fields: is.returned, numbers: is.numbers, dry_run: is.dryRun } as const
const one = { id: is.id, id_field: is.idField, if_match: is.ifMatch, ...answer } as const

const updating = {
  effect: 'update',
  ability: 'update',
  body: 'records',
  idempotent: true,
  destructive: true,
  required: ['records'],
} as const

/** How records are written, many or one. */
export const writeRules: readonly TableRule[] = [
  {
    name: 'create_records',
    effect: 'create',
    ability: 'create',
    methods: ['POST'],
    path: '...',
    body: 'records',
    idempotent: false,
    destructive: false,
    title: 'Create records',
    summary: (of) => `Create records${of}`,
    description:
      'Creates records and answers their keys. Send many at once rather than one a call. To change existing ones use update_records.',
    example: ({ record }) => ({ records: [record] }),
    input: (face) => ({
      records: records(face, 'create', 'Objects by column'),
      ...(face.source.service.connector.capabilities.upsert &&
        (face.bound ? face.bound.table.can.update : face.source.tablesThatCan('update').length > 0) && {
          upsert: is.upsert,
        }),
      ...batch,
      ...answer,
    }),
    required: ['records'],
    output: written,
    plan: (_source, prepared, input) => planInsert(prepared, input),
  },
  {
    ...updating,
    name: 'update_records',
    methods: ['PATCH'],
    path: '...',
    title: 'Update records',
    summary: (of) => `Change columns of records${of}`,
    description:
      'Changes the given columns of existing records: each record carries its key, or one record is set in all that ids or filter select. For new records use create_records. Try dry_run before a wide filter.',
    // A table of nothing but its key has nothing to change.
    example: ({ keyed, key, change, filter }) => {
      if (Object.keys(change).length === 0) return undefined
      return keyed ? { records: [{ ...key, ...change }] } : { filter, records: change }
    },
    input: (face) => many(face, 'Objects with key and changed columns; with ids or filter one object'),
    output: written,
    plan: (source, prepared, input) => planUpdate(source, prepared, input, false),
  },
  {
    ...updating,
    name: 'replace_records',
    methods: ['PUT'],
    path: '...',
    surfaces: ['rest'],
    title: 'Replace records',
    summary: (of) => `Replace records${of}`,
    description: 'As an update, but columns that a record leaves out are set to their defaults.',
    example: () => undefined,
    input: (face) => many(face, 'Records with their keys; with ids or filter one record'),
    output: written,
    plan: (source, prepared, input) => planUpdate(source, prepared, input, true),
  },
  {
    name: 'delete_records',
    effect: 'delete',
    ability: 'delete',
    methods: ['DELETE'],
    path: '...',
    body: 'records',
    idempotent: true,
    destructive: true,
    title: 'Delete records',
    summary: (of) => `Delete records${of}`,
    description:
      'Deletes the records that ids, filter or the keys in records select, and answers their keys. There is no undo: try dry_run first, or set max_affected.',
    example: ({ keyed, id, filter }) => (keyed ? { ids: [id] } : { filter }),
    input: (face) => ({
      ids: is.ids,
      filter: is.shortFilter(face.examples.filter),
      params: is.params,
      records: { type: ['array', 'object'], description: 'Records with their keys, or ids' },
      id_field: is.idField,
      force: is.force,
      ...batch,
      ...answer,
    }),
    output: written,
    plan: planDelete,
  },
  {
    ...updating,
    name: 'update_record',
    methods: ['PATCH'],
    path: '.../{id}',
    surfaces: ['rest'],
    title: 'Update one record',
    summary: (of) => `Change columns of one record${of}`,
    description: 'Changes the given columns of one record. With If-Match it must not have changed since it was read.',
    example: () => undefined,
    input: (face) => ({ ...one, records: oneRecord(face) }),
    required: ['id', 'records'],
    output: writtenOne,
    plan: (_source, prepared, input) => planUpdateOne(prepared, input, false),
  },
  {
    ...updating,
    name: 'replace_record',
    methods: ['PUT'],
    path: '.../{id}',
    surfaces: ['rest'],
    title: 'Replace one record',
    summary: (of) => `Replace one record${of}`,
    description: 'As an update of one record, but columns that are left out are set to their defaults.',
    example: () => undefined,
    input: (face) => ({ ...one, records: oneRecord(face) }),
    required: ['id', 'records'],
    output: writtenOne,
    plan: (_source, prepared, input) => planUpdateOne(prepared, input, true),
  },
  {
    name: 'delete_record',
    effect: 'delete',
    ability: 'delete',
    methods: ['DELETE'],
    path: '.../{id}',
    surfaces: ['rest'],
    idempotent: true,
    destructive: true,
    title: 'Delete one record',
    summary: (of) => `Delete one record${of}`,
    description: 'Deletes one record by its primary key and answers its key.',
    example: () => undefined,
    input: () => one,
    required: ['id'],
    output: writtenOne,
    plan: (_source, prepared, input) => planDeleteOne(prepared, input),
  },
]

function many(face: FaceOf, description: string): Record<string, JsonSchema> {
  return {
    records: records(face, 'update', description),
    ids: is.ids,
    filter: is.shortFilter(face.examples.filter),
    params: is.params,
    id_field: is.idField,
    force: is.force,
    ...batch,
    ...answer,
  }
}

/** For any table no more than that they are objects; typed for one. */
function records(face: FaceOf, kind: keyof RecordSchemas, description: string): JsonSchema {
  if (!face.bound) return { type: ['array', 'object'], items: { type: 'object' }, description }
  return { type: 'array', items: recordSchemas(face.bound.table)[kind], description }
}

function oneRecord(face: FaceOf): JsonSchema {
  return face.bound ? recordSchemas(face.bound.table).update : { type: 'object', description: 'Columns to set' }
}

/** The key, and more where `fields` asks for it. */
/** Where one bare record was sent, one comes back as bare. */
function written(face: FaceOf): JsonSchema {
  const record = writtenOne(face)
  return { anyOf: [listSchema(record), record] }
}

function writtenOne({ bound }: FaceOf): JsonSchema {
  return bound ? recordSchemas(bound.table).read : { type: 'object' }
}
