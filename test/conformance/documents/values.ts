import { Decimal128, Long, ObjectId, UUID } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { query } from '../../harness/api.js'
import type { DocumentShop } from './open-documents.js'

const reference = '65f0c0ffee65f0c0ffee65f0'

/** What is sent for a column, and the exact JSON text that must come back: that of every other database. */
const roundTrips: readonly (readonly [column: string, sent: string, back: string])[] = [
  ['a_boolean', 'true', 'true'],
  ['a_boolean', 'false', 'false'],
  ['an_integer', '-2147483648', '-2147483648'],
  ['a_bigint', '9223372036854775807', '9223372036854775807'],
  ['a_bigint', '-9223372036854775808', '-9223372036854775808'],
  ['a_bigint', '"9007199254740993"', '9007199254740993'],
  ['a_decimal', '123456789012345678901234.0123456789', '123456789012345678901234.0123456789'],
  ['a_decimal', '"-0.0000000001"', '-0.0000000001'],
  ['a_decimal', '10.50', '10.5'],
  ['a_decimal', '"1e3"', '1000'],
  ['a_float', '0.1', '0.1'],
  ['a_float', '1.7976931348623157e308', '1.7976931348623157e+308'],
  ['a_float', '-2.5', '-2.5'],
  ['a_text', '""', '""'],
  ['a_text', '"Grüße, \\"世界\\" 👩‍👩‍👧 \\\\ \\u0001 \\n\\t/"', '"Grüße, \\"世界\\" 👩‍👩‍👧 \\\\ \\u0001 \\n\\t/"'],
  ['a_text', '"$where"', '"$where"'],
  ['a_datetimetz', '"2026-01-31T13:59:59.5+02:00"', '"2026-01-31T11:59:59.5Z"'],
  ['a_datetimetz', '"2026-01-31T00:00:00Z"', '"2026-01-31T00:00:00Z"'],
  ['a_datetimetz', '"1969-12-31T23:59:59.123456Z"', '"1969-12-31T23:59:59.123Z"'],
  ['a_binary', '"AAH/gA=="', '"AAH/gA=="'],
  ['a_binary', '""', '""'],
  ['a_reference', `"${reference.toUpperCase()}"`, `"${reference}"`],
  ['an_object', '{"a":[1,2.5,"x",null,true],"b":{"ü":"👍"}}', '{"a":[1,2.5,"x",null,true],"b":{"ü":"👍"}}'],
  [
    'an_object',
    '{"big":9007199254740993,"exact":1234567890.0123456789}',
    '{"big":9007199254740993,"exact":1234567890.0123456789}',
  ],
  ['an_object', '{"__proto__":{"a":1},"constructor":2}', '{"__proto__":{"a":1},"constructor":2}'],
  ['an_array', '[1,"b",{"c":[]}]', '[1,"b",{"c":[]}]'],
]

