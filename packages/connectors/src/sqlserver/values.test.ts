import { Failure } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultsIn } from './parameter-defaults.js'
import { bind, declarationOf } from './parameters.js'
import { rawOf } from './raw-value.js'
import { shortestSingle, withShortFloats } from './short-floats.js'

describe('values that are sent', () => {
  it.each([
    [null, 'boolean', { type: 'bit', value: null }, 'bit'],
    [null, 'decimal', { type: 'decimal', value: null, precision: 38, scale: 0 }, 'decimal(38,0)'],
    [null, 'datetimetz', { type: 'nvarchar', value: null }, 'nvarchar(4000)'],
    [7, 'integer', { type: 'int', value: 7 }, 'int'],
    [3_000_000_000, 'integer', { type: 'bigint', value: 3_000_000_000n }, 'bigint'],
    [10, 'bigint', { type: 'bigint', value: 10n }, 'bigint'],
    [-(2n ** 63n), 'bigint', { type: 'bigint', value: -(2n ** 63n) }, 'bigint'],
    [2n ** 63n, 'bigint', { type: 'decimal', value: 2n ** 63n, precision: 19, scale: 0 }, 'decimal(19,0)'],
    [0.5, 'float', { type: 'float', value: 0.5 }, 'float'],
    [1.5, 'integer', { type: 'float', value: 1.5 }, 'float'],
    ['-0.0000000001', 'decimal', { type: 'decimal', value: -1n, precision: 19, scale: 10 }, 'decimal(19,10)'],
    ['1e3', 'decimal', { type: 'decimal', value: 1000n, precision: 9, scale: 0 }, 'decimal(9,0)'],
    ['1.25E-2', 'decimal', { type: 'decimal', value: 125n, precision: 9, scale: 4 }, 'decimal(9,4)'],
    ['1e40', 'decimal', { type: 'float', value: 1e40 }, 'float'],
    [
      '1234567890123456789012345678.0123456789',
      'decimal',
      { type: 'decimal', value: 12345678901234567890123456780123456789n, precision: 38, scale: 10 },
      'decimal(38,10)',
    ],
    ['x', 'text', { type: 'nvarchar', value: 'x' }, 'nvarchar(4000)'],
    ['y'.repeat(4001), 'text', { type: 'nvarchar', value: 'y'.repeat(4001) }, 'nvarchar(max)'],
    ['2026-01-31', 'date', { type: 'nvarchar', value: '2026-01-31' }, 'nvarchar(4000)'],
    [
      '0F8FAD5B-D9CB-469F-A165-70867728950E',
      'uuid',
      { type: 'uniqueidentifier', value: '0F8FAD5B-D9CB-469F-A165-70867728950E' },
      'uniqueidentifier',
    ],
    ['AAE=', 'binary', { type: 'varbinary', value: Buffer.from([0, 1]) }, 'varbinary(8000)'],
    [true, 'boolean', { type: 'bit', value: true }, 'bit'],
  ] as const)('%s as %s', (value, type, bound, declaration) => {
    expect(bind(value, type)).toEqual(bound)
    expect(declarationOf(bind(value, type))).toBe(declaration)
  })

  it('digits of decimals are never lost, and never more than a decimal has', () => {
    const digits = fc.tuple(
      fc.bigInt({ min: -(10n ** 38n - 1n), max: 10n ** 38n - 1n }),
      fc.integer({ min: 0, max: 38 }),
    )
    fc.assert(
      fc.property(digits, ([whole, scale]) => {
        const plain = `${whole < 0n ? -whole : whole}`.padStart(scale + 1, '0')
        const text = `${whole < 0n ? '-' : ''}${plain.slice(0, plain.length - scale)}${scale > 0 ? `.${plain.slice(-scale)}` : ''}`
        const bound = bind(text, 'decimal')
        expect(bound).toMatchObject({ type: 'decimal', value: whole, scale })
        if (bound.type !== 'decimal') return
        expect(bound.precision).toBeGreaterThanOrEqual(Math.max(scale, `${whole}`.replace('-', '').length))
        expect(bound.precision).toBeLessThanOrEqual(38)
      }),
    )
  })
})

