import type { JsonObject } from '@gatehouse/core'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Backend, ColumnKind } from '../backends/backend.js'
import type { Api } from '../harness/api.js'
import { keepOpen } from '../harness/keep-open.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'

type Columns = Readonly<Record<string, readonly [kind: ColumnKind, constraint?: string]>>

const sales: Readonly<Record<string, Columns>> = {
  orders: { id: ['identity'], customer_ref: ['code', 'NULL'], total: ['decimal', 'NULL'] },
  // No foreign key: that is what a relationship of the configuration is for.
  order_lines: { id: ['identity'], order_id: ['bigint', 'NULL'], product: ['name', 'NULL'] },
}
const crm: Readonly<Record<string, Columns>> = {
  contacts: {
    id: ['identity'],
    ref: ['code', 'NOT NULL'],
    name: ['name', 'NULL'],
    email: ['name', 'NULL'],
    ssn: ['code', 'NULL'],
    region: ['code', 'NULL'],
    credit: ['exact', 'NULL'],
  },
  notes: { id: ['identity'], contact_id: ['bigint', 'NULL'], body: ['name', 'NULL'] },
}

/** Contacts c1 to c4. */
const contacts = [1, 2, 3, 4].map((n) => ({
  ref: `c${n}`,
  name: `Contact ${n}`,
  email: `contact${n}@example.com`,
  ssn: `900-00-000${n}`,
  region: n % 2 === 1 ? 'north' : 'south',
  credit: `${n}.1234567890`,
}))
const notes = [1, 1, 2].map((contact_id, i) => ({ contact_id, body: `Note ${i + 1}` }))
/** Orders 1 to 6 are of c1, c2, c3, c9 (who is nobody), nobody, c1; the rest, 1,200, are of c4. */
const orders = [
  ...['c1', 'c2', 'c3', 'c9', null, 'c1'].map((customer_ref, i) => ({ customer_ref, total: (i + 1) * 10.5 })),
  ...Array.from({ length: 1200 }, (_, i) => ({ customer_ref: 'c4', total: i })),
]
const lines = [1, 1, 2].map((order_id, i) => ({ order_id, product: `Product ${i + 1}` }))

const relationships = {
  sales: [
    { table: 'orders', columns: ['customer_ref'], to: { service: 'crm', table: 'contacts', columns: ['ref'] } },
    { table: 'order_lines', columns: ['order_id'], to: { table: 'orders', columns: ['id'] } },
  ],
  crm: [
    {
      table: 'contacts',
      columns: ['ref'],
      kind: 'has_many',
      to: { service: 'sales', table: 'orders', columns: ['customer_ref'] },
      name: 'orders',
    },
    { table: 'notes', columns: ['contact_id'], to: { table: 'contacts', columns: ['id'] } },
  ],
}

export interface TwoServices {
  api(role?: string): Api
  readonly gateway: RunningGateway
}

/** Two databases that know nothing of each other, behind one gateway. */
export function openServices(salesBackend: Backend, crmBackend: Backend, content: JsonObject = {}): TwoServices {
  const services: Record<string, JsonObject> = {}
  let gateway: RunningGateway | undefined

  for (const [name, backend, tables] of [
    ['sales', salesBackend, sales],
    ['crm', crmBackend, crm],
  ] as const) {
    keepOpen(backend, async (opened) => {
      await opened.run(Object.entries(tables).map(([table, columns]) => createTable(backend, table, columns)))
      services[name] = { ...opened.service, refresh: '0', relationships: relationships[name] }
    })
  }
  beforeAll(async () => {
    // One of them is not to be had: all tests are skipped.
    if (!services.sales || !services.crm) return
    gateway = await startGateway({ ...content, services })
    const rows: readonly (readonly [path: string, rows: readonly object[]])[] = [
      ['sales/_table/orders', orders],
      ['sales/_table/order_lines', lines],
      ['crm/_table/contacts', contacts],
      ['crm/_table/notes', notes],
    ]
    for (const [path, resource] of rows) {
      const reply = await gateway.api().post(`/${path}`, { resource })
      expect(reply.status, reply.text).toBe(200)
    }
  })
  afterAll(() => gateway?.close())

  const running = (): RunningGateway => {
    if (!gateway) throw new Error('The services are not open')
    return gateway
  }
  return {
    api: (role) => running().api(role),
    get gateway() {
      return running()
    },
  }
}

function createTable(backend: Backend, table: string, columns: Columns): string {
  const parts = Object.entries(columns).map(
    ([name, [kind, constraint = '']]) => `${backend.quote(name)} ${backend.types[kind]} ${constraint}`,
  )
  return `CREATE TABLE ${backend.quote(table)} (${parts.join(', ')})`
}
