import { describe, expect, it } from 'vitest'
import { query } from '../harness/api.js'
import type { Shop } from './open-shop.js'

/** Creating, changing and removing records, one and many; batches; upsert; concurrency. */
export function writing(shop: Shop): void {
  let unique = 0
  const fresh = (over: Record<string, unknown> = {}) => ({
    name: `New ${++unique}`,
    email: `new${unique}@example.org`,
    country: 'XX',
    ...over,
  })
  const create = async (over: Record<string, unknown> = {}): Promise<number> => {
    const reply = await shop.api.post('/_table/customers', { resource: [fresh(over)] })
    expect(reply.status, reply.text).toBe(200)
    return reply.body.resource[0].id
  }
  const find = async (filter: string) => (await shop.api.get(`/_table/customers${query({ filter })}`)).body.resource
  const one = async (id: number) => (await shop.api.get(`/_table/customers/${id}`)).body

  describe('create', () => {
    it('answers the keys, in order', async () => {
      const reply = await shop.api.post('/_table/customers', { resource: [fresh(), fresh(), fresh()] })
      const keys = reply.body.resource.map((r: { id: number }) => r.id)
      expect(reply.body.resource.every((r: object) => Object.keys(r).join() === 'id')).toBe(true)
      expect([...keys].sort((a, b) => a - b)).toEqual(keys)
    })

    it('takes a list, one bare record, and answers whole rows for fields=*', async () => {
      expect((await shop.api.post('/_table/customers', [fresh()])).body.resource).toHaveLength(1)
      const bare = await shop.api.post('/_table/customers?fields=*', fresh({ balance: 12.5 }))
      const record = bare.body.resource?.[0] ?? bare.body
      expect(record).toMatchObject({ country: 'XX', balance: 12.5, active: true, segment: null })
    })

    it('writes defaults for what a record leaves out, in a list of different records', async () => {
      const reply = await shop.api.post('/_table/customers?fields=name,country,active', [
        { name: 'Default A', email: 'da@example.org' },
        { name: 'Default B', email: 'db@example.org', country: 'YY', active: false },
      ])
      expect(reply.body.resource).toEqual([
        { name: 'Default A', country: 'DE', active: true },
        { name: 'Default B', country: 'YY', active: false },
      ])
    })

    it.each([
      [{ naem: 'x' }, 400],
      [{ name: 'x', balance: 'much' }, 400],
      [{ name: 'x', active: 'perhaps' }, 400],
      [{ name: 'x', birthday: '2026-13-01' }, 400],
      [{ name: null }, 422],
      [{ name: 'x', segment: 'none' }, 400],
      [{ name: 'x', email: 'customer1@example.com' }, 409],
    ])('refuses %o with %i', async (record, status) => {
      const reply = await shop.api.post('/_table/customers', record)
      expect([status, status === 400 ? 422 : status]).toContain(reply.status)
      expect(reply.body.error.message).not.toMatch(/insert|sqlite|syntax|duplicate entry|violates/i)
    })

    it('says which columns are meant where a value is missing or there already', async () => {
      const missing = await shop.api.post('/_table/order_items', {
        order_id: 1,
        line_no: 77,
        product: null,
        quantity: 1,
        price: 1,
      })
      expect(missing.status, missing.text).toBe(422)
      expect(missing.body.error.hint).toMatch(/product/)
      const tag = { label: `twice ${++unique}` }
      expect((await shop.api.post('/_table/tags', tag)).status).toBe(200)
      const there = await shop.api.post('/_table/tags', tag)
      expect(there.status, there.text).toBe(409)
      expect(there.body.error).toMatchObject({ hint: 'Must be unique: label', context: { columns: ['label'] } })
    })

    it('refuses a reference to nothing as a conflict', async () => {
      const reply = await shop.api.post('/_table/orders', { customer_id: 999_999 })
      expect(reply.status, reply.text).toBe(409)
    })

    it('writes 2,000 records in one call', async () => {
      const rows = Array.from({ length: 2000 }, (_, i) => ({ happened: `bulk ${i}`, weight: i }))
      const reply = await shop.api.post('/_table/journal', { resource: rows })
      // A table without a key cannot tell what was inserted where the database has no RETURNING.
      expect([200, 501]).toContain(reply.status)
      const tagged = await shop.api.post(
        '/_table/tags',
        rows.map((r) => ({ label: r.happened })),
      )
      expect(tagged.status, tagged.text.slice(0, 300)).toBe(200)
      expect(tagged.body.resource).toHaveLength(2000)
      expect(
        (await shop.api.send('DELETE', `/_table/tags${query({ filter: "label starts with 'bulk'" })}`)).body.resource,
      ).toHaveLength(2000)
    })

    it('repeats the answer for a repeated Idempotency-Key', async () => {
      const record = fresh()
      const headers = { 'idempotency-key': `key-${Math.random()}` }
      const first = await shop.api.post('/_table/customers', record, headers)
      const second = await shop.api.post('/_table/customers', record, headers)
      expect(second.status, second.text).toBe(200)
      expect(second.body).toEqual(first.body)
      expect(await find(`name = '${record.name}'`)).toHaveLength(1)
      expect((await shop.api.post('/_table/customers', fresh(), headers)).status).toBe(422)
    })
  })

  describe('update and replace', () => {
    it('changes one record by id and leaves the rest of it', async () => {
      const id = await create({ balance: 5 })
      const reply = await shop.api.send('PATCH', `/_table/customers/${id}`, { country: 'ZZ' })
      expect(reply.status, reply.text).toBe(200)
      expect(await one(id)).toMatchObject({ country: 'ZZ', balance: 5 })
    })

    it('replaces one record: what is left out goes back to its default', async () => {
      const id = await create({ balance: 5, country: 'YY', birthday: '1990-01-01' })
      const reply = await shop.api.send('PUT', `/_table/customers/${id}`, { name: 'Replaced' })
      expect(reply.status, reply.text).toBe(200)
      expect(await one(id)).toMatchObject({
        name: 'Replaced',
        balance: null,
        country: 'DE',
        birthday: null,
        active: true,
      })
    })

    it('changes many by ids, by filter, and by records with their keys', async () => {
      const [a, b, c] = [await create(), await create(), await create()]
      const byIds = await shop.api.send('PATCH', `/_table/customers?ids=${a},${b}`, { resource: [{ country: 'I1' }] })
      expect(byIds.body.resource).toEqual([{ id: a }, { id: b }])
      const byFilter = await shop.api.send('PATCH', `/_table/customers${query({ filter: "country = 'I1'" })}`, {
        country: 'I2',
      })
      expect(byFilter.body.resource).toHaveLength(2)
      const byRecords = await shop.api.send('PATCH', '/_table/customers?fields=id,country', [
        { id: c, country: 'I3' },
        { id: a, country: 'I4' },
      ])
      expect(byRecords.body.resource).toEqual([
        { id: c, country: 'I3' },
        { id: a, country: 'I4' },
      ])
      expect((await one(b)).country).toBe('I2')
    })

    it('wants to know which records, and force for all of them', async () => {
      for (const method of ['PATCH', 'PUT', 'DELETE']) {
        const reply = await shop.api.send(
          method,
          '/_table/employees',
          method === 'DELETE' ? undefined : { name: 'All' },
        )
        expect(reply.status, reply.text).toBe(400)
      }
      const forced = await shop.api.send('PATCH', '/_table/employees?force=true', { name: 'All' })
      expect(forced.body.resource).toHaveLength(4)
    })

    it('changes nothing when more than max_affected would be touched', async () => {
      const reply = await shop.api.send(
        'PATCH',
        `/_table/customers${query({ filter: "country = 'FR'", max_affected: 3 })}`,
        { segment: 'smb' },
      )
      expect(reply.status, reply.text).toBe(400)
      expect(await find("country = 'FR' and segment = 'smb'")).not.toHaveLength(20)
    })

    it('is 404 for a record that is not there', async () => {
      expect((await shop.api.send('PATCH', '/_table/customers/999999', { country: 'X' })).status).toBe(404)
      expect((await shop.api.send('DELETE', '/_table/customers/999999')).status).toBe(404)
    })

    it('honours If-Match', async () => {
      const id = await create()
      const etag = (await shop.api.get(`/_table/customers/${id}`)).headers.get('etag') ?? ''
      const first = await shop.api.send('PATCH', `/_table/customers/${id}`, { country: 'E1' }, { 'if-match': etag })
      expect(first.status, first.text).toBe(200)
      const second = await shop.api.send('PATCH', `/_table/customers/${id}`, { country: 'E2' }, { 'if-match': etag })
      expect(second.status).toBe(412)
      expect((await one(id)).country).toBe('E1')
      expect((await shop.api.send('DELETE', `/_table/customers/${id}`, undefined, { 'if-match': etag })).status).toBe(
        412,
      )
      expect((await shop.api.send('DELETE', `/_table/customers/${id}`, undefined, { 'if-match': '*' })).status).toBe(
        200,
      )
    })
  })

  describe('delete', () => {
    it('removes by id, ids, filter, and keys in the body', async () => {
      const ids = await Promise.all([
        create(),
        create({ country: 'D1' }),
        create({ country: 'D1' }),
        create(),
        create(),
      ])
      expect((await shop.api.send('DELETE', `/_table/customers/${ids[0]}`)).body).toEqual({ id: ids[0] })
      expect(
        (await shop.api.send('DELETE', `/_table/customers${query({ filter: "country = 'D1'" })}`)).body.resource,
      ).toHaveLength(2)
      expect((await shop.api.send('DELETE', `/_table/customers?ids=${ids[3]}`)).body.resource).toEqual([{ id: ids[3] }])
      expect(
        (await shop.api.send('DELETE', '/_table/customers', { resource: [{ id: ids[4] }] })).body.resource,
      ).toEqual([{ id: ids[4] }])
      expect(await find(`id in (${ids.join()})`)).toEqual([])
    })

    it('refuses to orphan rows as a conflict', async () => {
      expect((await shop.api.send('DELETE', '/_table/customers/1')).status).toBe(409)
    })
  })

  describe('batches', () => {
    const batch = () => [fresh(), fresh({ email: 'customer1@example.com' }), fresh()]
    const written = async (records: { name: string }[]) =>
      (await find(`name in (${records.map((r) => `'${r.name}'`).join()})`)).length

    it('stop at the first failure and leave the earlier records', async () => {
      const records = batch()
      const reply = await shop.api.post('/_table/customers', { resource: records })
      expect(reply.status).toBe(400)
      expect(reply.body.error).toMatchObject({ code: 1000, status_code: 400 })
      expect(reply.body.error.context.error).toEqual([1])
      expect(reply.body.error.context.resource[0].id).toBeTypeOf('number')
      expect(await written(records)).toBe(1)
    })

    it('go on with continue=true', async () => {
      const records = batch()
      const reply = await shop.api.post('/_table/customers?continue=true', { resource: records })
      expect(reply.body.error.context.error).toEqual([1])
      expect(reply.body.error.context.resource).toHaveLength(3)
      expect(await written(records)).toBe(2)
    })

    it('go on past records that cannot be read with continue=true, and tell of all in their places', async () => {
      const [first = fresh(), second, third = fresh()] = batch()
      const records = [{ ...first, active: 'perhaps' }, first, { ...first, no_such: 1 }, second, third]
      const reply = await shop.api.post('/_table/customers?continue=true', { resource: records })
      expect(reply.status).toBe(400)
      const { error, resource } = reply.body.error.context
      expect(error).toEqual([0, 2, 3])
      expect(resource.map((one: { id?: number }) => typeof one.id)).toEqual([
        'undefined',
        'number',
        'undefined',
        'undefined',
        'number',
      ])
      expect(resource[0]).toMatchObject({ status_code: 400, message: expect.stringContaining('active') })
      expect(resource[2]).toMatchObject({ status_code: 400, message: expect.stringContaining('no_such') })
      expect(await written([first, third])).toBe(2)

      const none = await shop.api.post('/_table/customers?continue=true', [{ ...first, active: 'perhaps' }])
      expect(none.body.error.context.error).toEqual([0])
      const [a, b] = [await create(), await create()]
      const update = await shop.api.send('PATCH', '/_table/customers?continue=true', [
        { id: a, country: 'C1' },
        { id: 'x', country: 'C1' },
        { id: b, active: [] },
      ])
      expect(update.body.error.context.error).toEqual([1, 2])
      expect(await find("country = 'C1'")).toHaveLength(1)
      const remove = await shop.api.send('DELETE', '/_table/customers?continue=true', {
        resource: [{ id: 'x' }, { id: b }],
      })
      expect(remove.body.error.context).toMatchObject({ error: [0], resource: [{ status_code: 400 }, { id: b }] })
      expect(await find(`id in (${a}, ${b})`)).toHaveLength(1)
    })

    it('write nothing with rollback=true', async () => {
      const records = batch()
      const reply = await shop.api.post('/_table/customers?rollback=true', { resource: records })
      expect(reply.body.error.context.error).toEqual([1])
      expect(await written(records)).toBe(0)
      expect((await shop.api.post('/_table/customers?rollback=true&continue=true', { resource: records })).status).toBe(
        400,
      )
    })

    it('hold for updates and deletes too', async () => {
      const [a, b] = [await create(), await create()]
      const update = await shop.api.send('PATCH', '/_table/customers?continue=true', [
        { id: a, country: 'B1' },
        { id: 999_999, country: 'B1' },
        { id: b, country: 'B1' },
      ])
      expect(update.body.error.context.error).toEqual([1])
      expect(await find("country = 'B1'")).toHaveLength(2)
      const remove = await shop.api.send('DELETE', `/_table/customers?rollback=true&ids=${a},999999,${b}`)
      expect(remove.body.error.context.error).toEqual([1])
      expect(await find("country = 'B1'")).toHaveLength(2)
    })
  })

  describe('upsert', () => {
    it('inserts what is new and updates what is there, in one statement', async () => {
      const id = await create({ country: 'U1' })
      const reply = await shop.api.post('/_table/customers?upsert=true&fields=id,country', [
        { id, name: 'Upserted', country: 'U2' },
        { id: id + 5000, name: 'Upserted', country: 'U2' },
      ])
      expect(reply.status, reply.text).toBe(200)
      expect(reply.body.resource).toEqual([
        { id, country: 'U2' },
        { id: id + 5000, country: 'U2' },
      ])
      expect(await find("name = 'Upserted'")).toHaveLength(2)
    })

    it('works on composite keys', async () => {
      const item = { order_id: 1, line_no: 9, product: 'A', quantity: 1, price: 1 }
      for (const quantity of [1, 2]) {
        expect((await shop.api.post('/_table/order_items?upsert=true', [{ ...item, quantity }])).status).toBe(200)
      }
      expect((await shop.api.get('/_table/order_items/1,9?fields=quantity')).body).toEqual({ quantity: 2 })
      expect((await shop.api.send('DELETE', '/_table/order_items/1,9')).status).toBe(200)
    })
  })

  describe('dry run', () => {
    it('touches nothing, for each verb', async () => {
      const id = await create({ country: 'DR' })
      const calls = [
        await shop.api.get('/_table/customers?dry_run=true'),
        await shop.api.post('/_table/customers?dry_run=true', [fresh({ country: 'DR' })]),
        await shop.api.send('PATCH', `/_table/customers/${id}?dry_run=true`, { country: 'DS' }),
        await shop.api.send('DELETE', `/_table/customers?dry_run=true&ids=${id}`),
      ]
      for (const reply of calls) {
        expect(reply.status, reply.text).toBe(200)
        expect(reply.body.dry_run).toBe(true)
      }
      expect(calls[3]?.body.affected).toBe(1)
      expect(await find("country = 'DR'")).toHaveLength(1)
    })
  })
}
