import { describe, expect, it } from 'vitest'
import { query } from '../harness/api.js'
import { keyed, type Served } from './open-shop.js'
import { customers } from './shop.js'

type Numbered = (typeof customers)[number] & { readonly id: number }
const numbered: readonly Numbered[] = customers.map((customer, i) => ({ ...customer, id: i + 1 }))

/** Filters on customers, each with what it must select. */
const cases: readonly (readonly [filter: string, selects: (c: Numbered) => boolean])[] = [
  ['id = 7', (c) => c.id === 7],
  ['id eq 7', (c) => c.id === 7],
  ["country != 'DE'", (c) => c.country !== 'DE'],
  ["country <> 'DE' and id <= 10", (c) => c.country !== 'DE' && c.id <= 10],
  ['id gt 55 or id lt 3', (c) => c.id > 55 || c.id < 3],
  ['id gte 59 || id lte 1', (c) => c.id >= 59 || c.id <= 1],
  ['(id < 10 or id > 50) && active = true', (c) => (c.id < 10 || c.id > 50) && c.active],
  ['id < 10 or id > 50 and active = true', (c) => c.id < 10 || (c.id > 50 && c.active)],
  ['not id > 3', (c) => c.id <= 3],
  ['! (id > 3 or id = 2)', (c) => c.id === 1 || c.id === 3],
  ['id in (3, 4, 99)', (c) => c.id === 3 || c.id === 4],
  ["country not in ('DE', 'FR')", (c) => c.country === 'US'],
  ['id between 5 and 7', (c) => c.id >= 5 && c.id <= 7],
  ['id not between 2 and 59', (c) => c.id === 1 || c.id === 60],
  ['email is null', (c) => c.email === null],
  ['email is not null and id < 12', (c) => c.email !== null && c.id < 12],
  ['segment = null', (c) => c.segment === null],
  ["name like 'Customer 1%'", (c) => c.name.startsWith('Customer 1')],
  ["name like 'customer 1%'", () => false],
  ["name ilike 'customer 1%'", (c) => c.name.startsWith('Customer 1')],
  ["name not like 'Customer 1%' and id < 15", (c) => c.id < 10],
  ["name contains 'MER 2'", (c) => c.name.includes('mer 2')],
  ["name starts with 'customer 3'", (c) => c.name.startsWith('Customer 3')],
  ["email ends with '5@EXAMPLE.com'", (c) => c.email?.endsWith('5@example.com') ?? false],
  ["name contains '%'", () => false],
  ["name contains '_'", () => false],
  ["name regexp '0[12]$'", (c) => c.id <= 2],
  ['balance > 300.25 and balance < 330', (c) => c.balance !== null && c.balance > 300.25 && c.balance < 330],
  ["birthday >= '1995-01-01'", (c) => c.birthday !== null && c.birthday >= '1995-01-01'],
  ['active = false and id < 20', (c) => !c.active && c.id < 20],
  ['country = DE and id < 5', (c) => c.country === 'DE' && c.id < 5],
  ['country = "US" and id < 10', (c) => c.country === 'US' && c.id < 10],
  ["name = 'O''Brien'", () => false],
  ['orders_by_customer_id.total > 290', (c) => c.id >= 57],
  ["tags_by_customer_tags.label = 'new'", (c) => c.id === 2 || c.id === 4],
  ["not tags_by_customer_tags.label = 'vip' and id < 8", (c) => c.id > 4 && c.id < 8],
  ['orders_by_customer_id.order_items_by_order_id.quantity = 5 and id < 11', (c) => c.id === 5 || c.id === 10],
]

/** The filter language: every operator, precedence, nulls, relationships. */
export function filters(shop: Served): void {
  const ids = async (filter: string, parameters: Record<string, string> = {}, table = 'customers') => {
    const asked = { filter: keyed(shop, filter), fields: shop.key, ...parameters }
    const reply = await shop.api.get(`/_table/${table}${query(asked)}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body.resource.map((record: Record<string, number>) => record[shop.key]) as number[]
  }

  describe('filters', () => {
    it.for(cases)('%s', async ([filter, selects], { skip }) => {
      skip(shop.regexp === false && filter.includes(' regexp '), 'the database has no regular expressions')
      expect(await ids(filter)).toEqual(numbered.filter(selects).map((c) => c.id))
    })

    it('takes values from params', async () => {
      expect(await ids('id = :wanted', { params: '{"wanted": 8}' })).toEqual([8])
      expect(await ids('id in :wanted', { params: '{"wanted": [8, 9]}' })).toEqual([8, 9])
      const reply = await shop.api.post(
        '/_table/customers',
        { filter: 'name = :n', params: { n: "x' or 1=1" }, fields: 'name' },
        { 'x-http-method': 'GET' },
      )
      expect(reply.body.resource).toEqual([])
    })

    it('escapes the wildcards of contains, starts with and ends with', async () => {
      expect(await ids("note contains '50% of 1_1'", {}, 'orders')).toEqual([2])
      expect(await ids("note starts with '50%' and id < 4", {}, 'orders')).toEqual([2, 3])
      expect(await ids("note ends with '_7'", {}, 'orders')).toEqual([8])
      expect(await ids("note like '50\\% of 1\\_1'", {}, 'orders')).toEqual([2])
    })

    it('knows the clock', async () => {
      expect(await ids('birthday < today() and id < 4')).toEqual([1, 2, 3])
      expect(await ids('birthday > now() + 1 year')).toEqual([])
      expect(await ids('ordered_at > now() - 100 years and id < 3', {}, 'orders')).toEqual([1, 2])
    })

    it.each([
      ['id =', 4],
      ['id = 1 and', 10],
      ['(id = 1', 7],
      ['id ~ 1', 3],
      ['id = abc', 5],
      ["birthday = '2026-02-30'", 11],
      ['id in ()', 7],
      ['naem = 1', 0],
      ['orders_by_customer_id.totl = 1', 22],
      ['nothing_by_id.total = 1', 0],
      ['id = 1 id = 2', 7],
      ['id = :missing', 13],
      ["segment = 'smbb'", 10],
      ['birthday > now() - 1.5 days', 19],
      ['birthday > today() + 2 fortnights', 21],
    ])('refuses %s and names the position', async (filter, position) => {
      const reply = await shop.api.get(`/_table/customers${query({ filter: keyed(shop, filter) })}`)
      expect(reply.status, reply.text).toBe(400)
      expect(reply.body.error.context.position).toBe(keyed(shop, filter.slice(0, position)).length)
      expect(reply.body.error.hint.length).toBeGreaterThan(5)
    })

    it('refuses a broken regular expression', async ({ skip }) => {
      skip(shop.regexp === false, 'the database has no regular expressions')
      const reply = await shop.api.get(`/_table/customers${query({ filter: "name regexp '['" })}`)
      expect(reply.status, reply.text).toBe(400)
      expect(reply.body.error.message).toContain('regular expression')
    })

    it('does not let attributes of row policies in', async () => {
      expect(
        (await shop.api.get(`/_table/customers${query({ filter: keyed(shop, 'id = {user.name}') })}`)).status,
      ).toBe(400)
    })
  })
}