/** Every kind of value, there and back; what documents alone have. */
export function values(shop: DocumentShop): void {
  const write = async (column: string, sent: string): Promise<string> => {
    const reply = await shop.api.post('/_table/every_type', `{"${column}": ${sent}}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body._id
  }
  const stored = async (id: string) =>
    shop.documents.database
      .collection('every_type')
      .findOne({ _id: new ObjectId(id) }, { promoteLongs: false, promoteBuffers: false })

  describe('values', () => {
    it.each(roundTrips)('%s: %s comes back as %s', async (column, sent, back) => {
      const id = await write(column, sent)
      expect(id).toMatch(/^[0-9a-f]{24}$/)
      const { text } = await shop.api.get(`/_table/every_type/${id}?fields=${column}`)
      expect(text).toBe(`{"${column}":${back}}`)
      const nulls = await shop.api.get(`/_table/every_type/${id}`)
      expect(Object.values(nulls.body).filter((value) => value === null)).toHaveLength(10)
    })

    const compared = ['a_boolean', 'an_integer', 'a_bigint', 'a_decimal', 'a_text', 'a_datetimetz', 'a_reference']
    it.each(roundTrips.filter(([column]) => compared.includes(column)))(
      '%s: %s is found again by a filter',
      async (column, sent, back) => {
        const id = await write(column, sent)
        const reply = await shop.api.post(
          '/_table/every_type?method=GET',
          `{"filter":"${column} = :v and _id = '${id}'","params":{"v": ${sent}},"fields":"${column}"}`,
        )
        expect(reply.text).toContain(`{"${column}":${back}}`)
      },
    )

    it('are stored as what they are', async () => {
      const at = async (column: string, sent: string) => (await stored(await write(column, sent)))?.[column]
      expect(await at('a_bigint', '5')).toEqual(Long.fromNumber(5))
      expect(await at('a_decimal', '5')).toEqual(Decimal128.fromString('5'))
      expect(await at('a_datetimetz', '"2026-01-31T00:00:00Z"')).toEqual(new Date('2026-01-31T00:00:00Z'))
      expect(await at('a_reference', `"${reference}"`)).toEqual(new ObjectId(reference))
      expect(await at('an_array', '[9007199254740993]')).toEqual([Long.fromString('9007199254740993')])
    })

    it('answers 64-bit integers and decimals as strings on request', async () => {
      const id = await write('a_bigint', '9223372036854775807')
      const { body } = await shop.api.get(`/_table/every_type/${id}?fields=a_bigint,a_text&numbers=string`)
      expect(body).toEqual({ a_bigint: '9223372036854775807', a_text: null })
    })

    it('orders and compares decimals by value', async () => {
      const ids: string[] = []
      for (const sent of ['"9.5"', '"10.25"', '"-3"', '"10000000000000000000.0000000001"']) {
        ids.push(await write('a_decimal', sent))
      }
      const filter = `_id in (${ids.map((id) => `'${id}'`).join()}) and a_decimal > 9.75`
      const { body } = await shop.api.get(
        `/_table/every_type${query({ filter, order: 'a_decimal desc', fields: '_id' })}`,
      )
      expect(body.resource.map((record: { _id: string }) => record._id)).toEqual([ids[3], ids[1]])
    })

    it('reads what is inside objects and arrays', async () => {
      const id = await write(
        'an_object',
        '{"size":{"w":15,"unit":"cm"},"tags":["a","b"],"parts":[{"n":1},{"n":7}],"on":true}',
      )
      const found = async (filter: string) => {
        const reply = await shop.api.get(
          `/_table/every_type${query({ filter: `${filter} and _id = '${id}'`, fields: '_id' })}`,
        )
        expect(reply.status, reply.text).toBe(200)
        return reply.body.resource.length
      }
      for (const filter of [
        'an_object->size->w > 14.5',
        "an_object->size->unit = 'cm'",
        "an_object->tags->1 = 'b'",
        "an_object->tags = 'b'",
        'an_object->parts->n = 7',
        'an_object->parts->0->n = 1',
        'an_object->on = true',
        'an_object->size->missing is null',
        "an_object->size->unit like 'c%'",
        'not an_object->size->w < 10',
      ]) {
        expect(await found(filter), filter).toBe(1)
      }
      for (const filter of [
        "an_object->tags->0 = 'b'",
        'an_object->size->w < 10',
        'not an_object->size->missing = 1',
      ]) {
        expect(await found(filter), filter).toBe(0)
      }
    })

    it('makes of JSON what the fields of an object are', async () => {
      const owner = reference
      const reply = await shop.api.post('/_table/people', { name: 'Nested', address: { city: 'Berlin', owner } })
      expect(reply.status, reply.text).toBe(200)
      const person = await shop.documents.database.collection('people').findOne({ name: 'Nested' })
      expect(person?.address).toEqual({ city: 'Berlin', owner: new ObjectId(owner) })
      const listed = await shop.api.get(`/_table/people${query({ filter: `address->owner = '${owner}'` })}`)
      expect(listed.body.resource).toMatchObject([{ name: 'Nested', address: { city: 'Berlin', owner } }])
    })

    it('prints what a document holds, whatever its column is said to be', async () => {
      const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e'
      const { insertedId } = await shop.documents.database
        .collection('every_type')
        .insertOne({ an_object: { uuid: new UUID(uuid), at: new Date(0), n: Long.fromString('9223372036854775807') } })
      const { text } = await shop.api.get(`/_table/every_type/${insertedId.toHexString()}?fields=an_object`)
      expect(text).toBe(`{"an_object":{"uuid":"${uuid}","at":"1970-01-01T00:00:00Z","n":9223372036854775807}}`)
    })

    it.each([
      ['a_bigint', '99999999999999999999'],
      ['an_integer', '1.5'],
      ['a_datetimetz', '"yesterday"'],
      ['a_binary', '"%%%"'],
      ['a_decimal', '"12,5"'],
      ['a_decimal', '"1234567890123456789012345678.0123456789"'],
      ['a_boolean', '"maybe"'],
      ['a_reference', '"not-an-id"'],
      ['an_object', '{"$where":"1"}'],
      ['an_object', '{"deep":{"$gt":""}}'],
      ['an_object', '{"a\\u0000b":1}'],
      ['an_array', '[{"$set":{}}]'],
      ['an_array', '{"not":"an array"}'],
    ])('refuses %s: %s', async (column, sent) => {
      const reply = await shop.api.post('/_table/every_type', `{"${column}": ${sent}}`)
      expect([400, 422], reply.text).toContain(reply.status)
    })
  })
}
