import { describe, expect, it } from 'vitest'
import { query } from '../../harness/api.js'
import type { DocumentShop } from './open-documents.js'

/** Related documents, by relationships of the configuration. */
export function related(shop: DocumentShop): void {
  const read = async (path: string, parameters: Record<string, string | number>) => {
    const reply = await shop.api.get(`/_table/${path}${query(parameters)}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body
  }

  describe('related documents', () => {
    it('nests belongs-to as one record, printed as a flat one', async () => {
      const flat = await shop.api.get('/_table/orders/1')
      const nested = await shop.api.get(
        `/_table/order_items${query({ filter: 'order_id = 1 and line_no = 1', related: 'orders_by_order_id', fields: 'line_no' })}`,
      )
      expect(nested.text).toContain(flat.text)
    })

    it('nests many-to-many through the collection between', async () => {
      const { resource } = await read('customers', {
        ids: '1,2,5',
        fields: '_id',
        related: 'tags_by_customer_tags',
        'tags_by_customer_tags.order': 'label',
      })
      const labels = resource.map((record: { tags_by_customer_tags: { label: string }[] }) =>
        record.tags_by_customer_tags.map(({ label }) => label),
      )
      expect(labels).toEqual([['vip'], ['new', 'vip'], []])
    })

    it('takes fields, filter, order and limit a relationship; the limit counts for each parent', async () => {
      const { resource } = await read('customers', {
        limit: 3,
        fields: '_id',
        related: 'orders_by_customer_id',
        'orders_by_customer_id.fields': '_id,total',
        'orders_by_customer_id.order': '_id desc',
        'orders_by_customer_id.limit': 1,
        'orders_by_customer_id.filter': 'total > 1',
      })
      expect(resource).toEqual(
        [1, 2, 3].map((_id) => ({ _id, orders_by_customer_id: [{ _id: _id + 60, total: (_id + 60) * 2.5 }] })),
      )
    })

    it('nests two levels', async () => {
      const body = await read('customers/1', {
        fields: '_id',
        related: 'orders_by_customer_id.order_items_by_order_id',
        'orders_by_customer_id.fields': '_id',
        'orders_by_customer_id.order_items_by_order_id.fields': 'line_no,price',
        'orders_by_customer_id.order_items_by_order_id.order': 'line_no',
      })
      expect(body).toEqual({
        _id: 1,
        orders_by_customer_id: [1, 61].map((_id) => ({
          _id,
          order_items_by_order_id: [
            { line_no: 1, price: 9.99 },
            { line_no: 2, price: 100 },
          ],
        })),
      })
    })

    it('relates nothing to what is missing', async () => {
      await shop.documents.database.collection('customer_tags').insertOne({ customer_id: 60, tag_id: 99 })
      const body = await read('customers/60', { related: 'tags_by_customer_tags', fields: '_id' })
      expect(body).toEqual({ _id: 60, tags_by_customer_tags: [] })
    })
  })
}
