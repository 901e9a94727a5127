import { type Column, relate, type TableAbilities, type UniqueKey } from '@gatehouse/core'
import { type CollectionInfo, type Db, type Document, MongoServerError } from 'mongodb'
import { catalogVersion } from '../sql/catalog-version.js'
import type { Collection, Collections } from './collection.js'
import { columnOf, keyName } from './column.js'
import { anything, type Field, merged } from './field.js'
import { inferField } from './infer.js'
import { declaredField } from './json-schema.js'
import type { Privileges } from './privileges.js'

export interface IntrospectRule {
  readonly database: Db
  readonly includes: (schema: string | undefined, name: string) => boolean
  readonly readOnly: boolean
  readonly sampleSize: number
  readonly privileges: Privileges
  /** What earlier samples of large collections found: a field that is rare must not come and go. */
  readonly remembered: Map<string, Field>
  readonly signal: AbortSignal
}

/** Collections that are looked at a time. */
const parallel = 4
const maxTimeMS = 20_000

/** Of one collection: what takes longer shows the fields that are known of it. */
const sampleMs = 2000
const sampling = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const

/** Every collection and view with what is declared or found of its documents. */
export async function introspect(rule: IntrospectRule): Promise<Collections> {
  const all = await rule.database.listCollections({}, { nameOnly: false, maxTimeMS }).toArray()
  const infos = all
    .filter(({ name }) => !name.startsWith('system.') && rule.includes(undefined, name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const found: Collection[] = []
  for (let start = 0; start < infos.length; start += parallel) {
    rule.signal.throwIfAborted()
    found.push(...(await Promise.all(infos.slice(start, start + parallel).map((info) => collection(rule, info)))))
  }
  const tables = relate(new Map(found.map(({ table }) => [table.name, table])))
  const routines = new Map()
  return {
    catalog: { tables, routines, version: catalogVersion(tables, routines) },
    known: new Map(found.map(({ table, fields, indexes }) => [table.name, { fields, indexes }])),
  }
}

async function collection(rule: IntrospectRule, info: CollectionInfo): Promise<Collection> {
  const { name, type, options } = info
  const view = type === 'view'
  const source = rule.database.collection(name)
  const rows = view ? undefined : await readable(source.estimatedDocumentCount({ maxTimeMS }))
  const validator = (options?.validator as Document | undefined)?.$jsonSchema
  const declared = validator ? enforced(declaredField(validator), options) : anything
  const open = declared.members.size === 0
  const found = open ? await sampled(rule, name, rows) : declared
  const fields: Field = { ...found, members: keyFirst(found.members) }
  const indexes = view ? [] : ((await readable(source.indexes({ maxTimeMS }))) ?? [])
  const columns = new Map<string, Column>()
  for (const [column, field] of fields.members) columns.set(column, columnOf(column, field))
  const comment = declared.declared?.comment
  return {
    table: {
      name,
      source: { name },
      kind: view ? 'view' : 'table',
      ...(comment === undefined ? {} : { comment }),
      columns,
      primaryKey: [keyName],
      uniqueKeys: uniqueKeys(indexes, columns),
      foreignKeys: [],
      checks: [],
      relationships: new Map(),
      ...(rows === undefined ? {} : { rows }),
      can: abilities(rule, name, type ?? 'collection'),
    },
    fields,
    indexes: new Map(indexes.map((index) => [String(index.name), Object.keys(index.key ?? {})])),
  }
}

/** A field that a sample did not find may be there all the same, so none is sure to be. */
async function sampled(rule: IntrospectRule, name: string, rows: number | undefined): Promise<Field> {
  const { sampleSize, remembered } = rule
  const whole = rows !== undefined && rows <= sampleSize
  const stages = whole || rows === undefined ? [{ $limit: sampleSize }] : [{ $sample: { size: sampleSize } }]
  const options = { ...sampling, maxTimeMS: sampleMs }
  const documents = await readable(rule.database.collection(name).aggregate(stages, options).toArray())
  const found = inferField(documents ?? [])
  const known = remembered.get(name)
  const all = whole || !known ? found : merged(known, found)
  if (whole) remembered.delete(name)
  else remembered.set(name, all)
  const members = new Map([...all.members].map(([member, field]) => [member, { ...field, always: false }]))
  return { ...all, members }
}

/** A validator that only warns, or leaves older documents alone, says what is usual and not what is sure. */
function enforced(field: Field, options: Document | undefined): Field {
  const { validationAction: action = 'error', validationLevel: level = 'strict' } = options ?? {}
  if (action === 'error' && level === 'strict') return field
  return { ...field, members: new Map([...field.members].map(([name, one]) => [name, { ...one, always: false }])) }
}

/** What a server answers of one collection. A slow or broken view, or a missing right, must not keep the others away. */
async function readable<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (thrown) {
    if (thrown instanceof MongoServerError) return undefined
    throw thrown
  }
}

/** Every document has a key, also where none was seen yet: then a server makes ObjectIds. */
function keyFirst(members: ReadonlyMap<string, Field>): ReadonlyMap<string, Field> {
  const known = members.get(keyName)
  const key: Field = known && known.kinds.size > 0 ? known : { ...anything, kinds: new Set(['objectId']) }
  return new Map([[keyName, { ...key, always: true }], ...[...members].filter(([name]) => name !== keyName)])
}

/** Unique indexes on whole columns, for all documents. */
function uniqueKeys(indexes: readonly Document[], columns: ReadonlyMap<string, Column>): readonly UniqueKey[] {
  return indexes.flatMap((index) => {
    const names = Object.keys(index.key ?? {})
    const whole = index.unique === true && !index.partialFilterExpression && names.every((name) => columns.has(name))
    return whole ? [{ name: String(index.name), columns: names }] : []
  })
}

function abilities(rule: IntrospectRule, name: string, type: string): TableAbilities {
  const can = (action: string) => rule.privileges(name, action)
  const writable = !rule.readOnly && type !== 'view'
  // Measurements of a time series are added, and hardly ever changed.
  const changeable = writable && type === 'collection'
  return {
    read: can('find'),
    create: writable && can('insert'),
    update: changeable && can('update'),
    delete: changeable && can('remove'),
  }
}
