import type { JsonObject } from '@gatehouse/core'
import type { Db } from 'mongodb'
import { oddTable } from '../shop.js'

const text = { bsonType: 'string' }
const perhaps = (bsonType: string) => ({ bsonType: [bsonType, 'null'] })

/** The shop of the SQL databases as collections that declare their fields. */
const validators: Readonly<Record<string, { required: readonly string[]; properties: Record<string, object> }>> = {
  customers: {
    required: ['name', 'country', 'active'],
    properties: {
      _id: { bsonType: 'int' },
      name: { ...text, maxLength: 100 },
      email: perhaps('string'),
      country: text,
      segment: { enum: ['consumer', 'smb', 'enterprise', null] },
      balance: perhaps('decimal'),
      active: { bsonType: 'bool' },
      birthday: perhaps('date'),
      ssn: perhaps('string'),
    },
  },
  orders: {
    required: ['customer_id', 'status'],
    properties: {
      _id: { bsonType: 'int' },
      customer_id: { bsonType: 'int' },
      status: text,
      total: perhaps('decimal'),
      ordered_at: perhaps('date'),
      note: perhaps('string'),
    },
  },
  order_items: {
    required: ['order_id', 'line_no'],
    properties: {
      order_id: { bsonType: 'int' },
      line_no: { bsonType: 'int' },
      product: text,
      quantity: { bsonType: 'int' },
      price: { bsonType: 'decimal' },
    },
  },
  tags: { required: ['label'], properties: { _id: { bsonType: 'int' }, label: text } },
  customer_tags: {
    required: ['customer_id', 'tag_id'],
    properties: { customer_id: { bsonType: 'int' }, tag_id: { bsonType: 'int' } },
  },
  people: {
    required: ['name'],
    properties: {
      _id: { bsonType: 'objectId' },
      name: text,
      email: perhaps('string'),
      country: perhaps('string'),
      balance: perhaps('decimal'),
      address: { bsonType: ['object', 'null'], properties: { city: text, owner: { bsonType: 'objectId' } } },
    },
  },
  every_type: {
    required: [],
    properties: {
      a_boolean: perhaps('bool'),
      an_integer: perhaps('int'),
      a_bigint: perhaps('long'),
      a_decimal: perhaps('decimal'),
      a_float: perhaps('double'),
      a_text: perhaps('string'),
      a_binary: perhaps('binData'),
      a_datetimetz: perhaps('date'),
      an_object: perhaps('object'),
      an_array: perhaps('array'),
      a_reference: perhaps('objectId'),
    },
  },
  [oddTable]: {
    required: [],
    properties: {
      select: { bsonType: 'int' },
      'two words': text,
      'quo"te`d': text,
      größe: { bsonType: 'int' },
    },
  },
}

/** The relationships that tables would declare. */
export const relationships: readonly JsonObject[] = [
  { table: 'orders', columns: ['customer_id'], to: { table: 'customers', columns: ['_id'] } },
  { table: 'order_items', columns: ['order_id'], to: { table: 'orders', columns: ['_id'] } },
  {
    table: 'customers',
    columns: ['_id'],
    kind: 'many_to_many',
    to: { table: 'tags', columns: ['_id'] },
    junction: { table: 'customer_tags', columns: ['customer_id'], foreign_columns: ['tag_id'] },
  },
]

export async function makeCollections(database: Db): Promise<void> {
  for (const [name, { required, properties }] of Object.entries(validators)) {
    const rules = { bsonType: 'object', properties, ...(required.length > 0 ? { required } : {}) }
    await database.createCollection(name, { validator: { $jsonSchema: rules } })
  }
  // Of those that have one: a server takes two NULLs for the same.
  const oneEmail = { unique: true, name: 'one_email', partialFilterExpression: { email: { $type: 'string' } } }
  for (const name of ['customers', 'people']) await database.collection(name).createIndex({ email: 1 }, oneEmail)
  await database.createCollection('customer_names', {
    viewOn: 'customers',
    pipeline: [{ $match: { active: true } }, { $project: { name: 1 } }],
  })
  // A view of one document that takes about ten seconds when nobody stops it.
  await database.createCollection('one', {})
  await database.collection('one').insertOne({ n: 1 })
  const body = 'function () { sleep(10000); return 1 }'
  await database.createCollection('slow', {
    viewOn: 'one',
    pipeline: [{ $project: { n: { $function: { body, args: [], lang: 'js' } } } }],
  })
}
