import { describe, expect, it } from 'vitest'
import { query } from '../harness/api.js'
import { keyed, type Served, type Shop } from './open-shop.js'
import { customers } from './shop.js'

interface Listed {
  readonly resource: readonly Record<string, unknown>[]
  readonly meta: { readonly next?: number; readonly next_cursor?: string; readonly count?: number }
}

/** Lists and single records: every parameter of reading. */
export function listing(shop: Served): void {
  const list = async (table: string, parameters: Record<string, string | number | boolean> = {}): Promise<Listed> => {
    const reply = await shop.api.get(`/_table/${table}${query(parameters)}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body as Listed
  }
  const ids = ({ resource }: Listed) => resource.map((record) => record[shop.key])

  describe('lists', () => {
    it('answers all columns in order of the key', async () => {
      const { resource } = await list('customers', { limit: 2 })
      const [first, second] = customers.map(shop.shown)
      expect(resource).toEqual([
        { [shop.key]: 1, ...first },
        { [shop.key]: 2, ...second },
      ])
    })

    it('says where the next page begins only while there is one', async () => {
      const first = await list('customers', { limit: 50 })
      expect(first.meta.next).toBe(50)
      expect(first.meta.next_cursor).toBeTypeOf('string')
      const second = await list('customers', { limit: 50, offset: 50 })
      expect(second.resource).toHaveLength(10)
      expect(second.meta).toEqual({})
      expect((await list('customers', { limit: 60 })).meta).toEqual({})
    })

    it.each(['fields', 'select'])('shows the columns of %s in their order', async (name) => {
      const { resource } = await list('customers', { [name]: `name,${shop.key}`, limit: 1 })
      expect(Object.keys(resource[0] ?? {})).toEqual(['name', shop.key])
    })

    it.each(['limit', 'offset'])('says how many digits %s may have', async (name) => {
      for (const number of ['9'.repeat(16), '1'.repeat(40)]) {
        const reply = await shop.api.get(`/_table/customers${query({ [name]: number })}`)
        expect(reply.status).toBe(400)
        expect(reply.body.error.message).toBe(`Argument \`${name}\` takes a whole number of at most 15 digits`)
      }
      expect((await shop.api.get(`/_table/customers${query({ [name]: '9'.repeat(15) })}`)).status).toBe(200)
    })

    it.each([[{ limit: 3, offset: 4 }], [{ top: 3, skip: 4 }]])('pages by %o', async (parameters) => {
      expect(ids(await list('customers', parameters))).toEqual([5, 6, 7])
    })

    it.each(['order', 'order_by', 'sort'])('orders by %s, and by the key behind it', async (name) => {
      const found = await list('customers', { [name]: 'country desc', limit: 3 })
      expect(ids(found)).toEqual([3, 6, 9])
    })

    it('places nulls last ascending, first descending, and where it is told', async () => {
      const of = async (order: string) => ids(await list('customers', { order, limit: 1 }))
      expect(await of('balance')).toEqual([1])
      expect(await of('balance desc')).toEqual([7])
      expect(await of('balance nulls first')).toEqual([7])
      expect(await of('balance desc nulls last')).toEqual([60])
    })

    it.each([
      'id',
      'id desc',
      'country,balance desc',
      'balance nulls first',
      'segment desc nulls last, name desc',
      'active, birthday',
    ])('walks all records once by cursor in the order %s', async (order) => {
      const seen: unknown[] = []
      let cursor: string | undefined
      do {
        const asked = { order: keyed(shop, order), limit: 7, fields: shop.key }
        const page: Listed = await list('customers', { ...asked, ...(cursor ? { cursor } : {}) })
        seen.push(...ids(page))
        cursor = page.meta.next_cursor
      } while (cursor !== undefined)
      expect(seen).toEqual(ids(await list('customers', { order: keyed(shop, order), fields: shop.key })))
      expect(new Set(seen).size).toBe(customers.length)
    })

    it('refuses a cursor of another order, and one that is made up', async () => {
      const { meta } = await list('customers', { order: 'name', limit: 1 })
      for (const cursor of [meta.next_cursor ?? '', 'AAAA', '%%%']) {
        const reply = await shop.api.get(`/_table/customers${query({ order: shop.key, cursor })}`)
        expect(reply.status, reply.text).toBe(400)
      }
    })

    it('counts on request', async () => {
      const filter = "country = 'FR'"
      expect((await list('customers', { filter, limit: 1, include_count: true })).meta.count).toBe(20)
      const only = await list('customers', { filter, count_only: true })
      expect(only.meta.count ?? only).toBe(20)
    })

    it('selects by ids, and by those of another column', async () => {
      expect(ids(await list('customers', { ids: '3,1,99' })).sort()).toEqual([1, 3])
      const byName = await list('customers', { ids: 'Customer 05', id_field: 'name' })
      expect(ids(byName)).toEqual([5])
    })

    it('accepts the spellings of true', async () => {
      for (const yes of ['true', '1', 'yes', 'True']) {
        expect((await list('customers', { include_count: yes, limit: 1 })).meta.count).toBe(60)
      }
      for (const include_count of [true, 1, 'yes']) {
        const reply = await shop.api.post('/_table/customers?method=GET', { include_count, count_only: 1 })
        expect(reply.body.meta, reply.text).toEqual({ count: 60 })
      }
    })

    it('takes the parameters from the body of a tunnelled request', async () => {
      const body = { filter: "country = 'DE'", limit: 2, fields: [shop.key] }
      for (const headers of [{ 'x-http-method': 'GET' }, { 'x-http-method-override': 'GET' }]) {
        const reply = await shop.api.post('/_table/customers', body, headers)
        expect(ids(reply.body)).toEqual([1, 4])
      }
      const reply = await shop.api.post('/_table/customers?method=GET', body)
      expect(ids(reply.body)).toEqual([1, 4])
    })

    it('cuts a page that is too large, and says so', async () => {
      const { meta } = await list('customers', { limit: 5_000_000 })
      expect(JSON.stringify(meta)).toContain('5000000')
    })

    it.each([
      ['limit', 'many'],
      ['limit', '-1'],
      ['offset', '1.5'],
      ['include_count', 'perhaps'],
      ['order', 'naem'],
      ['order', 'name sideways'],
      ['fields', 'name,naem'],
      ['filter', 'naem = 1'],
      ['filtre', "name = 'x'"],
      ['related', 'nothing_by_id'],
    ])('refuses %s=%s and says what is wrong', async (name, value) => {
      const reply = await shop.api.get(`/_table/customers${query({ [name]: value })}`)
      expect(reply.status, reply.text).toBe(400)
      expect(reply.body.error).toMatchObject({ code: 'invalid', status_code: 400 })
      expect(reply.body.error.message.length).toBeGreaterThan(10)
      expect(reply.body.error.request_id).toBe(reply.headers.get('x-request-id'))
    })

    it('says of an order that it is one', async () => {
      const { body } = await shop.api.get('/_table/customers?order=-name')
      expect(body.error.message).toMatch(/^The order has `-name` at position 0/)
      expect(body.error.hint).toContain('desc')
    })

    it('suggests the nearest name', async () => {
      const column = await shop.api.get('/_table/customers?fields=naem')
      expect(column.body.error.hint).toContain('`name`')
      const parameter = await shop.api.get('/_table/customers?filtre=name=1')
      expect(JSON.stringify(parameter.body.error)).toContain('filter')
      const table = await shop.api.get('/_table/customer')
      expect(table.status).toBe(404)
      expect(table.body.error.hint).toContain('customers')
    })
  })

  describe('one record', () => {
    it('is answered bare, with an entity tag', async () => {
      const reply = await shop.api.get('/_table/customers/5')
      const [customer] = customers.slice(4).map(shop.shown)
      expect(reply.body).toEqual({ [shop.key]: 5, ...customer })
      const etag = reply.headers.get('etag') ?? ''
      expect(etag).toMatch(/^"[^"]+"$/)
      expect((await shop.api.get('/_table/customers/5', { 'if-none-match': etag })).status).toBe(304)
      expect((await shop.api.get('/_table/customers/6', { 'if-none-match': etag })).status).toBe(200)
    })

    it('is the first by its key where id_field is not unique', async () => {
      const { body } = await shop.api.get(`/_table/customers/US?id_field=country&fields=${shop.key}`)
      expect(body).toEqual({ [shop.key]: 3 })
    })

    it('is 404 where there is none, and 400 where the key cannot be one', async () => {
      expect((await shop.api.get('/_table/customers/9999')).status).toBe(404)
      expect((await shop.api.get('/_table/customers/abc')).status).toBe(400)
    })
  })
}

