import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toolName, toolPrefixes } from './tool-names.js'

const operations = [{ name: 'get_tables' }, { name: 'get_table_relationships' }]
const serviceName = fc.stringMatching(/^[a-z][a-z0-9_-]{0,80}$/)

it('is the service and the operation', () => {
  const prefixes = toolPrefixes([{ name: 'sales-db', operations }], new Set())
  expect(toolName(prefixes.get('sales-db') ?? '', 'get_tables')).toBe('sales_db_get_tables')
})

it('leaves a name to the service that is spelt so, and keeps the others apart from tools of our own', () => {
  const services = ['a-b', 'a_b', 'all'].map((name) => ({ name, operations }))
  const prefixes = toolPrefixes(services, new Set(['all_get_tables']))
  expect(prefixes.get('a_b')).toBe('a_b')
  expect(prefixes.get('a-b')).toMatch(/^a_b_[0-9a-f]{6}$/)
  expect(prefixes.get('all')).toMatch(/^all_[0-9a-f]{6}$/)
})

it('is short, of few letters, unique, and the same whatever the order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(serviceName, { maxLength: 8 }), (names) => {
      const services = names.map((name) => ({ name, operations }))
      const prefixes = toolPrefixes(services, new Set())
      expect(toolPrefixes([...services].reverse(), new Set())).toEqual(prefixes)
      const all = [...prefixes.values()].flatMap((prefix) => operations.map(({ name }) => toolName(prefix, name)))
      for (const name of all) expect(name).toMatch(/^[a-z0-9_]{1,64}$/)
      expect(new Set(all).size).toBe(all.length)
      expect(all.every((name) => operations.some((operation) => name.endsWith(operation.name)))).toBe(true)
    }),
  )
})
