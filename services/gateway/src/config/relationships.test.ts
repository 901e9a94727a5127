import type { ConnectorType, Service, Table } from '@gatehouse/core'
import { emptyCatalog, Failure } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './load.js'
import { relationshipWarnings } from './relationships.js'

const anything: ConnectorType = {
  type: 'anything',
  label: 'Anything',
  config: { type: 'object', properties: {} },
  connect: () => Promise.reject(new Failure('unsupported', 'It is never connected')),
}

function loaded(relationships: string) {
  const text = `
services:
  sales:
    type: anything
    relationships:
${relationships.replace(/^/gm, '      ')}
  crm: { type: anything }
`
  return loadConfig(text, {}, [anything])
}

describe('relationships of the configuration', () => {
  it('have defaults', () => {
    const config = loaded(`
- { table: orders, columns: [ref], to: { service: crm, table: contacts, columns: [id] } }
- table: a
  columns: [x]
  kind: many_to_many
  to: { table: b, columns: [y] }
  junction: { table: ab, columns: [ax], foreign_columns: [by] }
  name: bs`)
    expect(config.ok && config.config.services[0]?.relationships).toEqual([
      {
        kind: 'belongs_to',
        table: 'orders',
        columns: ['ref'],
        to: { service: 'crm', table: 'contacts', columns: ['id'] },
      },
      {
        name: 'bs',
        kind: 'many_to_many',
        table: 'a',
        columns: ['x'],
        to: { table: 'b', columns: ['y'] },
        junction: { table: 'ab', columns: ['ax'], foreignColumns: ['by'] },
      },
    ])
  })

  it.each([
    ['- { table: a, columns: [x], to: { service: crn, table: b, columns: [y] } }', 'Did you mean `crm`?'],
    ['- { table: a, columns: [x], to: { service: sales, table: b, columns: [y] } }', 'leave it out'],
    ['- { table: a, columns: [x, y], to: { table: b, columns: [y] } }', 'equally many'],
    ['- { table: a, columns: [x], kind: many_to_many, to: { table: b, columns: [y] } }', 'junction'],
    ['- { table: a, columns: [x], kind: has_one, to: { table: b, columns: [y] } }', 'kind'],
    ['- { table: a, column: x, to: { table: b, columns: [y] } }', 'column'],
    ['- { table: a, columns: [], to: { table: b, columns: [y] } }', 'columns'],
    ['- { table: a, columns: [x], to: { table: b, columns: [y] }, name: "a b" }', 'name'],
  ])('refuse %s, with its line', (entry, said) => {
    const config = loaded(entry)
    expect(config.ok).toBe(false)
    if (config.ok) return
    expect(config.errors.join('\n')).toContain(said)
    expect(config.errors.join('\n')).toContain('line 6: services.sales.relationships.0')
  })
})

describe('gatehouse check', () => {
  const table = (name: string, columns: readonly string[]): [string, Table] => [
    name,
    {
      name,
      source: { name },
      kind: 'table',
      columns: new Map(
        columns.map((column) => [
          column,
          { name: column, type: 'integer', nativeType: 'int', nullable: true, generated: false, identity: false },
        ]),
      ),
      primaryKey: [],
      uniqueKeys: [],
      foreignKeys: [],
      checks: [],
      relationships: new Map(),
      can: { read: true, create: false, update: false, delete: false },
    },
  ]
  const service = (name: string, tables: readonly [string, Table][]): Service => ({
    name,
    type: 'anything',
    label: name,
    description: '',
    family: 'database',
    state: 'up',
    catalog: { ...emptyCatalog, tables: new Map(tables) },
    connector: {
      capabilities: {
        transactions: false,
        upsert: false,
        aggregates: [],
        routines: false,
        regexp: false,
        related: true,
      },
      introspect: () => Promise.resolve(emptyCatalog),
      execute: () => Promise.reject(new Failure('unsupported', 'It is never asked')),
      close: () => Promise.resolve(),
    },
    maxRecords: 1,
    timeoutMs: 1,
  })

  it('warns of what is not there, on either side', () => {
    const config = loaded(`
- { table: orders, columns: [ref], to: { service: crm, table: contact, columns: [id] } }
- { table: orders, columns: [rev], to: { service: crm, table: contacts, columns: [idd] } }
- { table: orders, columns: [ref], to: { service: crm, table: contacts, columns: [id] } }`)
    if (!config.ok) throw new Error(config.errors.join('\n'))
    const services = [service('sales', [table('orders', ['ref'])]), service('crm', [table('contacts', ['id'])])]
    expect(relationshipWarnings(config.config.services, services)).toEqual([
      'sales: relationships.0: there is no table `contact`. Did you mean `contacts`? Tables: contacts',
      'sales: relationships.1: `orders` has no column `rev`. Did you mean `ref`? Columns: ref',
      'sales: relationships.1: `contacts` has no column `idd`. Did you mean `id`? Columns: id',
    ])
  })
})
