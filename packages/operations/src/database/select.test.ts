import { encodeCursor, type JsonObject } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operationsOf } from '../operations-of.js'
import { failureOf } from '../testing/failure-of.js'
import { limits, operation, planned, service, shop } from '../testing/shop.js'

const list = (input: JsonObject) => planned('select', 'get_table_data', { table_name: 'orders', ...input })
const one = (input: JsonObject) => planned('select', 'get_record', { table_name: 'orders', ...input })

describe('a list of records', () => {
  it('answers the first page of all columns in the order of the key', () => {
    const plan = list({})
    expect(plan).toMatchObject({
      shape: 'page',
      table: 'orders',
      limit: 100,
      offset: 0,
      keyset: true,
      related: [],
      count: 'none',
      format: 'json',
      stream: false,
      numbers: 'number',
      etag: false,
    })
    expect(plan.columns.map((c) => c.name)).toEqual([...(shop.tables.get('orders')?.columns.keys() ?? [])])
    expect(plan.order).toEqual([{ path: { column: 'id', keys: [], type: 'bigint' }, descending: false, nulls: 'last' }])
    expect(plan).not.toHaveProperty('filter')
    expect(plan).not.toHaveProperty('cut')
    expect(plan).not.toHaveProperty('dryRun')
  })

  it('uses the same projection, order and filter objects again', () => {
    const input = { fields: 'id,total', order: 'total desc', filter: 'total > 5', related: 'customers_by_customer_id' }
    const [a, b] = [list(input), list(input)]
    expect(a.columns).toBe(b.columns)
    expect(a.order).toBe(b.order)
    expect(a.filter).toBe(b.filter)
    expect(a.related).toBe(b.related)
    expect(list({}).columns).toBe(list({ fields: '*' }).columns)
    expect(list({}).columns).toBe(one({ id: '1' }).columns)
  })

  it('takes fields as a list or with commas, each once', () => {
    for (const fields of [['id', 'total'], 'id, total', 'id,total,id', '["id","total"]', '"id",`total`']) {
      expect(list({ fields }).columns).toEqual([
        { name: 'id', column: 'id' },
        { name: 'total', column: 'total' },
      ])
    }
    expect(list({ fields: '' }).columns).toBe(list({}).columns)
    expect(list({ fields: [] }).columns).toBe(list({}).columns)
    const unknown = failureOf(() => list({ fields: 'id,totl' }))
    expect(unknown.code).toBe('invalid')
    expect(unknown.hint).toContain('Did you mean `total`?')
  })

  it('answers the keys alone as a list', () => {
    expect(list({ as_list: true }).columns).toEqual([{ name: 'id', column: 'id' }])
  })

  it('filters, with parameters', () => {
    expect(list({ filter: "status = 'paid'" }).filter).toEqual({
      kind: 'compare',
      path: { column: 'status', keys: [], type: 'text' },
      op: '=',
      value: { kind: 'literal', value: 'paid' },
    })
    for (const params of [{ s: 'paid' }, { ':s': 'paid' }]) {
      expect(list({ filter: 'status = :s', params }).filter).toMatchObject({ value: { value: 'paid' } })
    }
    expect(failureOf(() => list({ filter: 'status = :s' })).message).toContain(':s')
    expect(failureOf(() => list({ filter: 'status = 1 and' })).code).toBe('invalid')
    expect(failureOf(() => list({ filter: 'sttus = 1' })).hint).toContain('`status`')
    expect(list({ filter: '' })).not.toHaveProperty('filter')
  })

  it('picks records by ids, joined with the filter', () => {
    const path = { column: 'id', keys: [], type: 'bigint' }
    expect(list({ ids: '7' }).filter).toEqual({
      kind: 'compare',
      path,
      op: '=',
      value: { kind: 'literal', value: 7n },
    })
    for (const ids of ['1,2', [1, 2], ['1', '2'], '[1,2]', [[1], [2]]]) {
      expect(list({ ids }).filter).toEqual({
        kind: 'in',
        path,
        values: [
          { kind: 'literal', value: 1n },
          { kind: 'literal', value: 2n },
        ],
        negated: false,
      })
    }
    expect(list({ ids: [1], filter: 'total > 1' }).filter).toMatchObject({ kind: 'and' })
    expect(list({ ids: [] }).filter).toEqual({ kind: 'constant', value: false })
    expect(list({ ids: '' }).filter).toEqual({ kind: 'constant', value: false })
    expect(failureOf(() => list({ ids: 'x' })).message).toContain('`id` takes a whole number')
    expect(failureOf(() => list({ ids: [null] })).message).toContain('no value for `id`')
    // All digits of an id count, also in a list that is a text.
    expect(list({ ids: '[9007199254740993]' }).filter).toMatchObject({ value: { value: 9007199254740993n } })
    expect(failureOf(() => list({ ids: '['.repeat(5000) + ']'.repeat(5000) })).code).toBe('invalid')
  })

  it('picks records by other columns', () => {
    expect(list({ ids: 'open', id_field: 'status' }).filter).toMatchObject({ path: { column: 'status' } })
    expect(list({ ids: '1,open', id_field: 'customer_id,status' }).filter).toMatchObject({ kind: 'and' })
    expect(failureOf(() => list({ ids: '1', id_field: 'sttus' })).hint).toContain('`status`')
    expect(failureOf(() => planned('select', 'get_table_data', { table_name: 'totals', ids: '1' })).hint).toContain(
      'id_field',
    )
  })

  it('puts the key behind any order', () => {
    const plan = list({ order: 'total desc, order_date' })
    expect(plan.order.map((t) => [t.path.column, t.descending, t.nulls])).toEqual([
      ['total', true, 'first'],
      ['order_date', false, 'last'],
      ['id', false, 'last'],
    ])
    expect(plan.keyset).toBe(true)
    expect(list({ order: 'id desc' }).order).toHaveLength(1)
    expect(list({ order: ['total', 'id desc'] }).order).toHaveLength(2)
    expect(list({ order: 'total, total desc' }).order).toHaveLength(2)
    expect(failureOf(() => list({ order: Array(51).fill('total') })).message).toContain('50 are allowed')
    expect(failureOf(() => list({ ids: Array(10_001).fill(1) })).message).toContain('10000')
    expect(failureOf(() => list({ order: 'totl' })).hint).toContain('`total`')
    expect(failureOf(() => list({ order: 'total sideways' })).code).toBe('invalid')
  })

  it('has no cursor where the order does not name rows apart', () => {
    const json = planned('select', 'get_table_data', { table_name: 'customers', order: 'profile->a' })
    expect(json.keyset).toBe(false)
    const view = planned('select', 'get_table_data', { table_name: 'totals' })
    expect(view.keyset).toBe(false)
    expect(view.order.map((t) => t.path.column)).toEqual(['country', 'total'])
    const masked = planned('select', 'get_table_data', { table_name: 'vaults' })
    expect(masked.order.map((t) => t.path.column)).toEqual(['slot'])
    expect(masked.keyset).toBe(true)
    expect(failureOf(() => planned('select', 'get_table_data', { table_name: 'totals', cursor: 'x' })).hint).toContain(
      'offset',
    )
  })

  it('cuts the limit to the most, and says so', () => {
    expect(list({ limit: 10 })).toMatchObject({ limit: 10 })
    expect(list({ limit: 10 })).not.toHaveProperty('cut')
    expect(list({ limit: 5000 })).toMatchObject({ limit: 1000, cut: { asked: 5000, allowed: 1000 } })
    expect(list({ limit: 0 }).limit).toBe(0)
  })

  it('goes on behind a cursor of the same order only', () => {
    const { order } = list({ order: 'total desc' })
    const cursor = encodeCursor(order, ['12.50', 7n])
    const plan = list({ order: 'total desc', cursor })
    expect(plan.after).toMatchObject({ kind: 'or' })
    expect(plan.offset).toBe(0)
    expect(failureOf(() => list({ cursor })).code).toBe('invalid')
    expect(failureOf(() => list({ order: 'total desc', cursor: `${cursor}x!` })).code).toBe('invalid')
    expect(failureOf(() => list({ order: 'total desc', cursor, offset: 5 })).message).toContain('`offset`')
    const forged = encodeCursor(order, ['12.50', 'seven'])
    expect(failureOf(() => list({ order: 'total desc', cursor: forged })).code).toBe('invalid')
  })

  it('takes a cursor back for every value that an order can end with', () => {
    const value = fc.record({
      total: fc.oneof(fc.constant(null), fc.integer().map(String), fc.constant('-0.50')),
      note: fc.oneof(
        fc.constant(null),
        fc.string().filter((s) => !s.includes('\0')),
      ),
      gift: fc.boolean(),
      id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    })
    fc.assert(
      fc.property(value, ({ total, note, gift, id }) => {
        const order = 'total, note desc, gift'
        const plan = list({ order, cursor: encodeCursor(list({ order }).order, [total, note, gift, id]) })
        expect(plan.after).toBeDefined()
      }),
    )
  })

  it('takes anything for a cursor without falling over', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.base64String({ minLength: 4 })), (cursor) => {
        expect(failureOf(() => list({ cursor })).code).toBe('invalid')
      }),
    )
  })

  it('counts exactly, by estimate, or only', () => {
    for (const value of [true, 'true', '1', 'yes', 'exact']) expect(list({ include_count: value }).count).toBe('exact')
    for (const value of [false, 'false', '0', 'no', 'none']) expect(list({ include_count: value }).count).toBe('none')
    expect(list({ include_count: 'estimated' }).count).toBe('estimated')
    expect(list({ count_only: true }).count).toBe('only')
    expect(failureOf(() => list({ include_count: 'roughly' })).message).toContain('estimated')
  })

  it('streams files, CSV and NDJSON where the surface can', () => {
    expect(list({ format: 'table' })).toMatchObject({ format: 'table', stream: false })
    for (const input of [{ format: 'csv' }, { file: 'orders.csv' }, { file: 'Orders.CSV' }]) {
      expect(list(input)).toMatchObject({
        format: 'csv',
        stream: true,
        keyset: false,
        limit: Number.MAX_SAFE_INTEGER,
      })
    }
    expect(list({ format: 'ndjson', limit: 5000 })).toMatchObject({ stream: true, limit: 5000 })
    expect(list({ format: 'ndjson', limit: 5000 })).not.toHaveProperty('cut')
    expect(list({ file: 'a.json' })).toMatchObject({ format: 'json', stream: true })
    expect(failureOf(() => list({ format: 'xml' })).hint).toContain('json')
    expect(failureOf(() => list({ file: 'orders.table' })).code).toBe('invalid')
    expect(failureOf(() => list({ file: 'orders' })).code).toBe('invalid')
    const paged = operation(operationsOf(service(), shop), 'get_table_data').plan(
      { table_name: 'orders', format: 'csv' },
      { ...limits, stream: false },
    )
    expect(paged).toMatchObject({ format: 'csv', stream: false, limit: 100, keyset: true })
  })

  it('carries the other options along', () => {
    expect(list({ include_schema: true, dry_run: true, numbers: 'string' })).toMatchObject({
      includeSchema: true,
      dryRun: true,
      numbers: 'string',
    })
    expect(failureOf(() => list({ having: 'count > 1' })).hint).toContain('group')
  })

  it('says what is not there', () => {
    const unknown = failureOf(() => planned('select', 'get_table_data', { table_name: 'ordrs' }))
    expect(unknown.code).toBe('not_found')
    expect(unknown.hint).toContain('Did you mean `orders`?')
    const writing = failureOf(() => planned('insert', 'create_records', { table_name: 'totals', records: [] }))
    expect(writing.code).toBe('method_not_allowed')
  })
})