/** What only tables have: keys of several columns, or none. */
export function tableKeys(shop: Shop): void {
  const list = async (table: string, parameters: Record<string, string>): Promise<Listed> => {
    const reply = await shop.api.get(`/_table/${table}${query(parameters)}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body as Listed
  }

  describe('keys of tables', () => {
    it('of several columns select records by ids, in key order', async () => {
      const items = await list('order_items', { ids: '1,2;5,1' })
      expect(items.resource.map(({ order_id, line_no }) => [order_id, line_no])).toEqual([
        [1, 2],
        [5, 1],
      ])
      const reply = await shop.api.get('/_table/order_items/2,1?fields=order_id,line_no')
      expect(reply.body).toEqual({ order_id: 2, line_no: 1 })
      expect((await shop.api.get('/_table/order_items/1')).status).toBe(400)
    })

    it('reads tables without a key, and views', async () => {
      expect((await shop.api.post('/_table/journal', [{ happened: 'b' }, { happened: 'a', weight: 2 }])).status).toBe(
        200,
      )
      const { resource } = await list('journal', { order: 'happened' })
      expect(resource).toEqual([
        { happened: 'a', weight: 2 },
        { happened: 'b', weight: null },
      ])
      const view = await list('customer_totals', { filter: 'id = 1' })
      expect(view.resource).toEqual([{ id: 1, name: 'Customer 01', orders: 2 }])
      expect((await shop.api.post('/_table/customer_totals', [{ id: 1 }])).status).not.toBe(200)
    })
  })
}
