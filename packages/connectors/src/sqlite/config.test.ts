import { expect, it } from 'vitest'
import { pathOf } from './config.js'

it.each([
  ['./data/shop.db', './data/shop.db'],
  ['sqlite:./data/shop.db', './data/shop.db'],
  ['sqlite:/var/shop.db', '/var/shop.db'],
  ['sqlite:///var/shop.db', '/var/shop.db'],
  ['C:\\data\\shop.db', 'C:\\data\\shop.db'],
])('%s is the path %s', (connection, path) => {
  expect(pathOf({ connection })).toBe(path)
  expect(pathOf({ connection: { database: connection } })).toBe(path)
})

it.each([undefined, '', 'sqlite:', ':memory:', 5, {}, { database: '' }])('%j is none', (connection) => {
  expect(() => pathOf({ connection })).toThrow(/path of a database file/)
})
