import { type Catalog, type Filter, parseFilter, type Table } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { columnOf } from './column.js'
import { Compilation } from './compilation.js'
import { inferField } from './infer.js'
import { queryOf } from './query.js'

const fields = inferField([{ _id: 'x', name: 'x', score: 1, flag: true, body: { a: 1 } }])
const table: Table = {
  name: 'things',
  source: { name: 'things' },
  kind: 'table',
  columns: new Map([...fields.members].map(([name, field]) => [name, columnOf(name, field)])),
  primaryKey: ['_id'],
  uniqueKeys: [],
  foreignKeys: [],
  checks: [],
  relationships: new Map(),
  can: { read: true, create: true, update: true, delete: true },
}
const catalog: Catalog = { tables: new Map([['things', table]]), routines: new Map(), version: '' }
const collection = { table, fields, indexes: new Map() }
const known = new Map([['things', { fields, indexes: new Map() }]])

function queried(text: string): unknown {
  const filter: Filter = parseFilter(text, { table, catalog })
  const query = queryOf(new Compilation({ catalog, known }), filter, collection)
  return JSON.parse(JSON.stringify(query, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
}

describe('a filter as a query document', () => {
  it.each([
    ["name = 'x'", { name: { $eq: 'x' } }],
    ["name = '$gt'", { name: { $eq: '$gt' } }],
    ["name != 'x'", { name: { $nin: ['x', null] } }],
    ["not name = 'x'", { name: { $nin: ['x', null] } }],
    ['not score < 5', { score: { $gte: 5, $not: { $lt: 5 } } }],
    ['score between 1 and 2', { $and: [{ score: { $gte: 1 } }, { score: { $lte: 2 } }] }],
    ["name in ('a', 'b')", { name: { $in: ['a', 'b'] } }],
    ["name not in ('a', 'b')", { name: { $nin: ['a', 'b', null] } }],
    ['name is null', { name: { $eq: null } }],
    ['not (flag = true and name is null)', { $or: [{ flag: { $nin: [true, null] } }, { name: { $ne: null } }] }],
    ["body->a->0 = 'x'", { 'body.a.0': { $eq: 'x' } }],
    ["name like 'a.%'", { name: { $regex: '^a\\..*(?![\\s\\S])', $options: 's' } }],
    ["name contains '.*'", { name: { $regex: '\\.\\*', $options: 'is' } }],
    [
      "name not like 'a%'",
      { $and: [{ name: { $type: 'string' } }, { name: { $not: { $regex: '^a.*(?![\\s\\S])', $options: 's' } } }] },
    ],
  ])('%s', (text, query) => {
    expect(queried(text)).toEqual(query)
  })
})
