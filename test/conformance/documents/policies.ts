import { describe, expect, it } from 'vitest'
import { query } from '../../harness/api.js'
import type { DocumentShop } from './open-documents.js'

export const policyRoles = {
  // Everything in one country, and nothing of others.
  german: {
    grants: [
      {
        service: 'shop',
        resource: '_table/*',
        verbs: ['read', 'create', 'update', 'delete'],
        rows: "country = 'DE'",
      },
      { service: 'shop', resource: '_table/orders', verbs: ['read'] },
    ],
  },
  // By what is related: orders of customers in France.
  french_orders: {
    grants: [
      {
        service: 'shop',
        resource: '_table/orders',
        verbs: ['read', 'update', 'delete'],
        rows: "customers_by_customer_id.country = 'FR'",
      },
      { service: 'shop', resource: '_table/customers', verbs: ['read'] },
    ],
  },
  masked: {
    grants: [
      {
        service: 'shop',
        resource: '_table/customers',
        verbs: ['read'],
        fields: {
          deny: ['balance'],
          mask: { email: 'partial', ssn: 'last4', name: 'redact', country: 'hash', birthday: 'null' },
        },
      },
    ],
  },
  not_open: {
    grants: [
      { service: 'shop', resource: '_table/orders', verbs: ['read'], rows: "not (status = 'open') and not note = 'x'" },
    ],
  },
}

