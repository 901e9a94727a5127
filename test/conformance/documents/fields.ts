import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'mongodb'
import { describe, expect, it } from 'vitest'
import type { DocumentShop } from './open-documents.js'

/** What is found out about documents that nobody declares, and what the catalog says of those that are declared. */
export function fields(shop: DocumentShop): void {
  const refresh = async () => {
    const reply = await shop.gateway.api().post('/system/services/shop/_refresh')
    expect(reply.status, reply.text).toBe(200)
  }
  const described = async (table: string) => {
    const { body } = await shop.api.get(`/_schema/${table}/_field`)
    return body.resource.map((field: Record<string, unknown>) => [field.name, field.type, field.db_type])
  }

  describe('fields', () => {
    it('are found in the documents, with every kind of value and what is nested', async () => {
      await shop.documents.database.collection('found').insertMany([
        {
          _id: 'a' as unknown as ObjectId,
          int: new Int32(1),
          number: new Int32(1),
          long: Long.fromNumber(1),
          decimal: Decimal128.fromString('1'),
          text: 'x',
          flag: true,
          at: new Date(),
          uuid: new UUID(),
          bytes: new Binary(Buffer.from('x')),
          reference: new ObjectId(),
          nested: { city: 'Berlin', deep: { owner: new ObjectId() } },
          list: ['a', 'b'],
          mixed: 1,
        },
        { _id: 'b' as unknown as ObjectId, number: new Double(1.5), mixed: 'x', text: null, rare: true },
        { _id: 'c' as unknown as ObjectId, 'a.point': 1, nested: { city: 'Bonn', zip: new Int32(1) } },
      ])
      await refresh()
      expect(await described('found')).toEqual([
        ['_id', 'text', 'string'],
        ['int', 'integer', 'int'],
        ['number', 'float', 'double | int'],
        ['long', 'bigint', 'long'],
        ['decimal', 'decimal', 'decimal'],
        ['text', 'text', 'string'],
        ['flag', 'boolean', 'bool'],
        ['at', 'datetimetz', 'date'],
        ['uuid', 'uuid', 'uuid'],
        ['bytes', 'binary', 'binData'],
        ['reference', 'text', 'objectId'],
        ['nested', 'json', 'object {city: string, deep: object {owner: objectId}, zip: int}'],
        ['list', 'array', 'array<string>'],
        ['mixed', 'json', 'int | string'],
        ['rare', 'boolean', 'bool'],
      ])
      const { body } = await shop.api.get('/_table/found?order=_id&fields=_id,number,mixed')
      expect(body.resource).toEqual([
        { _id: 'a', number: 1, mixed: 1 },
        { _id: 'b', number: 1.5, mixed: 'x' },
        { _id: 'c', number: null, mixed: null },
      ])
    })

    it('are those that a validator declares, where it declares some', async () => {
      const schema = (await shop.api.get('/_schema/customers')).body
      expect(schema.primary_key).toEqual(['_id'])
      const { resource } = (await shop.api.get('/_schema/customers/_field')).body
      const field = (name: string) => resource.find((one: { name: string }) => one.name === name)
      expect(field('name')).toMatchObject({ type: 'text', length: 100, allow_null: false })
      expect(field('segment')).toMatchObject({ values: ['consumer', 'smb', 'enterprise'], allow_null: true })
      expect(field('_id')).toMatchObject({ type: 'integer', is_primary_key: true })
    })

    it('of a view are read and never written', async () => {
      await refresh()
      const reply = await shop.api.get('/_table/customer_names?limit=1&order=_id')
      expect(reply.body.resource).toEqual([{ _id: 2, name: 'Customer 02' }])
      expect((await shop.api.post('/_table/customer_names', [{ _id: 1, name: 'x' }])).status).toBe(405)
    })

    it('that are keys may be of several kinds in one collection', async () => {
      const reference = '65f0c0ffee65f0c0ffee0009'
      const ids = ['word', new ObjectId(reference), new Int32(7), Long.fromNumber(8)]
      await shop.documents.database
        .collection('several_kinds')
        .insertMany(ids.map((_id) => ({ _id: _id as unknown as ObjectId, text: String(_id) })))
      await refresh()
      for (const id of ['word', reference, '7', '8']) {
        const reply = await shop.api.get(`/_table/several_kinds/${id}`)
        expect(reply.body, reply.text).toMatchObject({ text: id })
        const changed = await shop.api.send('PATCH', `/_table/several_kinds/${id}`, { text: `new ${id}` })
        expect(changed.status, changed.text).toBe(200)
      }
      const { body } = await shop.api.get('/_table/several_kinds?fields=text&limit=2')
      expect(body.resource).toHaveLength(2)
      expect(body.meta.next).toBe(2)
      expect(
        await shop.documents.database.collection('several_kinds').countDocuments({ text: { $regex: '^new' } }),
      ).toBe(4)
    })

    it('go with their collection', async () => {
      await shop.documents.database.createCollection('added_later')
      await refresh()
      expect((await shop.api.get('/_table/added_later')).body.resource).toEqual([])
      const created = await shop.api.post('/_table/added_later', {})
      expect(created.status, created.text).toBe(200)
      await shop.documents.database.dropCollection('added_later')
      await refresh()
      expect((await shop.api.get('/_table/added_later')).status).toBe(404)
    })

    it('offer no routines', async () => {
      expect((await shop.api.get('/_proc')).status).toBe(404)
      expect((await shop.api.post('/_func/anything')).status).toBe(404)
    })
  })
}
