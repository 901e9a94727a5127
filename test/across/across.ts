import { describe, expect, it } from 'vitest'
import type { Backend } from '../backends/backend.js'
import { query } from '../harness/api.js'
import { createMcpClient } from '../security/mcp-client.js'
import { openServices } from './open-services.js'

const toContact = 'contacts_by_customer_ref'

const roles = {
  // Reads orders, and nothing of the other service.
  sales_only: { grants: [{ service: 'sales', resource: '_table/*', verbs: ['read'] }] },
  north: {
    grants: [
      { service: 'sales', resource: '_table/*', verbs: ['read'] },
      {
        service: 'crm',
        resource: '_table/contacts',
        verbs: ['read'],
        fields: { deny: ['ssn'], mask: { email: 'partial' } },
        rows: "region = 'north'",
      },
    ],
  },
  // Sees contacts, but not by what they are linked.
  no_ref: {
    grants: [
      { service: 'sales', resource: '_table/*', verbs: ['read'] },
      { service: 'crm', resource: '_table/contacts', verbs: ['read'], fields: { deny: ['ref'] } },
    ],
  },
  masked_ref: {
    grants: [
      { service: 'sales', resource: '_table/*', verbs: ['read'] },
      { service: 'crm', resource: '_table/contacts', verbs: ['read'], fields: { mask: { ref: 'hash' } } },
    ],
  },
  hidden_link: {
    grants: [
      { service: 'sales', resource: '_table/orders', verbs: ['read'], fields: { deny: ['customer_ref'] } },
      { service: 'crm', resource: '_table/contacts', verbs: ['read'] },
    ],
  },
  rest_only: {
    grants: [
      { service: 'sales', resource: '_table/*', verbs: ['read'] },
      { service: 'crm', resource: '_table/contacts', verbs: ['read'], surfaces: ['rest'] },
    ],
  },
  few: {
    grants: [
      { service: 'crm', resource: '_table/contacts', verbs: ['read'] },
      { service: 'sales', resource: '_table/orders', verbs: ['read'], max_rows: 2 },
    ],
  },
  limited: {
    grants: [
      { service: 'sales', resource: '_table/*', verbs: ['read'] },
      { service: 'crm', resource: '_table/*', verbs: ['read'] },
    ],
  },
  auditor: { grants: [{ service: 'system', resource: 'audit', verbs: ['read'] }] },
}