describe('one record', () => {
  it('is found by its key, bare', () => {
    const plan = one({ id: '42' })
    expect(plan).toMatchObject({ shape: 'one', limit: 1, order: [], etag: true, keyset: false })
    expect(plan.filter).toEqual({
      kind: 'compare',
      path: { column: 'id', keys: [], type: 'bigint' },
      op: '=',
      value: { kind: 'literal', value: 42n },
    })
  })

  it('is found by a composite key in key order', () => {
    const item = (id: string) => planned('select', 'get_record', { table_name: 'order_items', id })
    expect(item('7,1').filter).toMatchObject({
      kind: 'and',
      filters: [{ value: { value: 7n } }, { value: { value: 1 } }],
    })
    expect(failureOf(() => item('7')).message).toContain('order_id, line')
    expect(failureOf(() => item('7,1,2')).code).toBe('invalid')
    expect(failureOf(() => item('7,')).message).toContain('`line`')
  })

  it('keeps a comma of a text key by a backslash', () => {
    const id = String.raw`3f2b8c1e-5a47-4d0b-9c6e-1f7a2b3c4d5e,red\, white`
    const plan = planned('select', 'get_record', { table_name: 'product_tags', id })
    expect(plan.filter).toMatchObject({ filters: [{}, { value: { value: 'red, white' } }] })
    expect(planned('select', 'get_record', { table_name: 'tags', id: 'a,b' }).filter).toMatchObject({
      value: { value: 'a,b' },
    })
  })

  it('has an entity tag in its default form only', () => {
    expect(one({ id: '1', fields: 'id' }).etag).toBe(false)
    expect(one({ id: '1', numbers: 'string' }).etag).toBe(false)
    expect(one({ id: '1', related: 'customers_by_customer_id' }).etag).toBe(false)
  })

  it('is found by another column', () => {
    expect(one({ id: 'open', id_field: 'status' }).filter).toMatchObject({ path: { column: 'status' } })
    expect(failureOf(() => planned('select', 'get_record', { table_name: 'totals', id: '1' })).message).toContain(
      'no primary key',
    )
  })
})
