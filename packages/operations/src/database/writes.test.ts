import { ExactNumber, type JsonObject } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { operationsOf } from '../operations-of.js'
import { failureOf } from '../testing/failure-of.js'
import { limits, operation, planned, service, shop } from '../testing/shop.js'

const create = (input: JsonObject, table_name = 'orders') =>
  planned('insert', 'create_records', { table_name, ...input })
const update = (input: JsonObject, table_name = 'orders') =>
  planned('update', 'update_records', { table_name, ...input })
const remove = (input: JsonObject, table_name = 'orders') =>
  planned('delete', 'delete_records', { table_name, ...input })

const order = { customer_id: 1, status: 'open', order_date: '2026-01-31', total: '12.50' }

describe('create', () => {
  it('takes many records, typed by their columns', () => {
    const big = new ExactNumber('12345678901234567890.12')
    const plan = create({ records: [order, { ...order, total: big, weight: '2.5', gift: 'yes', note: null }] })
    expect(plan).toMatchObject({ mode: 'stop', upsert: false, single: false, numbers: 'number' })
    expect(plan.returning).toEqual([{ name: 'id', column: 'id' }])
    expect([...(plan.rows[1] ?? [])]).toEqual([
      ['customer_id', 1],
      ['status', 'open'],
      ['order_date', '2026-01-31'],
      ['total', '12345678901234567890.12'],
      ['weight', 2.5],
      ['gift', true],
      ['note', null],
    ])
  })

  it('takes one bare record, and unwraps a resource', () => {
    expect(create({ records: order }).single).toBe(true)
    expect(create({ records: { resource: [order] } })).toMatchObject({ single: false })
    expect(create({ records: { resource: [order, order] } }).rows).toHaveLength(2)
    expect(create({ records: {} }).rows[0]?.size).toBe(0)
  })

  it('answers what was asked for', () => {
    expect(create({ records: order, fields: '*' }).returning).toHaveLength(9)
    expect(create({ records: order, fields: 'id,total' }).returning).toHaveLength(2)
    expect(create({ records: order, numbers: 'string', dry_run: true, max_affected: 3 })).toMatchObject({
      numbers: 'string',
      dryRun: true,
      maxAffected: 3,
    })
  })

  it('has three ways to meet a failing record', () => {
    expect(create({ records: [order], continue: true }).mode).toBe('continue')
    expect(create({ records: [order], rollback: true }).mode).toBe('rollback')
    expect(failureOf(() => create({ records: [order], continue: true, rollback: true })).message).toContain('exclude')
  })

  it.each<[string, JsonObject['records'], string]>([
    ['no records', [], 'empty'],
    ['an unknown column', [order, { ...order, totl: 1 }], 'Record 2: Unknown column `totl`'],
    ['a computed column', { gross: 1 }, 'computed'],
    ['a wrong type', { customer_id: 'x' }, '`customer_id` takes a whole number'],
    ['a value that is not listed', { status: 'lost' }, '`status` has no value `lost`'],
    ['what is no record', [5], 'Record 1: A record is an object'],
    ['a prototype', [JSON.parse('{"__proto__": 1}')], '__proto__'],
  ])('refuses %s', (_name, records, message) => {
    const failure = failureOf(() => create({ records: records ?? null }))
    expect(failure.code).toBe('invalid')
    expect(failure.message).toContain(message)
  })

  it('upserts by the primary key', () => {
    expect(create({ records: [{ id: 1, ...order }], upsert: true }).upsert).toBe(true)
    expect(failureOf(() => create({ records: [order], upsert: true })).message).toContain('primary key: id')
    const only = operationsOf(service(), {
      ...shop,
      tables: new Map([...shop.tables].map(([name, t]) => [name, { ...t, can: { ...t.can, update: false } }] as const)),
    })
    const creating = operation(only, 'create_records')
    expect(creating.input.properties).not.toHaveProperty('upsert')
    const records = [{ id: 1, ...order }]
    expect(failureOf(() => creating.plan({ table_name: 'orders', records, upsert: true }, limits)).code).toBe(
      'forbidden',
    )
    expect(failureOf(() => create({ records: [{ code: 'a', slot: 1 }], upsert: true }, 'nokey')).code).toBe('not_found')
  })
})

