import type { Catalog, Grant, Table } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { narrow } from './narrow.js'
import { grant, shop, tableOf } from './testing/shop.js'
import type { Grants } from './testing/view.js'

const seenWith = (grants: Grants): Catalog => narrow(shop, (resource) => grants[resource] ?? [], 'test')
const customersWith = (...grants: readonly Grant[]): Table | undefined =>
  seenWith({ '_table/customers': grants }).tables.get('customers')

const everything: Grants = {
  '_table/customers': [grant(['read', 'create', 'update', 'delete'])],
  '_table/orders': [grant(['read', 'create', 'update', 'delete'])],
  '_table/tags': [grant(['read', 'create', 'update', 'delete'])],
  '_table/order_tags': [grant(['read', 'create', 'update', 'delete'])],
}

describe('narrowing a catalog to a caller', () => {
  it('keeps the very same tables for who may do all', () => {
    const seen = seenWith(everything)
    for (const [name, table] of shop.tables) expect(seen.tables.get(name)).toBe(table)
    expect(seen.routines.size).toBe(0)
  })

  it('shows no table without a grant on it', () => {
    expect([...seenWith({ '_table/orders': [grant(['read'])] }).tables.keys()]).toEqual(['orders'])
  })

  it('hides denied columns with the keys and checks that may tell of them', () => {
    const seen = customersWith(grant(['read'], { deny: new Set(['email', 'ssn']) }))
    expect([...(seen?.columns.keys() ?? [])]).toEqual(['id', 'name', 'region', 'score'])
    expect(seen?.uniqueKeys).toEqual([])
    expect(seen?.checks).toEqual([])
    expect(seen?.primaryKey).toEqual(['id'])
    expect(seen?.columns.get('name')?.comment).toBe('As on the invoice')
  })

  it('shows allowed columns alone', () => {
    const seen = customersWith(grant(['read'], { allow: new Set(['name', 'region']) }))
    expect([...(seen?.columns.keys() ?? [])]).toEqual(['name', 'region'])
    expect(seen?.primaryKey).toEqual([])
  })

  it('marks masked columns, and not those that one grant shows as they are', () => {
    const masking = grant(['read'], { mask: new Map([['email', 'partial']]) })
    expect(customersWith(masking)?.columns.get('email')?.mask).toBe('partial')
    expect(customersWith(masking)?.uniqueKeys).toEqual([])
    expect(customersWith(masking, grant(['read']))?.columns.get('email')?.mask).toBeUndefined()
  })

  it('shows what can be written and not read as a column that reads as null', () => {
    const seen = customersWith(grant(['read'], { deny: new Set(['ssn']) }), grant(['create']))
    expect(seen?.columns.get('ssn')?.mask).toBe('null')
    expect(seen?.can).toEqual({ read: true, create: true, update: false, delete: false })
  })

  it('narrows what can be done to the verbs granted, and to the columns that they need', () => {
    expect(customersWith(grant(['read']))?.can).toEqual({ read: true, create: false, update: false, delete: false })
    const nameless = grant(['read', 'create'], { deny: new Set(['name']) })
    expect(customersWith(nameless)?.can.create).toBe(false)
    const masked = grant(['read', 'update'], {
      mask: new Map([...tableOf('customers').columns.keys()].map((c) => [c, 'null'])),
    })
    expect(customersWith(masked)?.can.update).toBe(false)
    expect(customersWith(nameless, grant(['create']))?.can.create).toBe(true)
  })

  it('keeps the row estimate only where the caller reads every row', () => {
    const some = grant(['read'], { rows: "region = 'north'" })
    expect(customersWith(some)?.rows).toBeUndefined()
    expect(customersWith(some, grant(['read']))?.rows).toBe(1000)
    expect(customersWith(grant(['create']))?.rows).toBeUndefined()
  })

  it('shows a relationship only where both ends and the junction can be read by their linking columns', () => {
    expect([...(seenWith(everything).tables.get('orders')?.relationships.keys() ?? [])]).toEqual([
      'customers_by_customer_id',
      'order_tags_by_order_id',
      'tags_by_order_tags',
    ])
    const relationships = (changed: Grants) => [
      ...(seenWith({ ...everything, ...changed })
        .tables.get('orders')
        ?.relationships.keys() ?? []),
    ]
    const all = ['read', 'create', 'update', 'delete'] as const
    expect(relationships({ '_table/customers': [] })).toEqual(['order_tags_by_order_id', 'tags_by_order_tags'])
    expect(relationships({ '_table/customers': [grant(['create'])] })).not.toContain('customers_by_customer_id')
    expect(relationships({ '_table/orders': [grant(all, { deny: new Set(['customer_id']) })] })).not.toContain(
      'customers_by_customer_id',
    )
    expect(
      relationships({ '_table/orders': [grant(all, { mask: new Map([['customer_id', 'hash']]) })] }),
    ).not.toContain('customers_by_customer_id')
    expect(relationships({ '_table/order_tags': [grant(all, { deny: new Set(['tag_id']) })] })).toEqual([
      'customers_by_customer_id',
      'order_tags_by_order_id',
    ])
  })

  it('drops foreign keys to what is hidden', () => {
    const seen = seenWith({ '_table/orders': [grant(['read'])] })
    expect(seen.tables.get('orders')?.foreignKeys).toEqual([])
  })

  it('shows routines that are granted by name', () => {
    const seen = seenWith({ '_proc/monthly_report': [grant(['execute'])], '_proc/secret_report': [grant(['read'])] })
    expect([...seen.routines.keys()]).toEqual(['monthly_report'])
  })
})
