import { ExactNumber, type JsonObject } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { createRedaction } from './redaction.js'

const redaction = createRedaction(['password', 'ssn'])
const written = (input: JsonObject) => redaction.arguments(input, 'ssn = ?')

describe('arguments as they are written down', () => {
  it('keep what is not redacted', () => {
    const input = { table_name: 'orders', limit: 5, filter: "status = 'open'", ids: [1, 2], flag: true, none: null }
    expect(written(input)).toEqual(input)
    expect(written({ big: new ExactNumber('12345678901234567890') })).toEqual({ big: '12345678901234567890' })
  })

  it('never hold the values of redacted names, however deep', () => {
    expect(written({ password: 'p', records: [{ name: 'x', SSN: '1', more: { ssn: ['2'] } }] })).toEqual({
      password: '[redacted]',
      records: [{ name: 'x', SSN: '[redacted]', more: { ssn: '[redacted]' } }],
    })
    expect(written({ params: [{ name: 'ssn', value: '1' }] })).toEqual({
      params: [{ name: 'ssn', value: '[redacted]' }],
    })
  })

  it('hold no filter, parameter, id or cursor that goes with a redacted name', () => {
    expect(
      written({ table_name: 't', fields: 'id,ssn', filter: "ssn = '123'", params: { p: '123' }, limit: 1 }),
    ).toEqual({
      table_name: 't',
      fields: 'id,ssn',
      filter: 'ssn = ?',
      params: '[redacted]',
      limit: 1,
    })
    expect(written({ id_field: ['ssn'], ids: ['123'] })).toEqual({ id_field: ['ssn'], ids: '[redacted]' })
    expect(written({ order: 'ssn desc', cursor: 'abc' })).toEqual({ order: 'ssn desc', cursor: '[redacted]' })
    expect(written({ having: "max_ssn > '1'", 'orders.filter': "ssn = '1'" })).toEqual({
      having: "max_ssn > '1'",
      'orders.filter': '[redacted]',
    })
    expect(createRedaction(['ssn']).arguments({ filter: "ssn = '1'" })).toEqual({ filter: '[redacted]' })
  })

  it('are cut', () => {
    expect(written({ filter: 'x'.repeat(10_000) }).filter).toBe(`${'x'.repeat(500)}... (10000 characters)`)
    const many = written({ records: Array.from({ length: 10_000 }, (_, id) => ({ id })) }).records
    expect(many).toHaveLength(21)
    expect(JSON.stringify(many)).toContain('9980 more')
    let deep: JsonObject = {}
    for (let i = 0; i < 1000; i++) deep = { deep }
    expect(JSON.stringify(written({ deep })).length).toBeLessThan(200)
  })

  it('can be decided value by value', () => {
    const own = createRedaction((name, value) => (name === 'note' ? '*' : value))
    expect(own.arguments({ records: [{ note: 'x', total: 1 }] })).toEqual({ records: [{ note: '*', total: 1 }] })
  })
})
