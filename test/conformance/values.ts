import { describe, expect, it } from 'vitest'
import type { Shop } from './open-shop.js'

/** What is sent for a column, and the exact JSON text that must come back. */
const roundTrips: readonly (readonly [column: string, sent: string, back: string])[] = [
  ['a_boolean', 'true', 'true'],
  ['a_boolean', 'false', 'false'],
  ['an_integer', '-2147483648', '-2147483648'],
  ['a_bigint', '9223372036854775807', '9223372036854775807'],
  ['a_bigint', '-9223372036854775808', '-9223372036854775808'],
  ['a_bigint', '"9007199254740993"', '9007199254740993'],
  ['a_decimal', '1234567890123456789012345678.0123456789', '1234567890123456789012345678.0123456789'],
  ['a_decimal', '"-0.0000000001"', '-0.0000000001'],
  ['a_decimal', '10.5', '10.5000000000'],
  ['a_float', '0.1', '0.1'],
  ['a_float', '1.7976931348623157e308', '1.7976931348623157e+308'],
  ['a_float', '-2.5', '-2.5'],
  ['a_text', '""', '""'],
  ['a_text', '"Grüße, \\"世界\\" 👩‍👩‍👧 \\\\ \\u0001 \\n\\t/"', '"Grüße, \\"世界\\" 👩‍👩‍👧 \\\\ \\u0001 \\n\\t/"'],
  ['a_text', `"'; DROP TABLE customers; --"`, `"'; DROP TABLE customers; --"`],
  ['a_uuid', '"0F8FAD5B-D9CB-469F-A165-70867728950E"', '"0f8fad5b-d9cb-469f-a165-70867728950e"'],
  ['a_date', '"2024-02-29"', '"2024-02-29"'],
  ['a_time', '"23:59:58"', '"23:59:58"'],
  ['a_time', '"07:05:00.125"', '"07:05:00.125"'],
  ['a_datetime', '"2026-01-31T13:59:59.5"', '"2026-01-31T13:59:59.5"'],
  ['a_datetime', '"2026-01-31 13:59:59"', '"2026-01-31T13:59:59"'],
  ['a_datetimetz', '"2026-01-31T13:59:59.123456+02:00"', '"2026-01-31T11:59:59.123456Z"'],
  ['a_datetimetz', '"2026-01-31T00:00:00Z"', '"2026-01-31T00:00:00Z"'],
  ['a_binary', '"AAH/gA=="', '"AAH/gA=="'],
  ['a_binary', '""', '""'],
  ['a_json', '{"a":[1,2.5,"x",null,true],"b":{"ü":"👍"}}', '{"a":[1,2.5,"x",null,true],"b":{"ü":"👍"}}'],
  ['a_json', '[]', '[]'],
  ['a_json', '"text"', '"text"'],
]

/** JSON without the white space that databases put between its tokens, keys in order. */
function compact(text: string): string {
  return JSON.stringify(JSON.parse(text))
}

