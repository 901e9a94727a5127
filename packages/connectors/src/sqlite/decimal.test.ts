import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDecimals, type Decimal, decimalKey, divideDecimal, parseDecimal, printDecimal } from './decimal.js'

const decimal = fc.record({ digits: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), scale: fc.nat(30) })

function compare(a: Decimal, b: Decimal): number {
  const difference = addDecimals(a, { digits: -b.digits, scale: b.scale }).digits
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

describe('decimals', () => {
  it.each([
    ['12.50', '12.50'],
    ['+1', '1'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0.001', '-0.001'],
    ['1e3', '1000'],
    ['-1.5E-3', '-0.0015'],
    ['1.234e1', '12.34'],
    ['-0', '0'],
  ])('%s is %s', (text, printed) => {
    const parsed = parseDecimal(text)
    expect(parsed && printDecimal(parsed)).toBe(printed)
  })

  it.each(['', '.', 'abc', '1e', '1,5', 'NaN', '1e99999'])('%s is none', (text) => {
    expect(parseDecimal(text)).toBeUndefined()
  })

  it('come back as they were printed', () => {
    fc.assert(
      fc.property(decimal, (number) => {
        expect(parseDecimal(printDecimal(number))).toEqual(number)
      }),
    )
  })

  it('have keys that sort as they do, and are equal as they are', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [x, y] = [decimalKey(printDecimal(a)), decimalKey(printDecimal(b))]
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(compare(a, b))
      }),
    )
    expect(decimalKey('1.50')).toBe(decimalKey('1.5'))
    expect(decimalKey('-100')).toBe(decimalKey('-1e2'))
  })

  it.each([
    ['10', 3n, 4, '3.3333'],
    ['-10', 3n, 4, '-3.3333'],
    ['20', 3n, 2, '6.67'],
    ['-0.05', 2n, 2, '-0.03'],
    ['1.2345', 1n, 2, '1.23'],
  ])('%s / %s to %s digits is %s', (text, by, scale, result) => {
    expect(printDecimal(divideDecimal(parseDecimal(text) ?? { digits: 0n, scale: 0 }, by, scale))).toBe(result)
  })
})
