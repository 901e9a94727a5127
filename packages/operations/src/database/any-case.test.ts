import type { Catalog, JsonObject, Plan } from '@gatehouse/core'
import { expect, it } from 'vitest'
import { operationsOf } from '../operations-of.js'
import { failureOf } from '../testing/failure-of.js'
import { limits, operation, service, shop } from '../testing/shop.js'

const tables = new Map([...shop.tables].map(([name, table]) => [name, { ...table, anyCase: true as const }]))
const anyCase: Catalog = { ...shop, tables, anyCase: true }

function plan(name: string, input: JsonObject, catalog: Catalog = anyCase): Plan {
  return operation(operationsOf(service({ catalog }), catalog), name).plan({ table_name: 'orders', ...input }, limits)
}

/** What is restricted and bound afterwards is the column's own name, however it was spelled. */
it('columns are meant in any case, and go by their own names from there', () => {
  const read = plan('get_table_data', {
    fields: 'ID,Status',
    filter: "STATUS = 'open' and Total > 1",
    order: 'TOTAL desc',
  })
  expect(read).toMatchObject({
    columns: [
      { name: 'id', column: 'id' },
      { name: 'status', column: 'status' },
    ],
    filter: { filters: [{ path: { column: 'status' } }, { path: { column: 'total' } }] },
  })
  expect(JSON.stringify(read)).not.toMatch(/"(ID|Status|STATUS|Total|TOTAL)"/)
  const counted = plan('aggregate_data', {
    aggregates: [{ function: 'sum', field: 'TOTAL', alias: 'sum' }],
    group_by: ['STATUS', 'month(ORDER_DATE)'],
  })
  expect(counted).toMatchObject({
    aggregates: [{ column: 'total' }],
    groups: [{ column: 'status' }, { column: 'order_date', bucket: 'month' }],
  })
  const written = plan('create_records', { records: { CUSTOMER_ID: 1, Status: 'open' } })
  expect(written.kind === 'insert' && [...(written.rows[0]?.keys() ?? [])]).toEqual(['customer_id', 'status'])
})

it('a value that is there twice is refused', () => {
  const twice = failureOf(() => plan('create_records', { records: { Status: 'open', STATUS: 'paid' } }))
  expect(twice).toMatchObject({ code: 'invalid', message: '`status` is in the record twice' })
})

it('nothing of that holds for a database that heeds the case of names', () => {
  expect(failureOf(() => plan('get_table_data', { fields: 'ID' }, shop)).code).toBe('invalid')
  expect(failureOf(() => plan('get_table_data', { filter: "STATUS = 'open'" }, shop)).code).toBe('invalid')
  expect(failureOf(() => plan('create_records', { records: { STATUS: 'open' } }, shop)).code).toBe('invalid')
})
