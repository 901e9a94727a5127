import { describe, expect, it, type TestContext } from 'vitest'
import type { Shop } from './open-shop.js'

/** Stored routines, where the database has any. */
export function routines(shop: Shop): void {
  const needed = (context: TestContext) => {
    if (!shop.backend.routines) context.skip(`${shop.backend.name} has no stored routines`)
  }

  describe('routines', () => {
    it('are not offered where there are none', async (context) => {
      if (shop.backend.routines) return context.skip(`${shop.backend.name} has stored routines`)
      expect((await shop.api.get('/_proc')).status).toBe(404)
      expect((await shop.api.post('/_func/add_numbers', {})).status).toBe(404)
    })

    it('are listed with their parameters', async (context) => {
      needed(context)
      const functions = (await shop.api.get('/_func')).body.resource
      const add = functions.find((f: { name: string }) => f.name === 'add_numbers')
      expect(add.params.map((p: { name: string; type: string }) => [p.name, p.type])).toEqual([
        ['a', 'integer'],
        ['b', 'integer'],
      ])
      expect((await shop.api.get('/_proc')).body.resource.map((p: { name: string }) => p.name)).toContain(
        'rename_customer',
      )
    })

    it.each([
      [{ params: { a: 2, b: 3 } }],
      [{ params: [2, 3] }],
      [
        {
          params: [
            { name: 'b', value: 3 },
            { name: 'a', value: 2 },
          ],
        },
      ],
    ])('answer a scalar for %o', async (body) => {
      if (!shop.backend.routines) return
      const reply = await shop.api.post('/_func/add_numbers', body)
      expect(reply.status, reply.text).toBe(200)
      expect(reply.body).toEqual({ value: 5 })
    })

    it('answer result sets and OUT parameters', async (context) => {
      needed(context)
      const kind = (await shop.api.get('/_proc')).text.includes('customers_in') ? '_proc' : '_func'
      const set = await shop.api.post(`/${kind}/customers_in`, { params: { wanted: 'FR' } })
      expect(set.body.resource[0]).toEqual({ id: 2, name: 'Customer 02' })
      const renamed = await shop.api.post('/_proc/rename_customer', { params: { wanted: 3, fresh: 'Customer 03' } })
      expect(renamed.status, renamed.text).toBe(200)
      expect(Object.keys(renamed.body.out)).toEqual(['changed'])
    })

    it.each([
      [{ params: { a: 2, c: 3 } }, 400],
      [{ params: { b: 3 } }, 400],
      [{ params: { a: 'two', b: 3 } }, 400],
      [{ params: [1, 2, 3] }, 400],
    ])('check their parameters: %o', async (body, status) => {
      if (!shop.backend.routines) return
      expect((await shop.api.post('/_func/add_numbers', body)).status).toBe(status)
    })

    it('are called by GET only where the database says that they write nothing', async (context) => {
      needed(context)
      expect((await shop.api.get('/_func/add_numbers?a=1&b=2')).status).toBeLessThan(500)
      expect([403, 404, 405]).toContain((await shop.api.get('/_proc/rename_customer?wanted=1&fresh=x')).status)
      const params = encodeURIComponent('{"wanted":1,"fresh":"x"}')
      const refused = await shop.api.get(`/_proc/rename_customer?params=${params}`)
      expect(refused.status, refused.text).toBe(405)
      expect(refused.headers.get('allow')).toContain('POST')
      expect((await shop.api.get('/_proc/no_such_thing')).status).not.toBe(200)
    })

    it('tell of a result out of range without the statement that made it', async (context) => {
      needed(context)
      const reply = await shop.api.post('/_func/add_numbers', { params: [2147483647, 1] })
      expect(reply.status, reply.text).toBe(422)
      expect(JSON.stringify(reply.body.error)).not.toMatch(/add_numbers|`/)
    })

    it('say in meta that rows were cut', async (context) => {
      needed(context)
      const kind = (await shop.api.get('/_proc')).text.includes('customers_in') ? '_proc' : '_func'
      const whole = await shop.api.post(`/${kind}/customers_in`, { params: { wanted: 'FR' } })
      expect(whole.body.meta).toBeUndefined()
      const cut = await shop.api.post(`/${kind}/customers_in`, { params: { wanted: 'FR' }, limit: 2 })
      expect(cut.body.resource).toHaveLength(2)
      expect(cut.body.meta).toEqual({ cut: { allowed: 2 } })
    })
  })
}
