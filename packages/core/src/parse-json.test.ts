import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from './failure.js'
import { ExactNumber, type JsonValue, printJson } from './json.js'
import { parseJson } from './parse-json.js'

/** A string member that sends any text to our own reader instead of the engine's. */
const slow = '"1234567890123456"'

function failureOf(text: string, depth?: number): Failure {
  try {
    parseJson(text, depth)
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
  }
  throw new Error(`no Failure for ${text}`)
}

describe('parseJson', () => {
  it('reads what JSON.parse reads, on both paths', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text))
        expect(printJson(parseJson(`[${slow},${text}]`))).toEqual(JSON.stringify(JSON.parse(`[${slow},${text}]`)))
      }),
    )
  })

  it('refuses what JSON.parse refuses, on both paths', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\\',
      '\\u00',
      'a',
      '0',
      '1',
      '-',
      '.',
      'e',
      ' ',
      '\n',
      'true',
      'null',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        for (const whole of [text, `[${slow},${text}]`]) {
          let expected: JsonValue
          try {
            expected = JSON.parse(whole) as JsonValue
          } catch {
            expect(failureOf(whole).code).toBe('invalid')
            continue
          }
          expect(printJson(parseJson(whole))).toEqual(printJson(expected))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps every digit of a number that would be rounded', () => {
    for (const text of [
      '9007199254740993',
      '-12345678901234567890.123456789',
      '1e400',
      '5e-999',
      '0.12345678901234567890',
    ]) {
      expect(parseJson(`[${text}]`)).toEqual([new ExactNumber(text)])
    }
  })

  it('gives plain numbers where nothing is lost', () => {
    for (const text of [
      '9007199254740991',
      '1.0000000000000000000',
      '0.1',
      '1e100',
      '-0.000000000000000000001',
      '1E+2',
      '0e999',
    ]) {
      expect(parseJson(`[${text}]`)).toEqual([Number(text)])
    }
  })

  it('prints any decimal as it was sent', () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,30}(\.\d{0,20}[1-9])?$/)
    fc.assert(
      fc.property(digits, (text) => {
        const value = parseJson(text)
        expect(typeof value === 'number' ? Number(text) : printJson(value)).toEqual(
          typeof value === 'number' ? value : text,
        )
        if (text.replace('.', '').length > 17) expect(value).toBeInstanceOf(ExactNumber)
      }),
    )
  })

  it('says where the text is malformed', () => {
    const failure = failureOf('{"a": 1,\n "b" 2}')
    expect(failure.message).toBe('The JSON is malformed at line 2, column 6: expected `:`')
    expect(failure.context).toEqual({ position: 14, line: 2, column: 6, expected: '`:`' })
    expect(failureOf('').message).toContain('expected a value')
    expect(failureOf('[1] x').message).toContain('expected the end')
  })

  it('caps the depth on both paths', () => {
    const nested = (depth: number, core = '1') => '['.repeat(depth) + core + ']'.repeat(depth)
    expect(parseJson(nested(3), 3)).toEqual([[[1]]])
    expect(failureOf(nested(4), 3).message).toContain('3 levels')
    expect(failureOf(nested(4, '12345678901234567890'), 3).message).toContain('3 levels')
    expect(failureOf(nested(100_000)).code).toBe('invalid')
  })

  it('keeps __proto__ an ordinary member', () => {
    for (const text of ['{"__proto__":{"admin":true}}', '{"__proto__":{"admin":12345678901234567890}}']) {
      const value = parseJson(text) as { [name: string]: JsonValue }
      expect(Object.keys(value)).toEqual(['__proto__'])
      expect(value.admin).toBeUndefined()
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    }
  })
})