/** Relationships of the configuration: within a service, and to another one. */
export function across(sales: Backend, crm: Backend): void {
  describe(`${sales.name} to ${crm.name}`, () => {
    const two = openServices(sales, crm, {
      roles,
      limits: [{ per: 'role', role: 'limited', service: 'crm', rate: 1, period: 'day' }],
      mcp: { default: {}, sales: { services: ['sales'] } },
      audit: { mode: 'strict' },
    })
    const read = async (path: string, parameters: Record<string, string | number>, role?: string) => {
      const reply = await two.api(role).get(`/${path}${query(parameters)}`)
      expect(reply.status, reply.text).toBe(200)
      return reply.body
    }
    const refused = async (path: string, parameters: Record<string, string | number>, role?: string) => {
      const reply = await two.api(role).get(`/${path}${query(parameters)}`)
      expect(reply.status, reply.text).toBe(400)
      return reply
    }
    const orders = { ids: '1,2,3,4,5,6', order: 'id', related: toContact }

    describe('within a service', () => {
      it('are followed from both ends, and by filters', async () => {
        const { resource } = await read('sales/_table/orders', {
          ids: '1,2,3',
          fields: 'id',
          order: 'id',
          related: 'order_lines_by_order_id',
          'order_lines_by_order_id.fields': 'product',
        })
        expect(resource.map((order: Record<string, unknown>) => order.order_lines_by_order_id)).toEqual([
          [{ product: 'Product 1' }, { product: 'Product 2' }],
          [{ product: 'Product 3' }],
          [],
        ])
        const line = await read('sales/_table/order_lines/3', { related: 'orders_by_order_id', fields: 'product' })
        expect(line.orders_by_order_id).toMatchObject({ id: 2, customer_ref: 'c2' })
        const found = await read('sales/_table/orders', {
          filter: "order_lines_by_order_id.product = 'Product 3'",
          fields: 'id',
        })
        expect(found.resource).toEqual([{ id: 2 }])
      })
    })

    describe('to another service', () => {
      it('put one record or null into each record', async () => {
        const { resource } = await read('sales/_table/orders', {
          ...orders,
          fields: 'id',
          [`${toContact}.fields`]: 'name',
        })
        expect(resource).toEqual(
          ['Contact 1', 'Contact 2', 'Contact 3', null, null, 'Contact 1'].map((name, i) => ({
            id: i + 1,
            [toContact]: name && { name },
          })),
        )
      })

      it('print the values of the other service as that one does', async () => {
        const flat = await two.api().get('/crm/_table/contacts/1')
        const reply = await two.api().get(`/sales/_table/orders/1${query({ related: toContact })}`)
        expect(reply.status, reply.text).toBe(200)
        expect(reply.text).toContain(`"${toContact}":${flat.text}`)
        expect(flat.text).toContain('1.1234567890')
      })

      it('put lists into each record, with a limit, an order and a filter that count for each parent', async () => {
        const { resource } = await read('crm/_table/contacts', {
          fields: 'ref',
          order: 'id',
          related: 'orders',
          'orders.fields': 'id',
          'orders.order': 'id desc',
          'orders.limit': 2,
          'orders.filter': 'id <> 3',
        })
        expect(resource).toEqual([
          { ref: 'c1', orders: [{ id: 6 }, { id: 1 }] },
          { ref: 'c2', orders: [{ id: 2 }] },
          { ref: 'c3', orders: [] },
          { ref: 'c4', orders: [{ id: 1206 }, { id: 1205 }] },
        ])
      })

      it('go on behind a parent that fills pages by itself', async () => {
        const { resource } = await read('crm/_table/contacts', {
          fields: 'ref',
          order: 'id desc',
          related: 'orders',
          'orders.limit': 700,
          'orders.fields': 'id',
        })
        const counts = resource.map(({ ref, orders: own }: { ref: string; orders: unknown[] }) => [ref, own.length])
        expect(counts).toEqual([
          ['c4', 700],
          ['c3', 1],
          ['c2', 1],
          ['c1', 2],
        ])
      })

      it('go on to what is related there', async () => {
        const { resource } = await read('sales/_table/orders', {
          ids: '1',
          fields: 'id',
          related: `${toContact}.notes_by_contact_id`,
          [`${toContact}.fields`]: 'name',
          [`${toContact}.notes_by_contact_id.fields`]: 'body',
        })
        expect(resource[0][toContact]).toEqual({
          name: 'Contact 1',
          notes_by_contact_id: [{ body: 'Note 1' }, { body: 'Note 2' }],
        })
      })

      it('are listed with the others', async () => {
        const { resource } = await read('sales/_schema/orders/_related', {})
        expect(resource).toContainEqual({
          name: toContact,
          type: 'belongs_to',
          fields: ['customer_ref'],
          ref_service: 'crm',
          ref_table: 'contacts',
          ref_fields: ['ref'],
        })
        expect((await two.api().get('/sales/_model')).text).toContain(`${toContact}: belongs_to crm/contacts`)
      })

      it('come over MCP as over REST', async () => {
        const client = createMcpClient(two.gateway.url, two.gateway.key('north'))
        const reply = await client.call('sales_get_table_data', {
          table_name: 'orders',
          ids: [1, 2],
          fields: ['id'],
          order: 'id',
          related: toContact,
          [`${toContact}.fields`]: ['name', 'email'],
        })
        expect(reply.content).toContain('Contact 1')
        expect(reply.content).toContain('c***@example.com')
        expect(reply.content).not.toContain('Contact 2')
      })

      it.each([
        ['a stream', { format: 'csv' }],
        ['a table', { format: 'table' }],
        ['an unknown option', { [`${toContact}.colour`]: 'red' }],
        ['a limit that is none', { [`${toContact}.limit`]: 'many' }],
        ['a filter that does not parse there', { [`${toContact}.filter`]: 'name = ' }],
        ['a column that is not there', { [`${toContact}.fields`]: 'naem' }],
        ['a filter that would have to look there', { filter: `${toContact}.name = 'x'` }],
      ])('refuse %s', async (_what, parameters) => {
        await refused('sales/_table/orders', { ...orders, ...parameters })
      })
    })

    describe('never show more than the other service would', () => {
      it.each(['sales_only', 'no_ref', 'masked_ref', 'hidden_link'])('do not exist for %s', async (role) => {
        const reply = await refused('sales/_table/orders', orders, role)
        expect(reply.body.error.hint).not.toContain(toContact)
        const listed = await read('sales/_schema/orders/_related', {}, role)
        expect(JSON.stringify(listed)).not.toContain('crm')
        for (const path of ['/sales/_model', '/sales/_spec', '/sales/_schema/orders']) {
          expect((await two.api(role).get(path)).text).not.toContain(toContact)
        }
      })

      it('keep to its row policy, its masks and its hidden columns', async () => {
        const { resource } = await read('sales/_table/orders', { ...orders, fields: 'id' }, 'north')
        const found = resource.map((order: Record<string, { name: string } | null>) => order[toContact]?.name ?? null)
        expect(found).toEqual(['Contact 1', null, 'Contact 3', null, null, 'Contact 1'])
        expect(resource[0][toContact]).toMatchObject({ email: 'c***@example.com' })
        expect(resource[0][toContact]).not.toHaveProperty('ssn')
      })

      it.each([
        { [`${toContact}.filter`]: "ssn = '900-00-0001'" },
        { [`${toContact}.fields`]: 'ssn' },
        { [`${toContact}.order`]: 'ssn' },
        { [`${toContact}.filter`]: "email = 'contact1@example.com'" },
        { [`${toContact}.order`]: 'email' },
        { [`${toContact}.filter`]: "name = 'x') or (region = 'south'" },
      ])('refuse %o of who may not', async (parameters) => {
        await refused('sales/_table/orders', { ...orders, ...parameters }, 'north')
      })

      it('hold what a filter widens within the row policy', async () => {
        const { resource } = await read(
          'sales/_table/orders',
          { ...orders, [`${toContact}.filter`]: "region = 'south' or id > 0" },
          'north',
        )
        expect(JSON.stringify(resource)).not.toContain('south')
      })

      it('keep to the grants of the surface', async () => {
        const client = createMcpClient(two.gateway.url, two.gateway.key('rest_only'))
        const input = { table_name: 'orders', ids: [1], related: toContact }
        expect((await client.call('sales_get_table_data', input)).failed).toBe(true)
        expect((await read('sales/_table/orders', orders, 'rest_only')).resource).toHaveLength(6)
      })

      it('keep to the services of an MCP endpoint', async () => {
        const client = createMcpClient(two.gateway.url, two.gateway.key('admin'), '/mcp/sales')
        const reply = await client.call('sales_get_table_data', {
          table_name: 'orders',
          ids: [1],
          related: toContact,
        })
        expect(reply.failed).toBe(true)
        expect(reply.text).not.toContain('Contact 1')
      })

      it('keep to its max_rows and its rate limits', async () => {
        const { resource } = await read('crm/_table/contacts', { related: 'orders', order: 'id' }, 'few')
        for (const { orders: own } of resource) expect(own.length).toBeLessThanOrEqual(2)
        expect((await two.api('limited').get(`/sales/_table/orders${query(orders)}`)).status).toBe(200)
        expect((await two.api('limited').get(`/sales/_table/orders${query(orders)}`)).status).toBe(429)
      })

      it('are written down for both services', async () => {
        const reply = await two.api('north').get(`/sales/_table/orders${query(orders)}`)
        const filter = `request_id = '${reply.headers.get('x-request-id')}'`
        const { resource } = await read('system/audit', { filter, order: 'service' }, 'auditor')
        expect(resource).toHaveLength(2)
        expect(resource).toMatchObject([
          { service: 'crm', resource: '_table/contacts', principal: 'key:north', policy: "region = 'north'", rows: 2 },
          { service: 'sales', resource: '_table/orders', principal: 'key:north', rows: 6 },
        ])
        expect(JSON.stringify(resource[0].arguments)).toContain('sales/_table/orders')
        expect(JSON.stringify(resource[1].arguments)).toContain('crm/_table/contacts')
      })
    })
  })
}