describe('update', () => {
  it('takes records with their keys', () => {
    const plan = update({
      records: [
        { id: 1, total: 5 },
        { id: '2', note: null },
      ],
    })
    expect(plan).toMatchObject({ kind: 'update', keyColumns: ['id'], reset: [], single: false })
    expect(plan.changes).toEqual([
      { by: 'key', key: [1n], set: new Map([['total', '5']]) },
      { by: 'key', key: [2n], set: new Map([['note', null]]) },
    ])
    expect(update({ records: { id: 1, total: 5 } }).single).toBe(true)
    const items = update({ records: [{ order_id: 1, line: 2, quantity: 3 }] }, 'order_items')
    expect(items.changes).toEqual([{ by: 'key', key: [1n, 2], set: new Map([['quantity', 3]]) }])
  })

  it('sets one record in all that ids or a filter select', () => {
    expect(update({ ids: '1,2', records: { total: 5 } })).toMatchObject({
      single: false,
      changes: [
        { by: 'key', key: [1n] },
        { by: 'key', key: [2n] },
      ],
    })
    expect(update({ filter: "status = 'open'", records: [{ status: 'paid' }] }).changes).toMatchObject([
      { by: 'filter', filter: { kind: 'compare' }, set: new Map([['status', 'paid']]) },
    ])
    expect(update({ force: true, records: { gift: true } }).changes).toEqual([
      { by: 'filter', set: new Map([['gift', true]]) },
    ])
  })

  it('can change a key, by its old value', () => {
    expect(update({ ids: [1], records: { id: 9 } }).changes).toEqual([
      { by: 'key', key: [1n], set: new Map([['id', 9n]]) },
    ])
  })

  it('finds records by another unique key only', () => {
    const plan = update({ id_field: 'email', records: [{ email: 'a@b.c', name: 'Ada' }] }, 'customers')
    expect(plan.keyColumns).toEqual(['email'])
    expect(plan.changes).toEqual([{ by: 'key', key: ['a@b.c'], set: new Map([['name', 'Ada']]) }])
    const failure = failureOf(() => update({ id_field: 'name', ids: 'Ada', records: { country: 'DE' } }, 'customers'))
    expect(failure.message).toContain('not unique')
  })

  it.each<[string, JsonObject, string]>([
    ['nobody in particular', { records: { total: 5 } }, 'Which records'],
    ['ids and filter', { ids: [1], filter: 'total > 1', records: { total: 5 } }, 'two ways'],
    ['many records for ids', { ids: [1, 2], records: [{ total: 5 }, { total: 6 }] }, 'one record'],
    ['many records for a filter', { filter: 'total > 1', records: [{ total: 5 }, { total: 6 }] }, 'one record'],
    ['no ids', { ids: [], records: { total: 5 } }, 'empty'],
    ['no records', { ids: [1], records: [] }, 'nothing to set'],
    [
      'a record without its key',
      { records: [{ id: 1, total: 5 }, { total: 6 }] },
      'Record 2: The record lacks its key',
    ],
    ['nothing but a key', { records: [{ id: 1 }] }, 'no column to set'],
    ['continue and rollback', { continue: true, rollback: true, records: [{ id: 1, total: 5 }] }, 'exclude'],
  ])('refuses %s', (_name, input, message) => {
    const failure = failureOf(() => update(input))
    expect(failure.code).toBe('invalid')
    expect(failure.message).toContain(message)
  })
})

