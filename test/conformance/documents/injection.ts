import { describe, expect, it } from 'vitest'
import { query } from '../../harness/api.js'
import type { DocumentShop } from './open-documents.js'

/** What would be an operator if a value, a name or a path could be one. */
const operators: readonly unknown[] = [
  { $gt: '' },
  { $ne: null },
  { $where: '1' },
  { $regex: '.*' },
  { $expr: true },
  { $function: { body: 'function () { return true }', args: [], lang: 'js' } },
  [{ $ne: null }],
]
const texts = ['$name', '$$ROOT', '{"$gt":""}', "'; return true; //", '$where', '{$gt: ""}', '__proto__', '\\u0000']

/** Nothing that a caller sends becomes a part of a question to the server. */
export function injection(shop: DocumentShop): void {
  const count = async () => shop.documents.database.collection('customers').countDocuments()

  describe('injection', () => {
    it.each(operators)('takes %o for no value of a filter', async (value) => {
      for (const filter of ['name = :v', 'name in :v', 'name like :v', '_id = :v', 'balance > :v']) {
        const reply = await shop.api.post('/_table/customers?method=GET', { filter, params: { v: value } })
        const found = reply.status === 200 ? reply.body.resource.length : 0
        expect([200, 400], reply.text).toContain(reply.status)
        expect(found, `${filter} ${reply.text}`).toBe(0)
      }
    })

    it.each(operators)('takes %o for no id and no value of a record', async (value) => {
      const before = await count()
      const byIds = await shop.api.post('/_table/customers?method=GET', { ids: value })
      expect(byIds.status === 200 ? byIds.body.resource : [], byIds.text).toEqual([])
      const byId = await shop.api.get(`/_table/customers/${encodeURIComponent(JSON.stringify(value))}`)
      expect([400, 404]).toContain(byId.status)
      const removed = await shop.api.send('DELETE', '/_table/customers', { ids: value })
      expect([400, 404], removed.text).toContain(removed.status)
      const changed = await shop.api.send('PATCH', '/_table/customers/1', { name: value })
      expect([400, 422], changed.text).toContain(changed.status)
      expect(await count()).toBe(before)
      expect((await shop.api.get('/_table/customers/1')).body.name).toBe('Customer 01')
    })

    it.each(texts)('takes %s for a text', async (text) => {
      const params = { v: text }
      for (const filter of ['name = :v', 'name contains :v', 'name starts with :v']) {
        const reply = await shop.api.post('/_table/customers?method=GET', { filter, params })
        expect(reply.body.resource, reply.text).toEqual([])
      }
      const written = await shop.api.post('/_table/people?fields=name,email', { name: text, email: null })
      expect(written.body.resource?.[0] ?? written.body, written.text).toEqual({ name: text, email: null })
      const found = await shop.api.post('/_table/people?method=GET', { filter: 'name = :v', params, fields: 'name' })
      expect(found.body.resource).toContainEqual({ name: text })
    })

    it.each([
      { filter: "an_object->$where = '1'" },
      { filter: "an_object->'a.b' = '1'" },
      { filter: "an_object->'$expr'->x = '1'" },
      { filter: "$where = '1'" },
      { filter: '"$or" = 1' },
      { order: '$natural' },
      { fields: '$$ROOT' },
      { fields: 'an_object.x' },
      { order: 'an_object->$x' },
    ])('takes no operator for a name: %o', async (parameters) => {
      const reply = await shop.api.get(`/_table/every_type${query(parameters as Record<string, string>)}`)
      expect(reply.status, reply.text).toBe(400)
    })

    it.each([
      { aggregates: [{ function: 'sum', field: '$balance' }] },
      { aggregates: [{ function: '$sum', field: 'balance' }] },
      { aggregates: [{ function: 'count', alias: '$where' }], having: '"$where" > 100000' },
      { aggregates: [{ function: 'count', alias: 'a.b' }], group_by: ['country'], order: '"a.b" desc' },
    ])('takes no operator for a part of an aggregate: %o', async (input) => {
      const reply = await shop.api.post('/_table/customers/_aggregate', input)
      expect([200, 400], reply.text).toContain(reply.status)
      if (reply.status === 200) for (const row of reply.body.resource) expect(Object.values(row)).toContain(20)
    })

    it('answers with no word of the server', async () => {
      for (const parameters of [{ filter: "name regexp '('" }, { filter: "name regexp '[z-a]'" }]) {
        const reply = await shop.api.get(`/_table/customers${query(parameters)}`)
        expect(reply.status, reply.text).toBeGreaterThanOrEqual(400)
        expect(reply.text).not.toMatch(/mongo|regex|pcre|Location|127\.0\.0\.1/i)
      }
    })
  })
}
