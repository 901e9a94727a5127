import type { Catalog, Table } from '@gatehouse/core'
import { expect, test } from 'vitest'
import { withStoredName } from './stored-name.js'
import { listOperation } from './testing/operation.js'
import { shop } from './testing/shop.js'
import { serviceOf } from './testing/view.js'

const [any] = shop.tables.values()
const named = (...names: readonly string[]): Catalog => ({
  ...shop,
  tables: new Map(names.flatMap((name): [string, Table][] => (any ? [[name, { ...any, name }]] : []))),
})
const ask = (seen: Catalog, table: string, anyCase = true) => {
  const values = [...seen.tables.keys()]
  const bind = () => ({
    title: '',
    summary: '',
    description: '',
    input: { type: 'object' as const, properties: {} },
    output: {},
  })
  const operation = listOperation(values, { subject: { parameter: 'table_name', values, bind } })
  const service = serviceOf(undefined, anyCase ? { ...seen, anyCase: true } : seen)
  return withStoredName({ service, catalog: seen }, operation, { table_name: table, limit: 1 })
}

test('a name in another case is the stored one', () => {
  expect(ask(named('CUSTOMERS'), 'customers')).toEqual({ table_name: 'CUSTOMERS', limit: 1 })
  expect(ask(named('CUSTOMERS'), 'CUSTOMERS')).toEqual({ table_name: 'CUSTOMERS', limit: 1 })
})

test('of several that differ by case alone only the very one is meant', () => {
  expect(ask(named('Orders', 'ORDERS'), 'orders')).toMatchObject({ table_name: 'orders' })
  expect(ask(named('Orders', 'ORDERS'), 'Orders')).toMatchObject({ table_name: 'Orders' })
})

test('what the caller does not see, and a database that heeds the case, change nothing', () => {
  expect(ask(named('TAGS'), 'customers')).toMatchObject({ table_name: 'customers' })
  expect(ask(named('CUSTOMERS'), 'customers', false)).toMatchObject({ table_name: 'customers' })
})
