import { describe, expect, it } from 'vitest'
import { bind, scalar } from './values.js'

describe('bind', () => {
  it.each([
    [null, 'text', null],
    [true, 'boolean', 't'],
    [9007199254740993n, 'bigint', '9007199254740993'],
    [1.5, 'float', '1.5'],
    ['12345678901234567890.10', 'decimal', '12345678901234567890.10'],
    [new Uint8Array([0, 255]), 'binary', '\\x00ff'],
    ['AP8=', 'binary', '\\x00ff'],
    ['{"a":1}', 'json', '{"a":1}'],
    [
      '[1,null,"a\\"b\\\\",[true,12345678901234567890]]',
      'array',
      '{"1",NULL,"a\\"b\\\\",{"true","12345678901234567890"}}',
    ],
    ['[]', 'array', '{}'],
    ['[{"a":1}]', 'array', '{"{\\"a\\":1}"}'],
  ] as const)('%s of %s', (value, type, expected) => {
    expect(bind(value, type)).toBe(expected)
  })
})

describe('scalar', () => {
  it.each([
    [null, 'text', null],
    ['t', 'boolean', true],
    ['7', 'integer', 7],
    ['9007199254740993', 'bigint', 9007199254740993n],
    ['1.10', 'decimal', '1.10'],
    ['NaN', 'float', 'NaN'],
    ['AP8=', 'binary', Buffer.from([0, 255])],
    ['2026-01-31 13:59:59.5+00', 'datetimetz', '2026-01-31T13:59:59.5Z'],
    ['2026-01-31 13:59:59', 'datetime', '2026-01-31T13:59:59'],
  ] as const)('%s of %s', (raw, type, expected) => {
    expect(scalar(raw, type)).toEqual(expected)
  })
})
