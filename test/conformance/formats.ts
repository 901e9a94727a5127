import { describe, expect, it } from 'vitest'
import { query } from '../harness/api.js'
import { keyed, type Served, type Shop } from './open-shop.js'
import { oddTable } from './shop.js'

/** CSV and NDJSON; names that need quoting. */
export function formats(shop: Served): void {
  describe('formats', () => {
    it('streams NDJSON', async () => {
      const reply = await shop.api.get(
        `/_table/customers?fields=${shop.key},name&filter=${shop.key}<=3&order=${shop.key}`,
        {
          accept: 'application/x-ndjson',
        },
      )
      expect(reply.headers.get('content-type')).toContain('ndjson')
      expect(
        reply.text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual([1, 2, 3].map((id) => ({ [shop.key]: id, name: `Customer 0${id}` })))
    })

    it('streams CSV by Accept and by file name', async () => {
      const byAccept = await shop.api.get(
        `/_table/customers${query({ fields: `${shop.key},name,email`, ids: '1,10', order: shop.key })}`,
        { accept: 'text/csv' },
      )
      expect(byAccept.text).toBe(`${shop.key},name,email\r\n1,Customer 01,customer1@example.com\r\n10,Customer 10,\r\n`)
      const byName = await shop.api.get(
        `/_table/orders${query({ fields: shop.key, filter: keyed(shop, 'id < 3'), file: 'orders.csv' })}`,
      )
      expect(byName.headers.get('content-disposition')).toContain('orders.csv')
      expect(byName.text).toBe(`${shop.key}\r\n1\r\n2\r\n`)
    })

    it('streams all rows when no limit is given', async () => {
      const reply = await shop.api.get('/_table/order_items', { accept: 'application/x-ndjson' })
      expect(reply.text.trim().split('\n')).toHaveLength(240)
    })

    it('tells the count in a header where it was asked for', async () => {
      const filter = keyed(shop, 'id <= 12')
      for (const limit of [{}, { limit: 5 }]) {
        const asked = { filter, fields: shop.key, include_count: true, ...limit }
        const reply = await shop.api.get(`/_table/customers${query(asked)}`, { accept: 'text/csv' })
        expect(reply.text.trim().split('\r\n')).toHaveLength(limit.limit === undefined ? 13 : 6)
        expect(JSON.parse(reply.headers.get('x-page-meta') ?? '')).toMatchObject({ count: 12 })
      }
      const uncounted = await shop.api.get(`/_table/customers${query({ filter })}`, { accept: 'text/csv' })
      expect(uncounted.headers.has('x-page-meta')).toBe(false)
    })

    it('refuses to count in a format that has no room for it', async () => {
      for (const [path, accept] of [
        ['count_only=true', 'text/csv'],
        ['count_only=true&file=all.ndjson', '*/*'],
      ] as const) {
        const reply = await shop.api.get(`/_table/customers?${path}`, { accept })
        expect(reply.status, reply.text).toBe(400)
        expect(reply.body.error.hint).toContain('JSON')
      }
    })

    it('refuses a format that there is not', async () => {
      expect((await shop.api.get('/_table/customers', { accept: 'application/pdf' })).status).toBe(406)
    })
  })

  describe('names that need quoting', () => {
    it('work in paths, fields, filters, orders, records and aggregates', async () => {
      const { holdable = String } = shop
      const path = `/_table/${encodeURIComponent(holdable(oddTable))}`
      const quoted = holdable('quo"te`d')
      const created = await shop.api.post(`${path}?fields=*`, [
        { select: 1, 'two words': 'a', [quoted]: "it's", größe: 5 },
        { select: 2, 'two words': 'b', [quoted]: '"', größe: 6 },
      ])
      expect(created.status, created.text).toBe(200)
      const filter = '`two words` = \'b\' and größe > 5 and "select" = 2'
      const listed = await shop.api.get(`${path}${query({ filter, order: '"two words" desc' })}`)
      expect(listed.status, listed.text).toBe(200)
      expect(listed.body.resource).toMatchObject([{ select: 2, 'two words': 'b', [quoted]: '"', größe: 6 }])
      const sum = await shop.api.post(`${path}/_aggregate`, {
        aggregates: [{ function: 'sum', field: 'größe', alias: 'Σ' }],
      })
      expect(sum.body.resource).toEqual([{ Σ: 11 }])
    })
  })
}

/** The catalog of tables, and how it changes. */
export function catalog(shop: Shop): void {
  describe('the catalog', () => {
    it('lists tables, a schema, fields and relationships', async () => {
      const tables = (await shop.api.get('/_table')).body.resource.map((t: { name: string }) => t.name)
      expect(tables).toEqual(
        expect.arrayContaining([
          'customers',
          'orders',
          'order_items',
          (shop.holdable ?? String)(oddTable),
          'customer_totals',
        ]),
      )
      expect((await shop.api.get('/_table?as_list=true')).body.resource).toContain('customers')
      const schema = (await shop.api.get('/_schema/order_items')).body
      expect(schema.primary_key).toEqual(['order_id', 'line_no'])
      const fields = (await shop.api.get('/_schema/customers/_field')).body.resource
      expect(fields.find((f: { name: string }) => f.name === 'email')).toMatchObject({ allow_null: true, length: 100 })
      expect(fields.find((f: { name: string }) => f.name === 'segment')).toMatchObject({
        length: 20,
        values: ['consumer', 'smb', 'enterprise'],
      })
      expect(fields.find((f: { name: string }) => f.name === 'id')).toMatchObject({ auto_increment: true })
      const relationships = (await shop.api.get('/_schema/customers/_related')).body.resource.map(
        (r: { name: string }) => r.name,
      )
      expect(relationships).toEqual(
        expect.arrayContaining(['orders_by_customer_id', 'tags_by_customer_tags', 'customer_tags_by_customer_id']),
      )
      expect((await shop.api.get('/_schema/customers/_field/email')).body).toMatchObject({ name: 'email' })
    })

    it('condenses the data model', async () => {
      const reply = await shop.api.get('/_model')
      expect(reply.status, reply.text).toBe(200)
      expect(reply.text).toContain('customers')
      expect(reply.text.length).toBeLessThan(8000)
    })

    it('notices changes on request, and finds its types again', async () => {
      await shop.database.run(['CREATE TABLE added_later (id INT PRIMARY KEY)'])
      expect((await shop.api.get('/_table/added_later')).status).toBe(404)
      const refreshed = await shop.gateway.api().post('/system/services/shop/_refresh')
      expect(refreshed.status, refreshed.text).toBe(200)
      expect((await shop.api.get('/_table/added_later')).body.resource).toEqual([])
      await shop.database.run(['DROP TABLE added_later'])
      await shop.gateway.api().post('/system/services/shop/_refresh')
      expect((await shop.api.get('/_table/added_later')).status).toBe(404)
    })
  })
}