describe('values that come', () => {
  const dated = (iso: string, nanosecondsDelta: number) => Object.assign(new Date(iso), { nanosecondsDelta })
  it.each([
    [true, { name: 'BitN' }, 1],
    [7, { name: 'IntN', size: 4 }, 7],
    ['9223372036854775807', { name: 'IntN', size: 8 }, '9223372036854775807'],
    [0.10000000149011612, { name: 'FloatN', size: 4 }, 0.1],
    [0.1, { name: 'FloatN', size: 8 }, 0.1],
    [12.5, { name: 'DecimalN', scale: 2 }, '12.50'],
    [-0.07, { name: 'NumericN', scale: 4 }, '-0.0700'],
    [19.99, { name: 'MoneyN', size: 8 }, '19.9900'],
    [new Date('2026-01-31T00:00:00Z'), { name: 'Date' }, '2026-01-31'],
    [dated('1970-01-01T13:59:59.500Z', 0), { name: 'Time', scale: 7 }, '13:59:59.500'],
    [dated('1970-01-01T13:59:59.123Z', 0.0004567), { name: 'Time', scale: 7 }, '13:59:59.1234567'],
    [dated('2026-01-31T13:59:59.000Z', 0.0000001), { name: 'DateTime2', scale: 7 }, '2026-01-31T13:59:59.0000001'],
    [new Date('2026-01-31T13:59:59.997Z'), { name: 'DateTimeN' }, '2026-01-31T13:59:59.997'],
    [
      dated('2026-01-31T11:59:59.123Z', 0.000456),
      { name: 'DateTimeOffset', scale: 7 },
      '2026-01-31T11:59:59.1234560+00:00',
    ],
    [dated('0001-01-01T00:00:00Z', 0), { name: 'DateTime2' }, '0001-01-01T00:00:00.000'],
    [null, { name: 'NVarChar' }, null],
    ['é', { name: 'NVarChar' }, 'é'],
  ])('%s of %j', (value, type, raw) => {
    expect(rawOf(value, type)).toEqual(raw)
  })

  it('are refused where the driver has rounded them', () => {
    for (const [value, scale] of [
      [1234567890123456800, 0],
      [1e27, 10],
      [0.1, 30],
    ] as const) {
      expect(() => rawOf(value, { name: 'DecimalN', scale })).toThrow(Failure)
    }
    expect(() => rawOf(922337203685477.6, { name: 'MoneyN' })).toThrow(Failure)
  })

  it('of decimals with up to fifteen digits are exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), fc.integer({ min: 0, max: 15 }), (whole, scale) => {
        const text = rawOf(whole / 10 ** scale, { name: 'DecimalN', scale })
        const digits = String(text)
          .replace('.', '')
          .replace(/^(-?)0+(?=\d)/, '$1')
        expect(digits.replace(/^-0$/, '0')).toBe(String(whole))
      }),
    )
  })
})

describe('doubles inside JSON', () => {
  it('get the fewest digits, outside of texts', () => {
    const json = `{"a":1.0000000000000001e-001,"b\\"":"1.0000000000000001e-001","c":[-2.5000000000000000e+000,1.7976931348623157e+308,1.0000000149011612E-001],"d":1.5}`
    expect(withShortFloats(json)).toBe(
      `{"a":0.1,"b\\"":"1.0000000000000001e-001","c":[-2.5,1.7976931348623157e+308,0.1],"d":1.5}`,
    )
    expect(withShortFloats('{"a":1e5}')).toBe('{"a":1e5}')
  })

  it('are the same numbers, whatever they are', () => {
    /** Seventeen digits as SQL Server's style 3 prints them. */
    const printed = (value: number) =>
      value.toExponential(16).replace(/e([+-])(\d+)$/, (_, sign, power) => `e${sign}${power.padStart(3, '0')}`)
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), (value, text) => {
        const plain = JSON.stringify({ text, value: 0 })
        const short = withShortFloats(plain.replace(/0\}$/, `${printed(value)}}`))
        expect(short).toBe(plain.replace(/0\}$/, `${value === 0 ? Number(printed(value)) : value}}`))
      }),
    )
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(shortestSingle(value)) === value).toBe(true)
      }),
    )
  })
})

describe('defaults of parameters', () => {
  it.each([
    ["CREATE PROCEDURE p @a int, @b nvarchar(10) = N'x', @c decimal(10,2) OUTPUT AS SELECT @a = 1", ['@b']],
    ['create proc dbo.p (@A INT=1, @b int) as select @b = 2', ['@a']],
    ['CREATE FUNCTION f (@a INT, @b AS INT = 10) RETURNS INT AS BEGIN RETURN @a + @b END', ['@b']],
    ["CREATE PROCEDURE p -- @a int = 1\n @a int /* = 2 */, @b varchar(20) = 'a, @c = 1', @c int AS SET @c = 3", ['@b']],
    ['CREATE PROCEDURE p @a dbo.List READONLY, @b int = NULL OUTPUT WITH RECOMPILE AS SELECT 1', ['@b']],
    ['CREATE PROCEDURE [odd = name] @a int AS DECLARE @b int = 1', []],
    ['', []],
  ])('%s', (definition, names) => {
    const parameters = ['@a', '@b', '@c'].filter((name) =>
      new RegExp(`${name}\\b`, 'i').test(definition.split(/\bDECLARE\b/)[0] ?? ''),
    )
    expect([...defaultsIn(definition, parameters)]).toEqual(names)
  })
})
