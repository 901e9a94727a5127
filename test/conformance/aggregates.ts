import { describe, expect, it } from 'vitest'
import { query } from '../harness/api.js'
import { keyed, type Served } from './open-shop.js'
import { customers, orders } from './shop.js'

/** Aggregates: functions, groups, buckets, having, order, limit, and the compatible form on the list. */
export function aggregates(shop: Served): void {
  const aggregate = async (table: string, input: Record<string, unknown>) => {
    const reply = await shop.api.post(`/_table/${table}/_aggregate`, input)
    expect(reply.status, reply.text).toBe(200)
    return reply.body.resource as Record<string, unknown>[]
  }
  const total = orders.reduce((sum, order) => sum + order.total, 0)

  describe('aggregates', () => {
    it('computes all functions over all rows', async () => {
      const [row] = await aggregate('orders', {
        aggregates: [
          { function: 'count', alias: 'n' },
          { function: 'count', field: 'note', alias: 'noted' },
          { function: 'count', field: 'status', distinct: true, alias: 'statuses' },
          { function: 'sum', field: 'total', alias: 'sum' },
          { function: 'avg', field: 'total', alias: 'avg' },
          { function: 'min', field: 'total', alias: 'min' },
          { function: 'max', field: 'ordered_at', alias: 'max' },
        ],
      })
      const max = shop.moment('2026-12-10T08:30:00')
      expect(row).toMatchObject({ n: 120, noted: 90, statuses: 3, sum: total, min: 2.5, max })
      expect(row?.avg).toBeCloseTo(total / 120, 6)
    })

    it('groups, filters groups, orders by an alias and pages', async () => {
      const rows = await aggregate('orders', {
        group_by: ['status'],
        aggregates: [
          { function: 'count', alias: 'n' },
          { function: 'sum', field: 'total', alias: 'sum' },
        ],
        filter: keyed(shop, 'id <= 50'),
        having: 'n > 16',
        order: 'sum desc',
      })
      const count = (status: string) => orders.slice(0, 50).filter((o) => o.status === status)
      expect(rows.map((row) => [row.status, row.n])).toEqual(
        ['paid', 'open']
          .map((status) => [status, count(status).length])
          .sort((a, b) => (a[0] === 'paid' ? -1 : b[0] === 'paid' ? 1 : 0)),
      )
      const limited = await aggregate('orders', {
        group_by: 'status',
        aggregates: [{ function: 'count', alias: 'n' }],
        order: 'status',
        limit: 1,
        offset: 1,
      })
      expect(limited).toEqual([{ status: 'paid', n: 40 }])
    })

    it.each([
      ['month(ordered_at)', '2026-01-01', 12],
      ['year(ordered_at)', '2026-01-01', 1],
      ['quarter(ordered_at)', '2026-01-01', 4],
      ['day(ordered_at)', '2026-01-10', 12],
    ])('groups by the bucket %s', async (bucket, first, groups) => {
      const rows = await aggregate('orders', { group_by: [bucket], aggregates: [{ function: 'count', alias: 'n' }] })
      expect(rows).toHaveLength(groups)
      const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'n')
      const values = rows.map((row) => String(row[names[0] ?? ''])).sort()
      expect(values[0]?.startsWith(first), values[0]).toBe(true)
    })

    it('answers the compatible form on the list', async () => {
      const reply = await shop.api.get(
        `/_table/orders${query({ group: 'status', fields: 'status,COUNT(*),SUM(total)', order: 'status' })}`,
      )
      expect(reply.status, reply.text).toBe(200)
      const sum = (status: string) => orders.filter((o) => o.status === status).reduce((a, o) => a + o.total, 0)
      expect(reply.body.resource).toEqual(
        ['open', 'paid', 'shipped'].map((status) => ({ status, COUNT_ALL: 40, SUM_total: sum(status) })),
      )
    })

    it('takes functions in `having` as in `order`', async () => {
      const having = async (text: string) => {
        const wanted = { group: 'status', fields: 'status,COUNT(*),SUM(total)', having: text, order: 'COUNT(*)' }
        return shop.api.get(`/_table/orders${query(wanted)}`)
      }
      for (const text of ['COUNT(*) > 39', 'count( * ) = 40 and SUM(total) > 0', 'not (SUM("total") <= 0)']) {
        const reply = await having(text)
        expect(reply.status, `${text} ${reply.text}`).toBe(200)
        expect(reply.body.resource).toHaveLength(3)
      }
      expect((await having('COUNT(*) > 40')).body.resource).toEqual([])
      for (const text of ['MAX(total) > 1', 'COUNT( > 1', 'COUNT(*', 'nothing(id) = 1']) {
        expect((await having(text)).status, text).toBe(400)
      }
    })

    it('works over GET too', async () => {
      const reply = await shop.api.get(
        `/_table/customers/_aggregate${query({ aggregates: '[{"function":"count","alias":"n"}]', filter: 'active = true' })}`,
      )
      expect(reply.body.resource).toEqual([{ n: customers.filter((c) => c.active).length }])
    })

    it.each([
      { aggregates: [{ function: 'sum', field: 'nmae' }] },
      { aggregates: [{ function: 'total', field: 'id' }] },
      { aggregates: [{ function: 'sum', field: 'name' }] },
      { aggregates: [{ function: 'count', alias: 'n' }], having: 'm > 1' },
      { aggregates: [{ function: 'count', alias: 'n' }], order: 'nn' },
      { aggregates: [{ function: 'count', alias: 'n' }], group_by: ['month(name)'] },
      { aggregates: 'count' },
      {},
    ])('refuses %o', async (input) => {
      const reply = await shop.api.post('/_table/customers/_aggregate', input)
      expect(reply.status, reply.text).toBe(400)
    })
  })
}
