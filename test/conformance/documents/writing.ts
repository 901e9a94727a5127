import { describe, expect, it } from 'vitest'
import { query } from '../../harness/api.js'
import type { DocumentShop } from './open-documents.js'

/** Creating, changing and removing documents, one and many; batches; upsert; concurrency. */
export function writing(shop: DocumentShop): void {
  const { transactions } = shop.backend
  let unique = 0
  const fresh = (over: Record<string, unknown> = {}) => ({
    name: `New ${++unique}`,
    email: `new${unique}@example.org`,
    country: 'XX',
    ...over,
  })
  const create = async (over: Record<string, unknown> = {}): Promise<string> => {
    const reply = await shop.api.post('/_table/people', { resource: [fresh(over)] })
    expect(reply.status, reply.text).toBe(200)
    return reply.body.resource[0]._id
  }
  const find = async (filter: string) => (await shop.api.get(`/_table/people${query({ filter })}`)).body.resource
  const one = async (id: string) => (await shop.api.get(`/_table/people/${id}`)).body
  const keys = (records: readonly { _id: string }[]) => records.map(({ _id }) => _id)

  describe('create', () => {
    it('answers the keys, in order', async () => {
      const records = [fresh(), fresh(), fresh()]
      const reply = await shop.api.post('/_table/people', { resource: records })
      expect(reply.body.resource.every((record: object) => Object.keys(record).join() === '_id')).toBe(true)
      for (const [i, id] of keys(reply.body.resource).entries()) {
        expect(await one(id)).toMatchObject({ name: records[i]?.name })
      }
    })

    it('takes a list, one bare record, and answers whole rows for fields=*', async () => {
      expect((await shop.api.post('/_table/people', [fresh()])).body.resource).toHaveLength(1)
      const bare = await shop.api.post('/_table/people?fields=*', fresh({ balance: 12.5 }))
      const record = bare.body.resource?.[0] ?? bare.body
      expect(record).toMatchObject({ country: 'XX', balance: 12.5, address: null })
    })

    it('takes a key of its own', async () => {
      const _id = '65f0c0ffee65f0c0ffee0001'
      expect((await shop.api.post('/_table/people', fresh({ _id }))).body).toEqual({ _id })
      const again = await shop.api.post('/_table/people', fresh({ _id }))
      expect(again.status).toBe(409)
      expect(again.body.error.hint).toBe('_id')
    })

    it('wants a key where none is made', async () => {
      const reply = await shop.api.post('/_table/tags', { label: 'x' })
      expect([400, 422], reply.text).toContain(reply.status)
    })

    it.each([
      [{ naem: 'x' }, 400],
      [{ name: 'x', balance: 'much' }, 400],
      [{ name: 'x', address: 'a text' }, 422],
      [{ name: null }, 422],
      [{ name: 'x', email: 'taken@example.org' }, 409],
    ])('refuses %o with %i', async (record, status) => {
      if (status === 409) await create({ email: 'taken@example.org' })
      const reply = await shop.api.post('/_table/people', record)
      expect([status, status === 400 ? 422 : status], reply.text).toContain(reply.status)
      expect(reply.body.error.message).not.toMatch(/E11000|mongo|dup key|validation/i)
    })

    it('writes 2,000 records in one call', async () => {
      const rows = Array.from({ length: 2000 }, (_, i) => ({ _id: 1000 + i, label: `bulk ${i}` }))
      const created = await shop.api.post('/_table/tags', rows)
      expect(created.status, created.text.slice(0, 300)).toBe(200)
      expect(created.body.resource).toHaveLength(2000)
      const removed = await shop.api.send('DELETE', `/_table/tags${query({ filter: "label starts with 'bulk'" })}`)
      expect(removed.body.resource).toHaveLength(2000)
    })

    it('repeats the answer for a repeated Idempotency-Key', async () => {
      const record = fresh()
      const headers = { 'idempotency-key': `key-${Math.random()}` }
      const first = await shop.api.post('/_table/people', record, headers)
      expect((await shop.api.post('/_table/people', record, headers)).body).toEqual(first.body)
      expect(await find(`name = '${record.name}'`)).toHaveLength(1)
    })
  })

  describe('update and replace', () => {
    it('changes one record by id and leaves the rest of it', async () => {
      const id = await create({ balance: 5 })
      const reply = await shop.api.send('PATCH', `/_table/people/${id}`, { country: 'ZZ' })
      expect(reply.body, reply.text).toEqual({ _id: id })
      expect(await one(id)).toMatchObject({ country: 'ZZ', balance: 5 })
    })

    it('replaces one record: what is left out is no longer there', async () => {
      const id = await create({ balance: 5 })
      const reply = await shop.api.send('PUT', `/_table/people/${id}`, { name: 'Replaced' })
      expect(reply.status, reply.text).toBe(200)
      expect(await one(id)).toEqual({
        _id: id,
        name: 'Replaced',
        email: null,
        country: null,
        balance: null,
        address: null,
      })
      const stored = await shop.documents.database.collection('people').findOne({ name: 'Replaced' })
      expect(Object.keys(stored ?? {})).toEqual(['_id', 'name'])
    })

    it('changes many by ids, by filter, and by records with their keys', async () => {
      const [a, b, c] = [await create(), await create(), await create()]
      const byIds = await shop.api.send('PATCH', `/_table/people?ids=${a},${b}`, { resource: [{ country: 'I1' }] })
      expect(byIds.body.resource, byIds.text).toEqual([{ _id: a }, { _id: b }])
      const byFilter = await shop.api.send('PATCH', `/_table/people${query({ filter: "country = 'I1'" })}`, {
        country: 'I2',
      })
      expect(byFilter.body.resource).toHaveLength(2)
      const byRecords = await shop.api.send('PATCH', '/_table/people?fields=_id,country', [
        { _id: c, country: 'I3' },
        { _id: a, country: 'I4' },
      ])
      expect(byRecords.body.resource, byRecords.text).toEqual([
        { _id: c, country: 'I3' },
        { _id: a, country: 'I4' },
      ])
      expect((await one(b)).country).toBe('I2')
    })

    it('keeps the key as it is', async () => {
      const [a, b] = [await create({ country: 'K1' }), await create()]
      const reply = await shop.api.send('PATCH', `/_table/people${query({ filter: "country = 'K1'" })}`, { _id: b })
      expect(reply.status, reply.text).toBe(400)
      expect(await one(a)).toMatchObject({ country: 'K1' })
    })

    it('changes nothing when more than max_affected would be touched', async () => {
      for (let i = 0; i < 4; i++) await create({ country: 'MA' })
      const path = `/_table/people${query({ filter: "country = 'MA'", max_affected: 3 })}`
      expect((await shop.api.send('PATCH', path, { country: 'MB' })).status).toBe(400)
      expect((await shop.api.send('DELETE', path)).status).toBe(400)
      expect(await find("country = 'MA'")).toHaveLength(4)
    })

    it('is 404 for a record that is not there', async () => {
      const nobody = '000000000000000000000000'
      expect((await shop.api.send('PATCH', `/_table/people/${nobody}`, { country: 'X' })).status).toBe(404)
      expect((await shop.api.send('DELETE', `/_table/people/${nobody}`)).status).toBe(404)
    })

    it('honours If-Match', async () => {
      const id = await create({ address: { city: 'A' } })
      const path = `/_table/people/${id}`
      const etag = (await shop.api.get(path)).headers.get('etag') ?? ''
      const first = await shop.api.send('PATCH', path, { country: 'E1' }, { 'if-match': etag })
      expect(first.status, first.text).toBe(200)
      expect((await shop.api.send('PATCH', path, { country: 'E2' }, { 'if-match': etag })).status).toBe(412)
      expect((await one(id)).country).toBe('E1')
      expect((await shop.api.send('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412)
      expect((await shop.api.send('DELETE', path, undefined, { 'if-match': '*' })).status).toBe(200)
    })

    it('lets one of two that read the same change it', async () => {
      const id = await create()
      const path = `/_table/people/${id}`
      const etag = (await shop.api.get(path)).headers.get('etag') ?? ''
      const replies = await Promise.all(
        Array.from({ length: 6 }, (_, i) => shop.api.send('PATCH', path, { country: `R${i}` }, { 'if-match': etag })),
      )
      expect(replies.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1)
      for (const { status } of replies) expect([200, 409, 412]).toContain(status)
    })
  })

  describe('delete', () => {
    it('removes by id, ids, filter, and keys in the body, and answers what was there', async () => {
      const ids = [await create(), await create({ country: 'D1' }), await create({ country: 'D1' }), await create()]
      const last = await create({ name: 'Last' })
      expect((await shop.api.send('DELETE', `/_table/people/${ids[0]}`)).body).toEqual({ _id: ids[0] })
      const byFilter = await shop.api.send('DELETE', `/_table/people${query({ filter: "country = 'D1'" })}`)
      expect(byFilter.body.resource).toHaveLength(2)
      expect((await shop.api.send('DELETE', `/_table/people?ids=${ids[3]}`)).body.resource).toEqual([{ _id: ids[3] }])
      const gone = await shop.api.send('DELETE', '/_table/people?fields=name', { resource: [{ _id: last }] })
      expect(gone.body.resource).toEqual([{ name: 'Last' }])
      expect(await find(`_id in (${[...ids, last].map((id) => `'${id}'`).join()})`)).toEqual([])
    })

    it('wants to know which records', async () => {
      for (const method of ['PATCH', 'PUT', 'DELETE']) {
        const body = method === 'DELETE' ? undefined : { name: 'All' }
        expect((await shop.api.send(method, '/_table/people', body)).status).toBe(400)
      }
    })
  })

  describe('batches', () => {
    const batch = async () => {
      await create({ email: `batch${unique}@example.org` })
      return [fresh(), fresh({ email: `batch${unique - 2}@example.org` }), fresh()]
    }
    const written = async (records: { name: string }[]) =>
      (await find(`name in (${records.map((record) => `'${record.name}'`).join()})`)).length

    it('stop at the first failure and leave the earlier records', async () => {
      const records = await batch()
      const reply = await shop.api.post('/_table/people', { resource: records })
      expect(reply.status, reply.text).toBe(400)
      expect(reply.body.error).toMatchObject({ code: 1000, status_code: 400, context: { error: [1] } })
      expect(reply.body.error.context.resource[0]._id).toBeTypeOf('string')
      expect(await written(records)).toBe(1)
    })

    it('go on with continue=true', async () => {
      const records = await batch()
      const reply = await shop.api.post('/_table/people?continue=true', { resource: records })
      expect(reply.body.error.context.error, reply.text).toEqual([1])
      expect(reply.body.error.context.resource).toHaveLength(3)
      expect(await written(records)).toBe(2)
    })

    it('write nothing with rollback=true, or refuse it where nothing can be rolled back', async () => {
      const records = await batch()
      const reply = await shop.api.post('/_table/people?rollback=true', { resource: records })
      if (transactions) expect(reply.body.error.context.error, reply.text).toEqual([1])
      else {
        expect(reply.status, reply.text).toBe(501)
        expect(reply.body.error.hint).toContain('replica set')
      }
      expect(await written(records)).toBe(0)
    })

    it('hold for updates and deletes too', async () => {
      const [a, b] = [await create(), await create()]
      const nobody = '000000000000000000000000'
      const update = await shop.api.send('PATCH', '/_table/people?continue=true', [
        { _id: a, country: 'B1' },
        { _id: nobody, country: 'B1' },
        { _id: b, country: 'B1' },
      ])
      expect(update.body.error.context.error, update.text).toEqual([1])
      expect(await find("country = 'B1'")).toHaveLength(2)
      const remove = await shop.api.send('DELETE', `/_table/people?rollback=true&ids=${a},${nobody},${b}`)
      if (transactions) expect(remove.body.error.context.error, remove.text).toEqual([1])
      else expect(remove.status).toBe(501)
      expect(await find("country = 'B1'")).toHaveLength(2)
    })

    it('say which change the database refused', async () => {
      const taken = `one${unique}@example.org`
      await create({ email: taken })
      const ids = [await create(), await create(), await create()]
      const changes = ids.map((_id, i) => (i === 1 ? { _id, email: taken } : { _id, country: `C${unique}` }))
      const before = `country = 'C${unique}'`
      const all = await shop.api.send('PATCH', '/_table/people?rollback=true', changes)
      if (transactions) {
        expect(all.status, all.text).toBe(400)
        expect(all.body.error.context.error).toEqual([1])
        expect(JSON.stringify(all.body.error.context.resource[1])).toContain('A record with the same value exists')
      } else expect(all.status).toBe(501)
      expect(await find(before)).toHaveLength(0)
      const rest = await shop.api.send('PATCH', '/_table/people?continue=true', changes)
      expect(rest.body.error.context.error, rest.text).toEqual([1])
      expect(await find(before)).toHaveLength(2)
    })

    it('of upserts say so too', async () => {
      const taken = `two${unique}@example.org`
      await create({ email: taken })
      const numbered = (n: number) => ({ _id: `65f0c0ffee65f0c0ffee010${n}` })
      const records = [fresh(numbered(1)), fresh({ ...numbered(2), email: taken }), fresh(numbered(3))]
      const reply = await shop.api.post('/_table/people?upsert=true&continue=true', records)
      expect(reply.body.error.context.error, reply.text).toEqual([1])
      expect(await written(records)).toBe(2)
    })

    it('are written whole with rollback=true where nothing fails', async () => {
      const records = [fresh(), fresh()]
      const reply = await shop.api.post('/_table/people?rollback=true', { resource: records })
      expect(reply.status, reply.text).toBe(transactions ? 200 : 501)
      expect(await written(records)).toBe(transactions ? 2 : 0)
    })
  })

  describe('upsert', () => {
    it('inserts what is new and updates what is there', async () => {
      const id = await create({ country: 'U1', balance: 7 })
      const other = '65f0c0ffee65f0c0ffee0002'
      const reply = await shop.api.post('/_table/people?upsert=true&fields=_id,country', [
        { _id: id, name: 'Upserted', country: 'U2' },
        { _id: other, name: 'Upserted', country: 'U2' },
      ])
      expect(reply.status, reply.text).toBe(200)
      expect(reply.body.resource).toEqual([
        { _id: id, country: 'U2' },
        { _id: other, country: 'U2' },
      ])
      expect(await one(id)).toMatchObject({ name: 'Upserted', balance: 7 })
      expect(await find("name = 'Upserted'")).toHaveLength(2)
    })
  })

  describe('dry run', () => {
    it('touches nothing, for each verb, or is refused where nothing can be rolled back', async () => {
      const id = await create({ country: 'DR' })
      expect((await shop.api.get('/_table/people?dry_run=true')).body.dry_run).toBe(true)
      const calls = [
        await shop.api.post('/_table/people?dry_run=true', [fresh({ country: 'DR' })]),
        await shop.api.send('PATCH', `/_table/people/${id}?dry_run=true`, { country: 'DS' }),
        await shop.api.send('DELETE', `/_table/people?dry_run=true&ids=${id}`),
      ]
      for (const reply of calls) expect(reply.status, reply.text).toBe(transactions ? 200 : 501)
      if (transactions) expect(calls[2]?.body).toMatchObject({ dry_run: true, affected: 1 })
      expect(await find("country = 'DR'")).toHaveLength(1)
    })
  })
}
