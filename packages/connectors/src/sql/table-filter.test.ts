import { expect, test } from 'vitest'
import { tableFilter } from './table-filter.js'

test('globs choose tables by name or by schema and name', () => {
  const all = tableFilter(['*'], ['_migrations', 'audit.*', 'tmp_*'])
  expect(all('public', 'orders')).toBe(true)
  expect(all('public', '_migrations')).toBe(false)
  expect(all('audit', 'log')).toBe(false)
  expect(all(undefined, 'tmp_1')).toBe(false)
  expect(all(undefined, 'tmp')).toBe(true)
  const some = tableFilter(['order*', 'a.b'], [])
  expect(some(undefined, 'order items')).toBe(true)
  expect(some('a', 'b')).toBe(true)
  expect(some(undefined, 'aXb')).toBe(false)
  expect(some(undefined, 'Orders')).toBe(false)
})

test('no include is all', () => {
  expect(tableFilter([], ['x'])(undefined, 'y')).toBe(true)
})