/** Every neutral type, there and back: the same JSON from every database. */
export function values(shop: Shop): void {
  const write = async (column: string, sent: string): Promise<number> => {
    const reply = await shop.api.post('/_table/every_type', `{"${column}": ${sent}}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body.id ?? reply.body.resource[0].id
  }

  // Where an empty text is NULL, it comes back as that.
  const answered = roundTrips.map(
    ([column, sent, back]) => [column, sent, sent === '""' && shop.backend.emptyIsNull ? 'null' : back] as const,
  )

  describe('values', () => {
    it.each(answered.filter(([, sent]) => sent !== ''))('%s: %s comes back as %s', async (column, sent, back) => {
      const id = await write(column, sent)
      const { text } = await shop.api.get(`/_table/every_type/${id}?fields=${column}`)
      if (column === 'a_json') expect(compact(text)).toBe(compact(`{"${column}":${back}}`))
      else expect(text).toBe(`{"${column}":${back}}`)
      const nulls = await shop.api.get(`/_table/every_type/${id}`)
      expect(Object.values(nulls.body).filter((value) => value === null)).toHaveLength(back === 'null' ? 13 : 12)
    })

    it.each(answered.filter(([column, sent]) => sent !== '' && !['a_json', 'a_float', 'a_binary'].includes(column)))(
      '%s: %s is found again by a filter',
      async (column, sent, back) => {
        const id = await write(column, sent)
        const value: unknown = sent.startsWith('"') ? JSON.parse(sent) : sent
        const params = `{"v": ${sent}}`
        const reply = await shop.api.post(
          '/_table/every_type?method=GET',
          `{"filter":"${column} = :v and id = ${id}","params":${params},"fields":"${column}"}`,
        )
        expect(reply.status, `${reply.text} ${String(value)}`).toBe(200)
        expect(reply.text).toContain(`{"${column}":${back}}`)
      },
    )

    it('writes null', async () => {
      const id = await write('a_text', 'null')
      expect((await shop.api.get(`/_table/every_type/${id}?fields=a_text,a_json,a_binary`)).body).toEqual({
        a_text: null,
        a_json: null,
        a_binary: null,
      })
    })

    it('answers 64-bit integers and decimals as strings on request', async () => {
      const id = await write('a_bigint', '9223372036854775807')
      const { body } = await shop.api.get(
        `/_table/every_type/${id}?fields=a_bigint,id,a_integer&numbers=string`.replace(',a_integer', ''),
      )
      expect(body).toEqual({ a_bigint: '9223372036854775807', id: String(id) })
    })

    it('writes a long whole number exactly, or not at all', async () => {
      const reply = await shop.api.post('/_table/every_type?fields=an_integer', '{"an_integer":9007199254740993}')
      if (reply.status === 200) expect(reply.text).toContain('"an_integer":9007199254740993')
      else expect(reply.status, reply.text).toBe(422)
    })

    it('orders and compares decimals of 38 digits by value', async () => {
      const ids = [
        await write('a_decimal', '"9.5"'),
        await write('a_decimal', '"10.25"'),
        await write('a_decimal', '"-3"'),
        await write('a_decimal', '"10000000000000000000.0000000001"'),
      ]
      const filter = encodeURIComponent(`id in (${ids.join()}) and a_decimal > 9.75`)
      const { body } = await shop.api.get(`/_table/every_type?filter=${filter}&order=a_decimal desc&fields=id`)
      expect(body.resource.map((r: { id: number }) => r.id)).toEqual([ids[3], ids[1]])
    })

    it('reads values inside JSON', async () => {
      const id = await write('a_json', '{"size":{"w":15,"unit":"cm"},"tags":["a","b"],"on":true}')
      for (const filter of [
        'a_json->size->w > 14.5',
        "a_json->size->unit = 'cm'",
        "a_json->tags->1 = 'b'",
        'a_json->on = true',
        'a_json->size->missing is null',
      ]) {
        const { body, text } = await shop.api.get(
          `/_table/every_type?filter=${encodeURIComponent(`${filter} and id = ${id}`)}&fields=id`,
        )
        expect(body.resource, `${filter} ${text}`).toEqual([{ id }])
      }
    })

    it.each([
      ['a_bigint', '99999999999999999999'],
      ['an_integer', '1.5'],
      ['a_uuid', '"not-a-uuid"'],
      ['a_datetime', '"yesterday"'],
      ['a_binary', '"%%%"'],
      ['a_decimal', '"12,5"'],
      ['a_boolean', '"maybe"'],
      ['a_bigint', '123456789012345678901234567890'],
      ['an_integer', '99999999999999999999'],
      ['a_float', '1e400'],
      ['a_float', '"-1e400"'],
      ['a_binary', '"A"'],
      ['a_binary', '"AAAAA==="'],
      ['a_date', '"0000-01-01"'],
      ['a_datetime', '"9999-12-31T23:59:59-01:00"'],
      ['a_datetimetz', '"9999-12-31T23:59:59-12:00"'],
      ['a_datetimetz', '"0001-01-01T00:00:00+14:00"'],
      ['a_datetimetz', '"2026-01-31T13:59:59+25:00"'],
    ])('refuses %s: %s', async (column, sent) => {
      const reply = await shop.api.post('/_table/every_type', `{"${column}": ${sent}}`)
      expect([400, 422], reply.text).toContain(reply.status)
    })
  })
}
