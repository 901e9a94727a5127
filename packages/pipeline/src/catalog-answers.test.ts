import type { CatalogPlan, JsonValue } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { catalogAnswer } from './catalog-answers.js'
import { grant } from './testing/shop.js'
import { viewOf } from './testing/view.js'

const view = viewOf({
  '_table/orders': [grant(['read', 'create'])],
  '_table/customers': [grant(['read'], { deny: new Set(['ssn']), mask: new Map([['email', 'partial']]) })],
  '_proc/monthly_report': [grant(['execute'])],
})
const ask = (answer: CatalogPlan['answer'], more: Partial<CatalogPlan> = {}): JsonValue =>
  catalogAnswer({ kind: 'catalog', answer, ...more }, view, (service, operations) => ({
    info: service.label,
    operations: operations.length,
  }))

describe('answers from the catalog', () => {
  it('list tables with what the caller may do', () => {
    expect(ask('tables', { includeAccess: true })).toEqual({
      resource: [
        { name: 'customers', label: 'Customers', access: ['read'] },
        { name: 'orders', label: 'Orders', access: ['read', 'create'] },
      ],
    })
    expect(ask('tables', { asList: true })).toEqual({ resource: ['customers', 'orders'] })
  })

  it('describe a table without what is hidden', () => {
    const schema = ask('schema', { table: 'customers' })
    expect(schema).toMatchObject({ name: 'customers', primary_key: ['id'], access: ['read'] })
    expect(JSON.stringify(schema)).not.toContain('ssn')
    expect(ask('fields', { table: 'customers', member: 'email' })).toMatchObject({ type: 'text', mask: 'partial' })
    expect(ask('fields', { table: 'orders', member: 'customer_id' })).toMatchObject({
      is_foreign_key: true,
      ref_table: 'customers',
      ref_field: 'id',
    })
    expect(ask('relationships', { table: 'orders', asList: true })).toEqual({ resource: ['customers_by_customer_id'] })
    expect(ask('relationships', { table: 'orders', member: 'customers_by_customer_id' })).toMatchObject({
      type: 'belongs_to',
      ref_table: 'customers',
    })
    expect(() => ask('fields', { table: 'customers', member: 'ssn' })).toThrow('`customers` has no column `ssn`')
    expect(() => ask('schema', { table: 'tags' })).toThrow('There is no table `tags`')
  })

  it('condense the model', () => {
    expect(ask('model')).toMatchObject({
      service: 'shop',
      tables: [
        {
          name: 'customers',
          rows: 1000,
          columns: [
            'id integer pk auto',
            'name text (As on the invoice)',
            'region text null',
            'email text null masked',
            'score integer null',
          ],
          relationships: ['orders_by_customer_id: has_many orders'],
        },
        { name: 'orders', columns: expect.arrayContaining(['customer_id integer null -> customers.id']) },
      ],
      procedures: ['monthly_report(month date) -> unknown'],
    })
    expect(ask('model')).toBe(ask('model'))
  })

  it('list what there is and routines with their parameters', () => {
    expect(ask('resources', { asList: true })).toEqual({ resource: ['_table', '_schema', '_proc', '_model', '_spec'] })
    expect(ask('routines', { routineKind: 'procedure' })).toMatchObject({
      resource: [
        { name: 'monthly_report', params: [{ name: 'month', position: 1, param_type: 'IN', required: true }] },
      ],
    })
    expect(ask('routines', { routineKind: 'function' })).toEqual({ resource: [] })
    expect(ask('spec')).toEqual({ info: 'Shop', operations: 0 })
  })
})
