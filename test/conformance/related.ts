import { describe, expect, it } from 'vitest'
import { query } from '../harness/api.js'
import type { Shop } from './open-shop.js'

/** Related records: all three kinds, nesting, options a relationship, limits a parent. */
export function related(shop: Shop): void {
  const read = async (path: string, parameters: Record<string, string | number>) => {
    const reply = await shop.api.get(`/_table/${path}${query(parameters)}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body
  }

  describe('related records', () => {
    it('nests has-many as arrays, empty where there are none', async () => {
      const { resource } = await read('employees', { related: 'employees_by_manager_id', fields: 'name', order: 'id' })
      const names = resource.map((r: { name: string; employees_by_manager_id: { name: string }[] }) => [
        r.name,
        r.employees_by_manager_id,
      ])
      expect(names.length).toBe(4)
    })

    it('nests belongs-to as one record or null', async () => {
      const body = await read('order_items/1,1', { related: 'orders_by_order_id', fields: 'line_no' })
      expect(body.orders_by_order_id).toMatchObject({
        id: 1,
        customer_id: 1,
        status: 'open',
        total: 2.5,
        ordered_at: '2026-01-10T08:30:00',
      })
    })

    it('nests many-to-many through the junction table', async () => {
      const { resource } = await read('customers', {
        ids: '1,2,5',
        fields: 'id',
        related: 'tags_by_customer_tags',
        'tags_by_customer_tags.order': 'label',
      })
      expect(
        resource.map((r: { tags_by_customer_tags: { label: string }[] }) =>
          r.tags_by_customer_tags.map((t) => t.label),
        ),
      ).toEqual([['vip'], ['new', 'vip'], []])
    })

    it('says how long lists can be, where the call does not', async () => {
      const related = 'orders_by_customer_id,orders_by_customer_id.order_items_by_order_id,tags_by_customer_tags'
      const limitsOf = async (path: string, options: Record<string, string | number> = {}) =>
        (await read(path, { limit: 1, related, ...options })).meta.related_limits
      expect(await limitsOf('customers')).toEqual({
        orders_by_customer_id: 100,
        'orders_by_customer_id.order_items_by_order_id': 100,
        tags_by_customer_tags: 100,
      })
      const said = { 'orders_by_customer_id.limit': 7, 'tags_by_customer_tags.limit': 1_000_000 }
      const limits = await limitsOf('customers', said)
      expect(Object.keys(limits)).toEqual(['orders_by_customer_id.order_items_by_order_id', 'tags_by_customer_tags'])
      expect(limits.tags_by_customer_tags).toBeLessThan(1_000_000)
      expect(await limitsOf('orders', { related: 'customers_by_customer_id' })).toBeUndefined()
    })

    it('takes fields, filter, order and limit a relationship; the limit counts for each parent', async () => {
      const { resource } = await read('customers', {
        limit: 3,
        fields: 'id',
        related: 'orders_by_customer_id',
        'orders_by_customer_id.fields': 'id,total',
        'orders_by_customer_id.order': 'id desc',
        'orders_by_customer_id.limit': 1,
        'orders_by_customer_id.filter': 'total > 1',
      })
      expect(resource).toEqual(
        [1, 2, 3].map((id) => ({ id, orders_by_customer_id: [{ id: id + 60, total: (id + 60) * 2.5 }] })),
      )
    })

    it('nests two levels', async () => {
      const body = await read('customers/1', {
        fields: 'id',
        related: 'orders_by_customer_id.order_items_by_order_id',
        'orders_by_customer_id.fields': 'id',
        'orders_by_customer_id.order_items_by_order_id.fields': 'line_no,price',
      })
      expect(body).toEqual({
        id: 1,
        orders_by_customer_id: [1, 61].map((id) => ({
          id,
          order_items_by_order_id: [
            { line_no: 1, price: 9.99 },
            { line_no: 2, price: 100 },
          ],
        })),
      })
    })

    it('prints related values as flat ones', async () => {
      const flat = await shop.api.get('/_table/orders/1')
      const nested = await shop.api.get(
        `/_table/order_items/1,1${query({ related: 'orders_by_order_id', fields: 'line_no' })}`,
      )
      expect(nested.text).toContain(flat.text)
    })
  })
}
