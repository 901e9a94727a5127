import type { JsonObject, Table } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { operationsOf } from '../operations-of.js'
import { failureOf } from '../testing/failure-of.js'
import { column, limits, operation, planned, service, shop, table } from '../testing/shop.js'

const related = (input: JsonObject, table_name = 'orders') =>
  planned('select', 'get_table_data', { table_name, ...input }).related

describe('related records', () => {
  it('belong to one parent, or are at most 100 of each', () => {
    const [customer, items] = related({ related: 'customers_by_customer_id,order_items_by_order_id' })
    expect(customer).toMatchObject({ relationship: 'customers_by_customer_id', table: 'customers', limit: 1 })
    expect(customer?.columns).toHaveLength(8)
    expect(items).toMatchObject({ table: 'order_items', limit: 100, related: [] })
    expect(items?.order.map((t) => t.path.column)).toEqual(['order_id', 'line'])
    expect(items).not.toHaveProperty('filter')
  })

  it('nest, and share what is on the way', () => {
    const [items, ...others] = related({
      related: ['order_items_by_order_id.products_by_product_id.tags_by_product_tags', 'order_items_by_order_id'],
    })
    expect(others).toEqual([])
    expect(items?.related[0]).toMatchObject({ table: 'products', limit: 1 })
    expect(items?.related[0]?.related[0]).toMatchObject({ table: 'tags', limit: 100 })
  })

  it('take fields, filter, order and a limit a parent', () => {
    const [items] = related({
      related: 'order_items_by_order_id',
      'order_items_by_order_id.fields': 'line,price',
      'order_items_by_order_id.filter': 'price > :least',
      'order_items_by_order_id.order': 'price desc',
      'order_items_by_order_id.limit': '5',
      params: { least: 3 },
    })
    expect(items?.columns.map((c) => c.name)).toEqual(['line', 'price'])
    expect(items?.filter).toMatchObject({ value: { value: '3' } })
    expect(items?.order.map((t) => t.path.column)).toEqual(['price', 'order_id', 'line'])
    expect(items?.limit).toBe(5)
  })

  it('are asked for by an option too, however deep', () => {
    const [items] = related({ 'order_items_by_order_id.products_by_product_id.fields': ['sku'] })
    expect(items?.related[0]?.columns).toEqual([{ name: 'sku', column: 'sku' }])
  })

  it('are all of them by a star', () => {
    const names = related({ related: '*' }, 'products').map((plan) => plan.relationship)
    expect(names).toEqual([...(shop.tables.get('products')?.relationships.keys() ?? [])])
    expect(names).toContain('tags_by_product_tags')
  })

  it('are cut to the most of a page', () => {
    expect(related({ 'order_items_by_order_id.limit': 99999 })[0]?.limit).toBe(1000)
    expect(failureOf(() => related({ 'order_items_by_order_id.limit': 'many' })).message).toContain('whole number')
  })

  it('name what leads nowhere, and where', () => {
    const near = failureOf(() => related({ related: 'order_item_by_order_id' }))
    expect(near).toMatchObject({ code: 'invalid' })
    expect(near.hint).toContain('`order_items_by_order_id`')
    const deep = failureOf(() => related({ related: 'order_items_by_order_id.product_by_product_id' }))
    expect(deep.message).toContain('`product_by_product_id` of `order_items`')
    expect(failureOf(() => related({ 'nothing.fields': 'id' })).code).toBe('invalid')
    expect(failureOf(() => related({ 'order_items_by_order_id.fields': 'nothing' })).code).toBe('invalid')
    const self = 'employees_by_boss_id'
    const path = Array.from({ length: 6 }, () => self).join('.')
    expect(failureOf(() => related({ related: path }, 'employees')).message).toContain('deep')
  })

  it('may have dots in their names', () => {
    const name = 'sales.orders_by_customer_id'
    const customers: Table = table('sales.customers', [column('id', 'integer')], {
      primaryKey: ['id'],
      relationships: new Map([
        [name, { name, kind: 'has_many', columns: ['id'], table: 'sales.orders', foreignColumns: ['customer_id'] }],
      ]),
    })
    const back = 'sales.customers_by_customer_id'
    const orders: Table = table('sales.orders', [column('id', 'integer'), column('customer_id', 'integer')], {
      primaryKey: ['id'],
      relationships: new Map([
        [
          back,
          {
            name: back,
            kind: 'belongs_to',
            columns: ['customer_id'],
            table: 'sales.customers',
            foreignColumns: ['id'],
          },
        ],
      ]),
    })
    const catalog = { tables: new Map([customers, orders].map((t) => [t.name, t])), routines: new Map(), version: '1' }
    const list = operation(operationsOf(service(), catalog), 'get_table_data')
    const plan = list.plan({ table_name: 'sales.customers', [`${name}.${back}.fields`]: 'id' }, limits)
    expect(plan).toMatchObject({ related: [{ relationship: name, related: [{ relationship: back }] }] })
  })

  it('are none of tables that the caller cannot read', () => {
    const hidden = new Map(shop.tables)
    const customers = hidden.get('customers')
    if (!customers) throw new Error('customers')
    hidden.set('customers', { ...customers, can: { ...customers.can, read: false } })
    const list = operation(operationsOf(service(), { ...shop, tables: hidden }), 'get_table_data')
    const failure = failureOf(() => list.plan({ table_name: 'orders', related: 'customers_by_customer_id' }, limits))
    expect(failure.hint).not.toContain('customers_by_customer_id')
  })

  it('do not exist where the source has none', () => {
    const list = operation(operationsOf(service({}, { related: false }), shop), 'get_table_data')
    expect(list.input.properties).not.toHaveProperty('related')
    expect(list.input).not.toHaveProperty('patternProperties')
  })
})