/** Row policies and masks hold in every question and every write. */
export function policies(shop: DocumentShop): void {
  const { transactions } = shop.backend
  const people = () => shop.documents.database.collection('people')
  const german = () => shop.as('german')

  describe('row policies', () => {
    it('narrow lists, records, counts, aggregates and what is related', async () => {
      const list = await german().get('/_table/customers?include_count=true&limit=1')
      expect(list.body.meta.count).toBe(20)
      expect((await german().get('/_table/customers/2')).status).toBe(404)
      const sum = await german().post('/_table/customers/_aggregate', {
        aggregates: [{ function: 'count', alias: 'n' }],
      })
      expect(sum.body.resource).toEqual([{ n: 20 }])
      const order = await german().get('/_table/orders/2?related=customers_by_customer_id&fields=_id')
      expect(order.body).toEqual({ _id: 2, customers_by_customer_id: null })
    })

    it('narrow by what is related', async () => {
      const { body } = await shop.as('french_orders').get('/_table/orders?fields=customer_id&limit=200')
      expect(body.resource).toHaveLength(40)
      expect(new Set(body.resource.map((order: { customer_id: number }) => order.customer_id % 3))).toEqual(
        new Set([2]),
      )
      const path = '/_table/orders/1'
      expect((await shop.as('french_orders').send('PATCH', path, { note: 'x' })).status).toBe(404)
      expect((await shop.as('french_orders').send('DELETE', path)).status).toBe(404)
    })

    it('leave out what they cannot tell, as SQL does', async () => {
      const { body } = await shop.as('not_open').get('/_table/orders?include_count=true&limit=1&filter=note is null')
      expect(body.meta.count).toBe(0)
      const all = await shop.as('not_open').get('/_table/orders?count_only=true')
      expect(all.body.meta?.count ?? all.body).toBe(60)
    })

    it('hold for new records: one that does not meet them is not written', async () => {
      const reply = await german().post('/_table/people', [
        { name: 'P1', country: 'DE' },
        { name: 'P2', country: 'FR' },
        { name: 'P3', country: 'DE' },
      ])
      expect(reply.status, reply.text).toBe(400)
      expect(reply.body.error.context.error).toEqual([1])
      expect(await people().countDocuments({ name: { $in: ['P2', 'P3'] } })).toBe(0)
      expect((await german().post('/_table/people', { name: 'P4' })).status).toBe(403)
      expect((await german().post('/_table/people', { name: 'P5', country: 'DE' })).status).toBe(200)
      expect(await people().countDocuments({ name: 'P4' })).toBe(0)
    })

    it('hold for changed records: none can be moved out, nor taken over', async () => {
      const own = (await german().post('/_table/people', { name: 'Own', country: 'DE' })).body._id
      const foreign = (await shop.api.post('/_table/people', { name: 'Foreign', country: 'FR' })).body._id
      const moved = await german().send('PATCH', `/_table/people/${own}`, { country: 'FR' })
      expect(moved.status, moved.text).toBe(transactions ? 403 : 501)
      expect((await german().send('PATCH', `/_table/people/${own}`, { name: 'Renamed' })).status).toBe(200)
      expect((await german().send('PATCH', `/_table/people/${foreign}`, { country: 'DE' })).status).toBe(
        transactions ? 404 : 404,
      )
      const upsert = await german().post('/_table/people?upsert=true', { _id: foreign, name: 'Taken', country: 'DE' })
      expect(upsert.status, upsert.text).toBe(transactions ? 403 : 501)
      expect((await german().send('DELETE', `/_table/people/${foreign}`)).status).toBe(404)
      expect((await shop.api.get(`/_table/people/${foreign}`)).body).toMatchObject({ name: 'Foreign', country: 'FR' })
      expect((await shop.api.get(`/_table/people/${own}`)).body).toMatchObject({ name: 'Renamed', country: 'DE' })
    })

    it('hold for changes of many: all or nothing', async () => {
      await german().post('/_table/people', [
        { name: 'Many', country: 'DE', balance: 1 },
        { name: 'Many', country: 'DE', balance: 2 },
      ])
      await shop.api.post('/_table/people', { name: 'Many', country: 'FR', balance: 3 })
      const path = `/_table/people${query({ filter: "name = 'Many'" })}`
      const moved = await german().send('PATCH', path, { country: 'FR' })
      expect(moved.status, moved.text).toBe(transactions ? 403 : 501)
      expect(await people().countDocuments({ name: 'Many', country: 'DE' })).toBe(2)
      const changed = await german().send('PATCH', path, { balance: 9 })
      expect(changed.body.resource, changed.text).toHaveLength(2)
      expect((await german().send('DELETE', path)).body.resource).toHaveLength(2)
      expect(await people().countDocuments({ name: 'Many' })).toBe(1)
    })

    it('let an upsert make what meets them', async () => {
      const _id = '65f0c0ffee65f0c0ffee0003'
      const reply = await german().post('/_table/people?upsert=true', { _id, name: 'Made', country: 'DE' })
      expect(reply.status, reply.text).toBe(transactions ? 200 : 501)
      const without = await german().post('/_table/people?upsert=true', {
        _id: '65f0c0ffee65f0c0ffee0004',
        name: 'Made',
      })
      // What the policy asks for is not put into the record.
      expect(without.status, without.text).toBe(transactions ? 403 : 501)
      expect(await people().countDocuments({ name: 'Made' })).toBe(transactions ? 1 : 0)
    })
  })

  describe('masks', () => {
    it('show what they show everywhere', async () => {
      const { body } = await shop.as('masked').get('/_table/customers/1')
      expect(body).toEqual({
        _id: 1,
        name: '***',
        email: 'c***@example.com',
        country: expect.stringMatching(/^[0-9a-f]{64}$/),
        segment: 'consumer',
        active: false,
        birthday: null,
        ssn: '***1000',
      })
      const empty = await shop.as('masked').get('/_table/customers/10?fields=email')
      expect(empty.body).toEqual({ email: null })
    })

    it('hash equal values equally, and never show them', async () => {
      const { body, text } = await shop.as('masked').get('/_table/customers?fields=country')
      expect(new Set(body.resource.map((customer: { country: string }) => customer.country)).size).toBe(3)
      expect(text).not.toContain('"DE"')
      const csv = await shop.as('masked').get('/_table/customers?fields=country', { accept: 'text/csv' })
      expect(csv.text).not.toMatch(/\bDE\b/)
    })

    it.each(["email = 'customer1@example.com'", "ssn starts with '9'", 'balance > 1', "name = 'Customer 01'"])(
      'cannot be looked behind by %s',
      async (filter) => {
        expect((await shop.as('masked').get(`/_table/customers${query({ filter })}`)).status).toBe(400)
      },
    )

    it('of several roles are taken off where one shows the record as it is', async () => {
      const { body } = await shop.as('several').get('/_table/customers?order=_id&limit=3&fields=_id,email,country')
      const hash = expect.stringMatching(/^[0-9a-f]{64}$/)
      expect(body.resource).toEqual([
        { _id: 1, email: 'customer1@example.com', country: 'DE' },
        { _id: 2, email: 'c***@example.com', country: hash },
        { _id: 3, email: 'c***@example.com', country: hash },
      ])
    })
  })
}