describe('replace', () => {
  it('resets what the record leaves out, but never a key or what cannot be written', () => {
    const plan = planned('update', 'replace_records', { table_name: 'orders', records: [{ id: 1, total: 5 }] })
    expect(plan.reset).toEqual(['customer_id', 'status', 'order_date', 'total', 'weight', 'gift', 'note'])
    const one = planned('update', 'replace_record', { table_name: 'salaries', id: '1', records: {} })
    expect(one).toMatchObject({ reset: ['employee_id'], changes: [{ by: 'key', key: [1], set: new Map() }] })
  })
})

describe('one record', () => {
  it('is updated by its id, its own key left out', () => {
    const plan = planned('update', 'update_record', { table_name: 'orders', id: '7', records: { id: 7, total: 5 } })
    expect(plan).toMatchObject({ single: true, keyColumns: ['id'] })
    expect(plan.changes).toEqual([{ by: 'key', key: [7n], set: new Map([['total', '5']]) }])
    const two = { table_name: 'orders', id: '7', records: [{ total: 5 }, { total: 6 }] }
    expect(failureOf(() => planned('update', 'update_record', two)).message).toContain('one record')
  })

  it('must still be what it was, where that is asked', () => {
    const write = (if_match: string) =>
      planned('update', 'update_record', { table_name: 'orders', id: '7', records: { total: 5 }, if_match })
    const read = planned('select', 'get_record', { table_name: 'orders', id: '7' })
    expect(read.etag).toBe(true)
    expect(write('"abc"').precondition?.etag).toBe('abc')
    expect(write('abc').precondition?.etag).toBe('abc')
    expect(write('"abc"').precondition?.columns.map((c) => c.name)).toEqual(read.columns.map((c) => c.name))
    expect(write('*')).not.toHaveProperty('precondition')
    expect(failureOf(() => write('"a", "b"')).code).toBe('invalid')
    expect(failureOf(() => write('W/"a"')).code).toBe('precondition_failed')
    const gone = planned('delete', 'delete_record', { table_name: 'orders', id: '7', if_match: '"abc"' })
    expect(gone).toMatchObject({ single: true, precondition: { etag: 'abc' }, targets: { by: 'key', keys: [[7n]] } })
  })
})

describe('delete', () => {
  it('takes ids, a filter, or records with their keys', () => {
    expect(remove({ ids: '1,2' }).targets).toEqual({ by: 'key', keys: [[1n], [2n]] })
    expect(remove({ filter: 'total = 0' }).targets).toMatchObject({ by: 'filter', filter: { kind: 'compare' } })
    expect(remove({ records: [{ id: 1, note: 'x' }, 2] }).targets).toEqual({ by: 'key', keys: [[1n], [2n]] })
    expect(remove({ records: [new ExactNumber('9007199254740993')] }).targets).toEqual({
      by: 'key',
      keys: [[9007199254740993n]],
    })
    expect(remove({ records: { id: 1 } }).single).toBe(true)
    expect(remove({ force: true }).targets).toEqual({ by: 'filter' })
    expect(remove({ ids: [[1, 2]] }, 'order_items')).toMatchObject({
      keyColumns: ['order_id', 'line'],
      targets: { keys: [[1n, 2]] },
    })
  })

  it.each<[string, JsonObject, string]>([
    ['nobody in particular', {}, 'Which records'],
    ['ids and filter', { ids: [1], filter: 'total > 1' }, 'two ways'],
    ['no ids, whatever is forced', { ids: [], force: true }, 'empty'],
    ['no records, whatever is forced', { records: [], force: true }, 'empty'],
    ['a record without its key', { records: [{ id: 1 }, { note: 'x' }] }, 'Record 2: The record lacks its key'],
    ['a key that is no number', { ids: ['x'] }, 'whole number'],
  ])('refuses %s', (_name, input, message) => {
    const failure = failureOf(() => remove(input))
    expect(failure.code).toBe('invalid')
    expect(failure.message).toContain(message)
  })
})
