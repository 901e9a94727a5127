import { expect, test } from 'vitest'
import { listedIn, membersOf, scalarTypeOf } from './native-type.js'
import { privilegesOf } from './privileges.js'

test('grants on a table, a schema, a pattern of schemas and everything', () => {
  const { mayDelete, superuser } = privilegesOf([
    "GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*x'",
    'GRANT `role` TO `u`@`%`',
    'GRANT INSERT, DELETE ON `shop`.`orders` TO `u`@`%`',
    'GRANT SELECT (`id`, `delete`), UPDATE (`id`) ON `shop`.`parts` TO `u`@`%`',
    'GRANT DELETE ON `sales\\_%`.* TO `u`@`%`',
    'GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `u`@`%`',
  ])
  expect(mayDelete('shop', 'orders')).toBe(true)
  expect(mayDelete('shop', 'Orders')).toBe(false)
  expect(mayDelete('shop', 'parts')).toBe(false)
  expect(mayDelete('sales_eu', 'any')).toBe(true)
  expect(mayDelete('salesXeu', 'any')).toBe(false)
  expect(superuser).toBe(false)
  const all = privilegesOf(['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION'])
  expect(all.mayDelete('any', 'table')).toBe(true)
  expect(all.superuser).toBe(true)
})

test('types by their native names', () => {
  expect(scalarTypeOf('tinyint', 'tinyint(1)')).toBe('boolean')
  expect(scalarTypeOf('tinyint', 'tinyint(1) unsigned')).toBe('integer')
  expect(scalarTypeOf('int', 'int unsigned')).toBe('bigint')
  expect(scalarTypeOf('geometry', 'geometry')).toBe('other')
})

test('the values of an enum and of a check that lists them', () => {
  expect(membersOf("enum('a','it''s','b,c')")).toEqual(['a', "it's", 'b,c'])
  expect(membersOf("set('a','b')")).toBeUndefined()
  expect(listedIn("`a``b` in ('x','it''s')")).toEqual({ column: 'a`b', values: ['x', "it's"] })
  expect(listedIn("(`a` in (_utf8mb4\\'x\\',_utf8mb4\\'y\\'))")).toEqual({ column: 'a', values: ['x', 'y'] })
  expect(listedIn("`a` in ('x') or `b` > 1")).toBeUndefined()
})
