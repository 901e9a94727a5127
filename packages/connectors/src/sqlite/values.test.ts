import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Raw } from '../sql/driver.js'
import { bind, scalar } from './values.js'

describe('bound values', () => {
  it.each([
    [true, 'boolean', 1],
    [9223372036854775807n, 'bigint', 9223372036854775807n],
    ['1e2', 'decimal', '100'],
    ['.50', 'decimal', '0.50'],
    ['2026-01-31T13:59:59.5', 'datetime', '2026-01-31 13:59:59.5'],
    ['2026-01-31T13:59:59.5Z', 'datetimetz', '2026-01-31 13:59:59.5'],
    ['2026-01-31', 'date', '2026-01-31'],
    ['a', 'text', 'a'],
    [null, 'text', null],
  ] as const)('%s of %s is stored as %s', (value, type, stored) => {
    expect(bind(value, type)).toBe(stored)
  })
  it('refuses what SQLite cannot hold', () => {
    expect(() => bind(2n ** 63n, 'bigint')).toThrow(/too large/)
    expect(() => bind('1e99999', 'decimal')).toThrow(/too large/)
    expect(() => bind(Number.NaN, 'float')).toThrow(/NaN/)
  })
})

describe('values read back', () => {
  it.each<[Raw, Parameters<typeof scalar>[1]]>([
    [1n, 'boolean'],
    [5n, 'integer'],
    [9007199254740993n, 'integer'],
    [9223372036854775807n, 'bigint'],
    ['12.50', 'decimal'],
    [1.25, 'float'],
    ['2026-01-31 13:59:59', 'datetime'],
    ['2026-01-31 13:59:59.500000', 'datetime'],
    ['2026-01-31T13:59:59Z', 'datetime'],
    ['2026-01-31 13:59:59', 'datetimetz'],
    ['2026-01-31T13:59:59+00:00', 'datetimetz'],
    ['13:59', 'time'],
    ['{"a":1}', 'json'],
  ])('%s of %s is bound as it was stored', (raw, type) => {
    const bound = bind(scalar(raw, type), type)
    expect(typeof bound === 'number' && typeof raw === 'bigint' ? BigInt(bound) : bound).toEqual(raw)
  })
  it('any time text is bound as it was stored', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('datetime', 'datetimetz'), (text, type) => {
        expect(bind(scalar(text, type), type)).toBe(text)
      }),
    )
  })
})
