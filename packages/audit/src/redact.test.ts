import { ExactNumber, type JsonObject } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor, redactText } from './redact.js'

const redact = createRedactor(['password', 'api_key', 'ssn'])
const written = (input: JsonObject) => redact(input).arguments

describe('createRedactor', () => {
  it('takes out values by name, at any depth and in any spelling', () => {
    expect(
      written({
        password: 'a',
        apiKey: 'b',
        rows: [{ SSN: 123, name: 'x' }, { deep: { 'api-key': ['c'] } }],
        ssn: null,
      }),
    ).toEqual({
      password: '[redacted]',
      apiKey: '[redacted]',
      rows: [{ SSN: '[redacted]', name: 'x' }, { deep: { 'api-key': '[redacted]' } }],
      ssn: null,
    })
  })

  it('takes out what belongs to a redacted name', () => {
    expect(
      written({
        filter: 'ssn = :who and total > :least',
        params: { who: '123', least: 5 },
        'orders.filter': "ssn = '1'",
        id_field: 'ssn',
        ids: ['1', '2'],
        cursor: 'W10',
        inner: [
          { name: 'ssn', value: '7' },
          { name: 'city', value: 'Rome' },
        ],
      }),
    ).toEqual({
      filter: 'ssn = :who and total > :least',
      params: { who: '[redacted]', least: 5 },
      'orders.filter': "ssn = '[redacted]'",
      id_field: 'ssn',
      ids: '[redacted]',
      cursor: '[redacted]',
      inner: [
        { name: 'ssn', value: '[redacted]' },
        { name: 'city', value: 'Rome' },
      ],
    })
    expect(written({ where: 'ssn = :who', params: ['123'] })).toEqual({ where: 'ssn = :who', params: '[redacted]' })
  })

  it('takes out keys by whichever form their column is named in', () => {
    for (const id_field of ['ssn', 'id, SSN', ['id', 'ssn']]) {
      expect(written({ id_field, ids: ['1,2'], id: 3 })).toMatchObject({ ids: '[redacted]', id: '[redacted]' })
    }
    expect(written({ idField: 'ssn', ids: '1' }).ids).toBe('[redacted]')
    expect(written({ id_field: 'id', ids: '1' }).ids).toBe('1')
  })

  it('reads every text as a filter, except lists of names', () => {
    expect(
      written({
        filtre: "ssn = '123'",
        conditions: ["ssn = '456'", 'x = 1'],
        fields: ['id', 'ssn'],
        order: 'ssn desc, id',
        'orders.fields': 'id,ssn',
        groupBy: 'ssn,id',
        table_name: 'ssn',
      }),
    ).toEqual({
      filtre: "ssn = '[redacted]'",
      conditions: ["ssn = '[redacted]'", 'x = 1'],
      fields: ['id', 'ssn'],
      order: 'ssn desc, id',
      'orders.fields': 'id,ssn',
      groupBy: 'ssn,id',
      table_name: 'ssn',
    })
  })

  it('cuts long texts, lists and deep nesting, and says how much', () => {
    expect(written({ text: 'x'.repeat(600) }).text).toBe(`${'x'.repeat(500)}... (600 characters)`)
    expect(written({ ids: Array.from({ length: 25 }, (_, i) => i) }).ids).toEqual([
      ...Array.from({ length: 20 }, (_, i) => i),
      '... 5 more',
    ])
    expect(written({ records: Array.from({ length: 10 }, (_, i) => ({ i })) }).records).toEqual([
      { i: 0 },
      { i: 1 },
      { i: 2 },
      '... 7 more',
    ])
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`m${i}`, i]))
    expect(written(many)['...']).toBe('40 more')
    expect(JSON.stringify(written({ a: { b: { c: { d: { e: { f: { g: { h: 1 } } } } } } } }))).toContain('"..."')
  })

  it('writes exact numbers with all digits', () => {
    expect(written({ id: new ExactNumber('12345678901234567890') })).toEqual({ id: '12345678901234567890' })
  })

  it('changes nothing that it has written', () => {
    const once = written({
      text: 'x'.repeat(600),
      ids: Array.from({ length: 25 }, (_, i) => i),
      records: Array.from({ length: 10 }, (_, i) => ({ i })),
      filter: "ssn = '1' and x in (1, 2)",
      ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`m${i}`, i])),
    })
    expect(written(once)).toEqual(once)
  })

  it('tells what it took out', () => {
    expect(redact({ ssn: 123, filter: "ssn = '456'", password: ['a', 'b'] }).values.toSorted()).toEqual([
      '123',
      '456',
      'a',
      'b',
    ])
  })

  it('keeps the text small and never shows a redacted value', () => {
    const value = fc.jsonValue({ maxDepth: 8 })
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.array(fc.string()), (input, path) => {
        let nested: JsonObject = { ssn: 'SECRET', api_key: { deep: 'SECRET' } }
        for (const name of path.slice(0, 8)) nested = { [name]: nested }
        const once = written({ ...(input as JsonObject), nested })
        expect(JSON.stringify(once)).not.toContain('SECRET')
        expect(JSON.stringify(once).length).toBeLessThan(40_000)
      }),
    )
  })
})

describe('redactText', () => {
  it('takes redacted values out of messages, also parts that are quoted', () => {
    expect(redactText("The filter has `'123-45` at position 6", ['123-45-6789'])).toBe(
      'The filter has `[redacted]` at position 6',
    )
    expect(redactText('123-45-6789 is no number', ['123-45-6789'])).toBe('[redacted] is no number')
    expect(redactText('`ssn` wants a number', ['123'])).toBe('`ssn` wants a number')
  })
})
